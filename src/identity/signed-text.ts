import { createHmac, timingSafeEqual } from 'node:crypto';
import { Secret } from '#kernel/secret.ts';

/** How one kind of bearer looks: `<prefix><payload>.<mac>`. */
export interface SignedForm {
  readonly prefix: string;
  /** Keeps the signatures of this kind apart from all others that the same key makes. */
  readonly label: string;
}

const LENGTH_MAX = 1_000;

export function signText(key: Secret, { prefix, label }: SignedForm, payload: object): Secret {
  const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
  return new Secret(`${prefix}${body}.${macOf(key, label, body).toString('base64url')}`);
}

/** The payload of a text that we signed, whatever it says; undefined for anything else. */
export function readSignedText(key: Secret, { prefix, label }: SignedForm, text: string): unknown {
  if (!text.startsWith(prefix) || text.length > LENGTH_MAX) return undefined;
  const [body, mac, ...rest] = text.slice(prefix.length).split('.');
  if (!body || !mac || rest.length > 0) return undefined;
  const given = Buffer.from(mac, 'base64url');
  const expected = macOf(key, label, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
}

function macOf(key: Secret, label: string, body: string): Buffer {
  return createHmac('sha256', key.reveal()).update(`${label}\n${body}`).digest();
}
