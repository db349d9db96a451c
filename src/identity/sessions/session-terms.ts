import type { Settings } from '#config/settings.ts';
import type { SessionTerms } from './open-session.ts';

const HOUR_MS = 3_600_000;

/** From where a request comes, and how long a session that it opens lives by today's settings. */
export function termsOf(
  { settings }: { readonly settings: Settings },
  request: {
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly remoteAddress: string;
  },
): SessionTerms {
  return {
    userAgent: request.headers['user-agent'] as string | undefined,
    address: request.remoteAddress,
    ttlMs: settings.get('SESSION_TTL_HOURS') * HOUR_MS,
    idleMs: settings.get('SESSION_IDLE_HOURS') * HOUR_MS,
  };
}
