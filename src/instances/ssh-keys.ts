/** The key pair of each machine, computed again from the server key when it is needed, so that none is stored. */
import { createHmac, createPrivateKey, createPublicKey } from 'node:crypto';
import type { InstanceId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ALGORITHM = 'ssh-ed25519';

/** The public half in OpenSSH's one-line form: the same text for the same machine, so a repeated order is the same. */
export function machineKeyOf(controlKey: Secret, instanceId: InstanceId): string {
  const seed = createHmac('sha256', controlKey.reveal()).update(`ssh\n${instanceId}`).digest();
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const { x } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  });
  const blob = Buffer.concat([field(Buffer.from(ALGORITHM)), field(Buffer.from(x ?? '', 'base64url'))]);
  return `${ALGORITHM} ${blob.toString('base64')} ${instanceId}`;
}

/** RFC 4251: a string is its length in four bytes and then itself. */
function field(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
