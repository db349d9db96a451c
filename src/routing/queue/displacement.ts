/**
 * Who gives way when a queue is full. Whoever waits in the lowest priority does, if it is lower than the newcomer's;
 * among equals the organisation that holds the most, if that is more than the newcomer's would then hold. So a flood
 * of one organisation fills the queue with nothing that another could not take back.
 */
import type { Band } from './band.ts';
import type { Line } from './line.ts';
import type { Amounts, Entry, QueueLimits, Waiting } from './waiting.ts';

/** Those that must go so that the newcomer fits; empty when it fits anyway, undefined when it may not. */
export function findVictims(
  bands: readonly Band[],
  held: Readonly<Amounts>,
  limits: QueueLimits,
  newcomer: Waiting,
): Entry[] | undefined {
  const left: Amounts = {
    requests: held.requests + 1,
    tokens: held.tokens + newcomer.tokens,
    bytes: held.bytes + newcomer.bytes,
  };
  if (shareOf(left, limits) <= 1) return [];
  const own: Amounts = { requests: 1, tokens: newcomer.tokens, bytes: newcomer.bytes };
  if (shareOf(own, limits) > 1) return undefined;
  const victims: Entry[] = [];
  for (const band of [...bands].sort((a, b) => a.priority - b.priority)) {
    if (band.priority > newcomer.priority) break;
    const choice = new VictimChoice(band, limits, band.priority === newcomer.priority ? newcomer : undefined);
    for (let victim = choice.next(); victim; victim = choice.next()) {
      victims.push(victim);
      left.requests -= 1;
      left.tokens -= victim.waiting.tokens;
      left.bytes -= victim.waiting.bytes;
      if (shareOf(left, limits) <= 1) return victims;
    }
  }
  return undefined;
}

/** The part of the queue that an amount takes: of what it takes most of. */
function shareOf({ requests, tokens, bytes }: Amounts, limits: QueueLimits): number {
  return Math.max(requests / limits.requestsMax, tokens / limits.tokensMax, bytes / limits.bytesMax);
}

interface Candidate {
  readonly line: Line;
  readonly left: Amounts;
  /** By arrival; sorted when the first of them is taken. */
  entries: Entry[] | undefined;
}

/** Takes one after another of a band, always the newest of whoever holds the most at that moment. */
class VictimChoice {
  readonly #limits: QueueLimits;
  readonly #candidates: Candidate[];
  /** What nobody who gives way may fall below. */
  readonly #floor: number;

  constructor(band: Band, limits: QueueLimits, equal: Waiting | undefined) {
    this.#limits = limits;
    const lines = [...band.lines].filter((line) => line.orgId !== equal?.orgId);
    this.#candidates = lines.map((line) => ({ line, left: { ...line.held }, entries: undefined }));
    const own = [...band.lines].find((line) => line.orgId === equal?.orgId)?.held;
    this.#floor = equal
      ? shareOf(
          {
            requests: (own?.requests ?? 0) + 1,
            tokens: (own?.tokens ?? 0) + equal.tokens,
            bytes: (own?.bytes ?? 0) + equal.bytes,
          },
          limits,
        )
      : 0;
  }

  next(): Entry | undefined {
    let largest: Candidate | undefined;
    let share = this.#floor;
    for (const candidate of this.#candidates) {
      const own = shareOf(candidate.left, this.#limits);
      if (own > share) {
        largest = candidate;
        share = own;
      }
    }
    if (!largest) return undefined;
    largest.entries ??= largest.line.byArrival();
    const victim = largest.entries.pop();
    if (!victim) return undefined;
    largest.left.requests -= 1;
    largest.left.tokens -= victim.waiting.tokens;
    largest.left.bytes -= victim.waiting.bytes;
    return victim;
  }
}
