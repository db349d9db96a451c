/** One more api process beside the one that runs, on its database and with its secrets, as on another machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '#config/config.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { superviseChild } from '#supervisor/child.ts';
import { listRunning } from '#supervisor/run-files.ts';
import { freePortOffset } from '../../test/stack.ts';

const API = fileURLToPath(new URL('../../bin/api.ts', import.meta.url));
const env = systemEnv(SILENT_LOG);

export interface AnotherApi {
  readonly url: string;
  pid(): number | undefined;
  /** Asks it to end, as a replacement does, and waits. */
  stop(): Promise<void>;
}

export async function startAnotherApi(config: Config): Promise<AnotherApi> {
  const runDir = mkdtempSync(join(tmpdir(), 'inventiv-api-'));
  const offset = await freePortOffset();
  const name = `api-${offset}`;
  const child = superviseChild(env, {
    name,
    file: API,
    variables: {
      PATH: process.env['PATH'],
      INVENTIV_DATA_DIR: config.dataDir,
      DATABASE_URL: databaseUrlFor(config, 'owner').reveal(),
      PORT_OFFSET: String(offset),
      LOG_FORMAT: 'json',
    },
    dataDir: runDir,
    logFile: join(runDir, `${name}.log`),
    onLine: () => undefined,
  });
  await child.ready;
  return {
    url: `http://127.0.0.1:${8003 + offset}`,
    pid: () => listRunning(runDir).find((file) => file.name === name && file.isReady)?.pid,
    async stop() {
      await child.stop(10_000);
      rmSync(runDir, { recursive: true, force: true });
    },
  };
}
