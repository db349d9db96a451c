import path from 'node:path';
import { LOG_LINES_PER_BATCH_MAX, LOG_SOURCES, type LogSource } from '#contracts/log-limits.ts';
import type { LogFileName } from '#contracts/logs.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { LineRedactor } from '#kernel/redact.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import type { ControlAnswer, ControlClient } from '../control-client.ts';
import { pause } from '../pause.ts';
import { type LogEntry, readLogLine } from './log-line.ts';
import { type LogProgress, loadLogProgress, saveLogProgress } from './log-progress.ts';
import { type LogPlace, LogTail } from './log-tail.ts';

/**
 * Sends what is logged on this machine to the control plane: the agent's log with the engine's lines in it, and the log
 * of the installation. The files are the spool: while the control plane is away nothing is held in memory, and when
 * they are rotated before they could be sent, the oldest lines are lost and a line says so.
 *
 * Every line has a number. A batch is sent with the same numbers until it is accepted, also by the next agent on this
 * machine. Secrets are taken out before anything leaves. Failing to send is logged once, not once for each try,
 * because that would be more to send.
 */
export interface LogShipperDeps {
  readonly env: Env;
  readonly control: ControlClient;
  readonly logDir: string;
  readonly stateDir: string;
  readonly instanceId: string;
  /** Asked at each batch: both change while the agent runs. */
  readonly identity: () => { readonly epoch: number; readonly token: string };
  readonly secrets: () => readonly string[];
  readonly signal: AbortSignal;
}

interface Batch {
  readonly file: LogFileName;
  readonly fromSeq: number;
  readonly entries: readonly LogEntry[];
  /** Where reading goes on after each of them. */
  readonly ends: readonly (LogPlace | undefined)[];
}

type Outcome = 'sent' | 'nothing' | 'ended' | { readonly waitMs: number };

const FILES: readonly LogFileName[] = ['install', 'agent'];
const LOOK_EVERY_MS = 1_000;
const BATCH_BYTES_MAX = 128 * 1024;
const TIMEOUT_MS = 10_000;
const AWAY: Backoff = { firstMs: 1_000, maxMs: 30_000 };
const REFUSED_MS = 60_000;
const LOST = 'Lines of this log were overwritten before they could be sent.';

export class LogShipper {
  readonly #deps: LogShipperDeps;
  readonly #tails: Readonly<Record<LogFileName, LogTail>>;
  readonly #redactors: Readonly<Record<LogSource, LineRedactor>>;
  readonly #waiting = new Map<LogFileName, Batch>();
  #progress: LogProgress;
  #linesMax = LOG_LINES_PER_BATCH_MAX;
  #failures = 0;
  #isSaved = true;

  constructor(deps: LogShipperDeps) {
    this.#deps = deps;
    const worker = path.join(deps.logDir, 'worker.log');
    this.#tails = {
      agent: new LogTail([worker, `${worker}.1`, `${worker}.2`]),
      install: new LogTail([path.join(deps.logDir, 'install.log')]),
    };
    this.#redactors = Object.fromEntries(
      LOG_SOURCES.map((source) => [source, new LineRedactor(deps.secrets)]),
    ) as Record<LogSource, LineRedactor>;
    this.#progress = this.#findProgress();
  }

  /** Sends until the signal aborts or a newer worker took over. */
  async run(): Promise<void> {
    const { env, signal } = this.#deps;
    while (!signal.aborted) {
      const outcome = await this.#sendNext(signal);
      if (outcome === 'ended') return;
      if (outcome === 'sent') continue;
      await pause(env, outcome === 'nothing' ? LOOK_EVERY_MS : outcome.waitMs, signal);
    }
  }

  /** What is there now, as far as the signal allows; for an agent that leaves. */
  async finish(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.#sendNext(signal)) === 'sent');
  }

  /** A machine may have served another instance before: its lines are none of this one's. */
  #findProgress(): LogProgress {
    const { stateDir, instanceId } = this.#deps;
    const saved = loadLogProgress(stateDir);
    if (saved?.instanceId === instanceId) return saved;
    const endOf = (file: LogFileName) => ({ nextSeq: 0, place: this.#tails[file].findEnd() });
    const beginningOf = (file: LogFileName) => ({ nextSeq: 0, place: this.#tails[file].findBeginning() });
    const placeOf = saved ? endOf : beginningOf;
    const progress = { instanceId, files: { agent: placeOf('agent'), install: placeOf('install') } };
    // Before anything is sent: whoever comes next must know whose lines these are.
    this.#save(progress);
    return progress;
  }

  async #sendNext(signal: AbortSignal): Promise<Outcome> {
    for (const file of FILES) {
      const batch = this.#waiting.get(file) ?? this.#compose(file);
      if (!batch) continue;
      this.#waiting.set(file, batch);
      return this.#send(batch, signal);
    }
    return 'nothing';
  }

  #compose(file: LogFileName): Batch | undefined {
    const { place } = this.#progress.files[file];
    const reading = this.#tails[file].read(place, LOG_LINES_PER_BATCH_MAX);
    // Numbers of a batch that may have arrived must not be given to other lines.
    if (reading.isLost) this.#skipNumbers(file, place);
    const { nextSeq } = this.#progress.files[file];
    const nowMs = this.#deps.env.clock.now();
    const entries: LogEntry[] = [];
    const ends: (LogPlace | undefined)[] = [];
    if (reading.isLost) {
      entries.push({ source: file, at_ms: Math.max(0, Math.floor(nowMs)), level: 'warn', line: LOST });
      ends.push(undefined);
    }
    let bytes = 0;
    for (const { text, end } of reading.lines) {
      if (entries.length >= LOG_LINES_PER_BATCH_MAX) break;
      const entry = readLogLine(file, text, nowMs, this.#redactors);
      entries.push(entry);
      ends.push(end);
      bytes += Buffer.byteLength(entry.line);
      if (bytes >= BATCH_BYTES_MAX) break;
    }
    if (entries.length > 0) return { file, fromSeq: nextSeq, entries, ends };
    // What was skipped needs not be skipped again.
    this.#advance(file, 0, reading.end);
    return undefined;
  }

  #skipNumbers(file: LogFileName, place: LogPlace | undefined): void {
    this.#advance(file, LOG_LINES_PER_BATCH_MAX, place);
    this.#save(this.#progress);
  }

  async #send(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const { control, instanceId, identity } = this.#deps;
    const count = Math.min(batch.entries.length, this.#linesMax);
    const { epoch, token } = identity();
    let answer: ControlAnswer;
    try {
      answer = await control.post({
        path: '/internal/worker/logs',
        body: {
          instance_id: instanceId,
          epoch,
          file: batch.file,
          from_seq: batch.fromSeq,
          lines: batch.entries.slice(0, count),
        },
        bearer: token,
        timeoutMs: TIMEOUT_MS,
        signal,
      });
    } catch (error) {
      return signal.aborted ? 'ended' : this.#away(messageOf(error));
    }
    return this.#judge(batch, count, answer);
  }

  #judge(batch: Batch, count: number, answer: ControlAnswer): Outcome {
    const { status } = answer;
    if (status === 200) {
      this.#accept(batch, count);
      if (this.#failures > 0) this.#deps.env.log.info({}, 'Logs are sent again.');
      this.#failures = 0;
      this.#linesMax = Math.min(LOG_LINES_PER_BATCH_MAX, this.#linesMax * 2);
      return 'sent';
    }
    if (status === 409) return 'ended';
    if (status === 429) return { waitMs: answer.retryAfterMs ?? LOOK_EVERY_MS };
    if (status === 401 || status === 403 || status === 404) return { waitMs: REFUSED_MS };
    if (status >= 400 && status < 500) return this.#shrink(batch, count, status);
    return this.#away(`status ${status}`);
  }

  /** Refused as it is: fewer lines at once, down to the one that is at fault; that one is left out. */
  #shrink(batch: Batch, count: number, status: number): Outcome {
    if (count > 1) {
      this.#linesMax = Math.floor(count / 2);
    } else {
      this.#deps.env.log.warn({ status }, 'A line of the log was refused and is left out.');
      this.#accept(batch, 1);
    }
    return { waitMs: LOOK_EVERY_MS };
  }

  #away(error: string): Outcome {
    this.#failures += 1;
    if (this.#failures === 1) this.#deps.env.log.warn({ error }, 'Logs cannot be sent now.');
    return { waitMs: backoffMs(AWAY, this.#failures, this.#deps.env.random) };
  }

  #accept(batch: Batch, count: number): void {
    const { file, fromSeq, entries, ends } = batch;
    this.#advance(file, count, ends[count - 1]);
    this.#save(this.#progress);
    if (count === entries.length) this.#waiting.delete(file);
    else {
      this.#waiting.set(file, {
        file,
        fromSeq: fromSeq + count,
        entries: entries.slice(count),
        ends: ends.slice(count),
      });
    }
  }

  /** On a full disk lines are sent all the same; the next agent may send some of them again. */
  #save(progress: LogProgress): void {
    try {
      saveLogProgress(this.#deps.stateDir, progress);
      this.#isSaved = true;
    } catch (error) {
      if (this.#isSaved)
        this.#deps.env.log.warn({ error: messageOf(error) }, 'The place in the logs is not kept.');
      this.#isSaved = false;
    }
  }

  #advance(file: LogFileName, count: number, place: LogPlace | undefined): void {
    const { nextSeq } = this.#progress.files[file];
    this.#progress = {
      ...this.#progress,
      files: { ...this.#progress.files, [file]: { nextSeq: nextSeq + count, place } },
    };
  }
}
