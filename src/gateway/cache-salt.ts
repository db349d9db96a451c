/**
 * Guests on another organisation's workers share an engine, and with it a cache of prompts whose hits are seen in the
 * time to the first token and in the count of cached tokens. A salt keeps apart what each of them has there, so nobody
 * finds out what another one sent. Those whose workers they are go without one.
 */
import { createHmac } from 'node:crypto';
import type { Secret } from '#kernel/secret.ts';
import type { InferenceEndpoint } from './endpoints.ts';

/** Of this organisation and of the salt that the client sent itself, if any; the same in every gateway. */
export function cacheSaltOf(
  key: Secret,
  orgId: string,
  { stream }: InferenceEndpoint,
  body: Readonly<Record<string, unknown>>,
): string | undefined {
  // Other forms have no member for it.
  if (stream !== 'chunks' && stream !== 'responses') return undefined;
  const own = body['cache_salt'];
  const saltKey = createHmac('sha256', key.reveal()).update('cache salt of guests').digest();
  return createHmac('sha256', saltKey)
    .update(JSON.stringify([orgId, typeof own === 'string' ? own : '']))
    .digest('base64url');
}
