/**
 * Who gives way when a queue is full. Whoever waits in the lowest priority does, if it is lower than the newcomer's;
 * among equals the organisation that holds the most, if that is more than the newcomer's would then hold. So a flood
 * of one organisation fills the queue with nothing that another could not take back.
 */
import type { Band } from './band.ts';
import type { Line } from './line.ts';
import { type Amounts, type Entry, type QueueLimits, takeFrom, type Waiting } from './waiting.ts';

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
      takeFrom(left, victim.waiting);
      if (shareOf(left, limits) <= 1) return victims;
    }
  }
  return undefined;
}

/** The part of the queue that an amount takes: of what it takes most of. */
function shareOf({ requests, tokens, bytes }: Amounts, limits: QueueLimits): number {
  return Math.max(requests / limits.requestsMax, tokens / limits.tokensMax, bytes / limits.bytesMax);
}

interface Taken {
  /** What its line holds without those that were taken. */
  readonly left: Amounts;
  /** By arrival, without those that were taken. */
  readonly entries: Entry[];
}

/** Takes one after another of a band, always the newest of whoever holds the most at that moment. */
class VictimChoice {
  readonly #band: Band;
  readonly #limits: QueueLimits;
  readonly #taken = new Map<Line, Taken>();
  /** Nobody gives way who holds no more than this: what the newcomer's organisation would hold, so it never does. */
  readonly #floor: number;

  constructor(band: Band, limits: QueueLimits, equal: Waiting | undefined) {
    this.#band = band;
    this.#limits = limits;
    const held = (equal && band.findLine(equal.orgId))?.held ?? { requests: 0, tokens: 0, bytes: 0 };
    this.#floor = equal
      ? shareOf(
          {
            requests: held.requests + 1,
            tokens: held.tokens + equal.tokens,
            bytes: held.bytes + equal.bytes,
          },
          limits,
        )
      : 0;
  }

  next(): Entry | undefined {
    let largest: Line | undefined;
    let share = this.#floor;
    for (const line of this.#band.lines) {
      const own = shareOf(this.#taken.get(line)?.left ?? line.held, this.#limits);
      if (own <= share) continue;
      largest = line;
      share = own;
    }
    return largest && this.#takeFrom(largest);
  }

  #takeFrom(line: Line): Entry | undefined {
    let taken = this.#taken.get(line);
    if (!taken) {
      taken = { left: { ...line.held }, entries: line.byArrival() };
      this.#taken.set(line, taken);
    }
    const victim = taken.entries.pop();
    if (victim) takeFrom(taken.left, victim.waiting);
    return victim;
  }
}
