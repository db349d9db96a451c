import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { RequestTally } from '#contracts/worker.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger } from '#kernel/log.ts';

const SEGMENT_BYTES_MAX = 4 * 1024 * 1024;
const NAME = /^tallies-(\d+)\.log$/;
const STATES: readonly string[] = ['open', 'done', 'aborted', 'failed'];

/**
 * Tallies on disk, so that a killed agent still knows what it had counted.
 *
 * One line per mark, appended with a plain write: it survives `kill -9`, not a power cut. Later lines win. Files are
 * segments of 4 MiB; one is deleted when no tally it holds is wanted any more, so nothing is ever rewritten. A torn
 * last line is ignored. On a full disk marks are dropped and counting in memory goes on.
 */
export class TallyJournal {
  readonly #dir: string;
  readonly #log: Logger;
  readonly #segmentOf = new Map<string, number>();
  readonly #wanted = new Map<number, number>();
  #segment = 0;
  #file: number | undefined;
  #size = 0;
  #isFailing = false;

  constructor(dir: string, log: Logger) {
    this.#dir = dir;
    this.#log = log;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  /** What earlier processes wrote, latest state of each; call once, before the first write. */
  load(): RequestTally[] {
    const latest = new Map<string, RequestTally>();
    const segments = readdirSync(this.#dir)
      .map((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
      .filter((segment) => !Number.isNaN(segment))
      .sort((a, b) => a - b);
    for (const segment of segments) {
      for (const line of readFileSync(this.#nameOf(segment), 'latin1').split('\n')) {
        const [id = '', state] = line.split(' ', 2);
        if (state === 'acked') {
          latest.delete(id);
          this.#segmentOf.delete(id);
          continue;
        }
        const tally = parseMark(line);
        if (!tally) continue;
        latest.set(id, tally);
        this.#segmentOf.set(id, segment);
      }
    }
    for (const segment of this.#segmentOf.values()) this.#count(segment, 1);
    this.#segment = (segments.at(-1) ?? 0) + 1;
    for (const segment of segments) if (!this.#wanted.has(segment)) this.#remove(segment);
    return [...latest.values()];
  }

  write(tallies: Iterable<RequestTally>): void {
    let text = '';
    const ids: string[] = [];
    for (const tally of tallies) {
      text += formatMark(tally);
      ids.push(tally.request_id);
    }
    if (text === '' || !this.#append(text)) return;
    for (const id of ids) this.#moveTo(id, this.#segment);
  }

  /** Acknowledged, or too old: not wanted after a restart either. */
  forget(ids: readonly string[]): void {
    const known = ids.filter((id) => this.#segmentOf.has(id));
    if (known.length > 0) this.#append(known.map((id) => `${id} acked\n`).join(''));
    for (const id of known) this.#moveTo(id, undefined);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #append(text: string): boolean {
    try {
      if (this.#file !== undefined && this.#size >= SEGMENT_BYTES_MAX) this.#startNextSegment();
      this.#file ??= openSync(this.#nameOf(this.#segment), 'a', 0o600);
      this.#size += writeSync(this.#file, text);
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing) {
        this.#log.error({ error: messageOf(error) }, 'Token counts cannot be written to the disk.');
      }
      this.#isFailing = true;
      return false;
    }
  }

  #startNextSegment(): void {
    this.close();
    const full = this.#segment;
    this.#segment += 1;
    this.#size = 0;
    if (!this.#wanted.has(full)) this.#remove(full);
  }

  #moveTo(id: string, segment: number | undefined): void {
    const before = this.#segmentOf.get(id);
    if (before === segment) return;
    if (segment === undefined) this.#segmentOf.delete(id);
    else {
      this.#segmentOf.set(id, segment);
      this.#count(segment, 1);
    }
    if (before !== undefined) this.#count(before, -1);
  }

  #count(segment: number, change: number): void {
    const wanted = (this.#wanted.get(segment) ?? 0) + change;
    if (wanted > 0) {
      this.#wanted.set(segment, wanted);
      return;
    }
    this.#wanted.delete(segment);
    if (segment !== this.#segment) this.#remove(segment);
  }

  #remove(segment: number): void {
    try {
      unlinkSync(this.#nameOf(segment));
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'A used-up file of token counts cannot be deleted.');
    }
  }

  #nameOf(segment: number): string {
    return path.join(this.#dir, `tallies-${segment}.log`);
  }
}

function formatMark(tally: RequestTally): string {
  const { request_id, state, prompt_tokens, completion_tokens, cached_tokens } = tally;
  return `${request_id} ${state} ${prompt_tokens} ${completion_tokens} ${cached_tokens} .\n`;
}

/** The dot at the end tells a whole line from a torn one, whose last number may have lost digits. */
function parseMark(line: string): RequestTally | undefined {
  const cells = line.split(' ');
  const [request_id = '', state = '', prompt, completion, cached, end] = cells;
  if (cells.length !== 6 || end !== '.' || !STATES.includes(state)) return undefined;
  const counts = [prompt, completion, cached].map(Number);
  if (!counts.every((value) => Number.isSafeInteger(value) && value >= 0)) return undefined;
  const [prompt_tokens = 0, completion_tokens = 0, cached_tokens = 0] = counts;
  return {
    request_id,
    state: state as RequestTally['state'],
    prompt_tokens,
    completion_tokens,
    cached_tokens,
  };
}
