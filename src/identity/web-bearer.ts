import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { isId, type OrgId, type SessionId, type UserId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';

/** What the api vouches for when it hands a browser's request to the gateway. */
export interface WebBearerClaims {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly orgId: OrgId;
  readonly expiresAtMs: number;
}

/** Long enough to open a request, short enough that a logged-out browser is out. */
export const WEB_BEARER_TTL_MS = 60_000;

const PREFIX = 'inv_web.';
const payloadSchema = z.object({
  s: z.custom<SessionId>((value) => typeof value === 'string' && isId('session', value)),
  u: z.custom<UserId>((value) => typeof value === 'string' && isId('user', value)),
  o: z.custom<OrgId>((value) => typeof value === 'string' && isId('organisation', value)),
  e: z.int().positive(),
});

/** `inv_web.<claims>.<mac>`: the gateway checks it without the database and never sees a cookie. */
export function signWebBearer(key: Secret, claims: WebBearerClaims): Secret {
  const payload = { s: claims.sessionId, u: claims.userId, o: claims.orgId, e: claims.expiresAtMs };
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return new Secret(`${PREFIX}${body}.${macOf(key, body).toString('base64url')}`);
}

/** The claims of a bearer that we signed and that has not expired; undefined for anything else. */
export function verifyWebBearer(key: Secret, text: string, nowMs: number): WebBearerClaims | undefined {
  if (!text.startsWith(PREFIX) || text.length > 1_000) return undefined;
  const [body, mac, ...rest] = text.slice(PREFIX.length).split('.');
  if (!body || !mac || rest.length > 0) return undefined;
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(key, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const payload = payloadSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  if (!payload.success || payload.data.e <= nowMs) return undefined;
  const { s, u, o, e } = payload.data;
  return { sessionId: s, userId: u, orgId: o, expiresAtMs: e };
}

export function isWebBearer(text: string): boolean {
  return text.startsWith(PREFIX);
}

function macOf(key: Secret, body: string): Buffer {
  // The label keeps this key's signatures apart from any other use of it.
  return createHmac('sha256', key.reveal()).update(`web-bearer\n${body}`).digest();
}
