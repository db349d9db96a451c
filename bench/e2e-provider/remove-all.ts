import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import type { Provider } from '#providers/provider.ts';
import { reap } from '#providers/reap.ts';

const AHEAD_MS = 10 * 365 * 86_400_000;
const ROUND_MS = 600_000;
const CALL_TIMEOUT_MS = 60_000;
const BACKOFF = { firstMs: 500, maxMs: 30_000 };

export interface Removal {
  readonly installation: string;
  readonly isDeleting: boolean;
  /** Between two looks: what was ordered at the last moment may show late. */
  readonly quietMs: number;
  /** When to give up. */
  readonly limitMs: number;
  readonly say: (line: string) => void;
}

/**
 * Deletes everything with the tags of an installation, whatever its expiry says, and says how much that was. Over when
 * two complete lists in a row, some time apart, hold nothing of it. A provider that gives no answer is asked again.
 */
export async function removeAll(
  env: Env,
  provider: Provider,
  { installation, isDeleting, quietMs, limitMs, say }: Removal,
): Promise<{ readonly deleted: number; readonly left: number }> {
  // Seen from then, everything of this installation has expired; that of others is not touched in any case.
  const later: Env = { ...env, clock: { ...env.clock, now: () => env.clock.now() + AHEAD_MS } };
  const order = { installation, zones: undefined, limitMs: ROUND_MS, callTimeoutMs: CALL_TIMEOUT_MS };
  const deadline = env.clock.monotonic() + limitMs;
  const seen = new Set<string>();
  let quiet = 0;
  let failures = 0;
  let left = -1;
  while (env.clock.monotonic() < deadline) {
    try {
      const report = await reap(later, provider, { ...order, isDeleting });
      const ours = report.findings.filter(({ owner }) => owner?.installation === installation);
      for (const { kind, ref } of ours) {
        if (!seen.has(ref.id)) say(`${isDeleting ? 'deleting' : 'found'} ${kind} ${ref.id} in ${ref.zone}`);
        seen.add(ref.id);
      }
      failures = 0;
      left = isDeleting ? report.left.length : ours.length;
      quiet = ours.length === 0 ? quiet + 1 : 0;
      if (quiet >= 2) return { deleted: seen.size, left: 0 };
      await env.sleep(quietMs);
    } catch (error) {
      failures += 1;
      quiet = 0;
      say(messageOf(error));
      await env.sleep(backoffMs(BACKOFF, failures, env.random));
    }
  }
  return { deleted: seen.size, left: left === 0 ? -1 : left };
}
