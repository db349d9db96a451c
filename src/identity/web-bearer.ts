import * as z from 'zod';
import { isId, type OrgId, type SessionId, type UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { readSignedText, signText } from './signed-text.ts';

/** What the api vouches for when it hands a browser's request to the gateway. */
export interface WebBearerClaims {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly expiresAtMs: number;
}

/** Long enough to open a request, short enough that a logged-out browser is out. */
export const WEB_BEARER_TTL_MS = 60_000;

const FORM = { prefix: 'inv_web.', label: 'web-bearer' };
const payloadSchema = z.object({
  s: z.custom<SessionId>((value) => typeof value === 'string' && isId('session', value)),
  u: z.custom<UserId>((value) => typeof value === 'string' && isId('user', value)),
  o: z.custom<OrgId>((value) => typeof value === 'string' && isId('organisation', value)),
  e: z.int().positive(),
});

/** `inv_web.<claims>.<mac>`: the gateway checks it without the database and never sees a cookie. */
export function signWebBearer(key: Secret, claims: WebBearerClaims): Secret {
  const payload = { s: claims.sessionId, u: claims.userId, o: claims.orgId, e: claims.expiresAtMs };
  return signText(key, FORM, payload);
}

/** The claims of a bearer that we signed and that has not expired; undefined for anything else. */
export function verifyWebBearer(key: Secret, text: string, nowMs: number): WebBearerClaims | undefined {
  const payload = payloadSchema.safeParse(readSignedText(key, FORM, text));
  if (!payload.success || payload.data.e <= nowMs) return undefined;
  const { s, u, o, e } = payload.data;
  return { sessionId: s, userId: u, orgId: o, expiresAtMs: e };
}

export function isWebBearer(text: string): boolean {
  return text.startsWith(FORM.prefix);
}
