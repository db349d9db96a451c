/**
 * With what a batch speaks to the gateway: on behalf of the key that made it, whose text nobody keeps. It names the
 * request too, so that a line that is sent twice is one request in the ledger.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { isId, type OrgId, type RequestId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';

export interface LineBearerClaims {
  readonly apiKeyId: string;
  readonly orgId: OrgId;
  readonly requestId: RequestId;
  readonly expiresAtMs: number;
}

/** Long enough to open a request. */
export const LINE_BEARER_TTL_MS = 60_000;

const PREFIX = 'inv_line.';
const LENGTH_MAX = 1_000;
const payloadSchema = z.object({
  k: z.string().min(1).max(100),
  o: z.custom<OrgId>((value) => typeof value === 'string' && isId('organisation', value)),
  r: z.custom<RequestId>((value) => typeof value === 'string' && isId('request', value)),
  e: z.int().positive(),
});

export function signLineBearer(key: Secret, claims: LineBearerClaims): Secret {
  const payload = { k: claims.apiKeyId, o: claims.orgId, r: claims.requestId, e: claims.expiresAtMs };
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return new Secret(`${PREFIX}${body}.${macOf(key, body).toString('base64url')}`);
}

/** The claims of a bearer that we signed and that has not expired; undefined for anything else. */
export function verifyLineBearer(key: Secret, text: string, nowMs: number): LineBearerClaims | undefined {
  if (!text.startsWith(PREFIX) || text.length > LENGTH_MAX) return undefined;
  const [body, mac, ...rest] = text.slice(PREFIX.length).split('.');
  if (!body || !mac || rest.length > 0) return undefined;
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(key, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const payload = payloadSchema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  if (!payload.success || payload.data.e <= nowMs) return undefined;
  const { k, o, r, e } = payload.data;
  return { apiKeyId: k, orgId: o, requestId: r, expiresAtMs: e };
}

export function isLineBearer(text: string): boolean {
  return text.startsWith(PREFIX);
}

function macOf(key: Secret, body: string): Buffer {
  // The label keeps these signatures apart from those of browsers' bearers, which the same key makes.
  return createHmac('sha256', key.reveal()).update(`line-bearer\n${body}`).digest();
}
