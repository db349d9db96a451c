/**
 * Certificate and key of the gateway, from two files. They are read again when they change, so that a renewed
 * certificate needs no restart; files that do not fit together, as they are while one is replaced, are tried again
 * later and the former pair stays in use.
 */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type Server } from 'node:tls';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { TlsFiles } from './edge-options.ts';

export interface CertifiedKey {
  readonly cert: Buffer;
  readonly key: Buffer;
}

const LOOK_EVERY_MS = 2_000;

/** @throws with the names of the settings when the files cannot be used */
export function readCertifiedKey({ certFile, keyFile }: TlsFiles): CertifiedKey {
  try {
    const pair = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    throw new Error(
      `GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE must name a certificate and its key in PEM: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Gives the server each new pair until `stopping` is aborted. */
export async function followFiles(
  env: Env,
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  stopping: AbortSignal,
): Promise<void> {
  let known = stateOf(files);
  while (!stopping.aborted) {
    await env.sleep(LOOK_EVERY_MS, stopping).catch(() => undefined);
    const state = stateOf(files);
    if (state === known || stopping.aborted) continue;
    try {
      server.setSecureContext(readCertifiedKey(files));
      known = state;
      env.log.info({ cert_file: files.certFile }, 'the certificate of the gateway was read again');
    } catch (error) {
      env.log.warn({ error: messageOf(error) }, 'a changed certificate cannot be used yet');
    }
  }
}

/** Changes whenever one of the files does; also when one is gone for a moment. */
function stateOf({ certFile, keyFile }: TlsFiles): string {
  return [certFile, keyFile]
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'absent';
    })
    .join('; ');
}
