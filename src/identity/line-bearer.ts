/**
 * With what a batch speaks to the gateway: on behalf of the key that made it, whose text nobody keeps. It names the
 * request too, so that a line that is sent twice is one request in the ledger.
 */
import * as z from 'zod';
import { isId, type OrgId, type RequestId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { readSignedText, signText } from './signed-text.ts';

export interface LineBearerClaims {
  readonly apiKeyId: string;
  readonly orgId: OrgId;
  readonly requestId: RequestId;
  readonly expiresAtMs: number;
}

/** Long enough to open a request. */
export const LINE_BEARER_TTL_MS = 60_000;

const FORM = { prefix: 'inv_line.', label: 'line-bearer' };
const payloadSchema = z.object({
  k: z.string().min(1).max(100),
  o: z.custom<OrgId>((value) => typeof value === 'string' && isId('organisation', value)),
  r: z.custom<RequestId>((value) => typeof value === 'string' && isId('request', value)),
  e: z.int().positive(),
});

export function signLineBearer(key: Secret, claims: LineBearerClaims): Secret {
  const payload = { k: claims.apiKeyId, o: claims.orgId, r: claims.requestId, e: claims.expiresAtMs };
  return signText(key, FORM, payload);
}

/** The claims of a bearer that we signed and that has not expired; undefined for anything else. */
export function verifyLineBearer(key: Secret, text: string, nowMs: number): LineBearerClaims | undefined {
  const payload = payloadSchema.safeParse(readSignedText(key, FORM, text));
  if (!payload.success || payload.data.e <= nowMs) return undefined;
  const { k, o, r, e } = payload.data;
  return { apiKeyId: k, orgId: o, requestId: r, expiresAtMs: e };
}

export function isLineBearer(text: string): boolean {
  return text.startsWith(FORM.prefix);
}
