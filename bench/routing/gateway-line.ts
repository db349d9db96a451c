import { Queue } from '#routing/queue/queue.ts';
import type { Waiting } from '#routing/queue/waiting.ts';
import type { LineFactory } from './waiting-line.ts';
import type { Arrival } from './workload.ts';

/** The line of the gateway as it is. */
export const LINE_NAME = 'fair by tokens';

/** Nobody is turned away, so that every strategy answers the same requests. */
const LIMITS = {
  requestsMax: 1_000_000,
  tokensMax: Number.MAX_SAFE_INTEGER,
  bytesMax: Number.MAX_SAFE_INTEGER,
  totalBytesMax: Number.MAX_SAFE_INTEGER,
  ageingMs: 5_000,
};

/** The production queue. It starts requests from within `roomMade`, so its promises are not waited for. */
export const gatewayLine: LineFactory | undefined = (nowMs) => {
  const queue = new Queue({ monotonic: nowMs }, LIMITS);
  const tickets = new Map<string, Waiting>();
  return {
    enter(arrival, tryStart, knownShare) {
      const waiting = waitingOf(arrival, knownShare);
      tickets.set(arrival.id, waiting);
      const start = () => (tryStart() ? true : undefined);
      if (queue.tryEnter(waiting, start) === undefined) void queue.wait(waiting, start);
    },
    roomMade: () => queue.onRoom(),
    ended({ id }) {
      const waiting = tickets.get(id);
      if (waiting) queue.finish(waiting);
      tickets.delete(id);
    },
  };
};

function waitingOf(arrival: Arrival, knownShare: () => number): Waiting {
  return {
    pool: 'bench',
    orgId: arrival.orgId,
    priority: 0,
    tokens: arrival.promptTokens + arrival.completionTokens,
    bytes: arrival.promptTokens * 4,
    deadlineAtMs: Number.POSITIVE_INFINITY,
    locality: knownShare,
  };
}
