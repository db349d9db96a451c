/** Signatures and secrets as Standard Webhooks 1.0 wants them: https://www.standardwebhooks.com */
import { createHmac } from 'node:crypto';
import type { Random } from '#kernel/env.ts';
import { Secret } from '#kernel/secret.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function mintWebhookSecret(random: Random): Secret {
  return new Secret(PREFIX + Buffer.from(random.bytes(SECRET_BYTES)).toString('base64'));
}

export interface SignedMessage {
  readonly id: string;
  /** Seconds since the epoch, of this attempt. */
  readonly timestamp: number;
  readonly body: string;
}

/** One signature for each secret, so that a receiver that still has the former one can verify too. */
export function signMessage(secrets: readonly Secret[], { id, timestamp, body }: SignedMessage): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.reveal().slice(PREFIX.length), 'base64');
      const digest = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      return `v1,${digest}`;
    })
    .join(' ');
}
