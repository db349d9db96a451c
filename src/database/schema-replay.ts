import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { Secret } from '#kernel/secret.ts';
import { openDatabase } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { freePort } from './free-port.ts';
import { migrate } from './migrator.ts';
import { dumpSchema } from './schema-dump.ts';

/** All migrations applied to an empty database of a throw-away server, as text. */
export async function replaySchema(env: Env): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'inventiv-replay-'));
  chmodSync(home, 0o711);
  const server = await startEmbedded(env, {
    directory: join(home, 'postgres'),
    port: await freePort(),
    password: new Secret(Buffer.from(env.random.bytes(18)).toString('base64url')),
    logFile: join(home, 'postgres.log'),
    isEphemeral: true,
  });
  try {
    const url = server.url('postgres');
    await migrate(env, { url });
    const db = openDatabase(env, { url, applicationName: 'replay', poolSize: 1 });
    const text = await dumpSchema(db);
    await db.close();
    return text;
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}
