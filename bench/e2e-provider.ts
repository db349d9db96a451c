/**
 * `make e2e-provider PROVIDER=scaleway [MAX_EUR=2] [LIMIT_MINUTES=45] [MODEL=id] [with="tunnel command"]`: a whole
 * life on a real provider, with the credentials of whoever runs it: the smallest machine that fits is ordered,
 * installed, asked something and deleted, and the provider is looked at until nothing of ours is there.
 *
 * It costs real money, so it has a price cap, and a dead man: a detached process that deletes everything with the tags
 * of this run's installation when the limit has passed, or when this process has ended in whatever way. Without
 * credentials it says so and ends with 0. The last line is JSON. Exit code 1: it failed, and nothing is left. 3: it is
 * not proven that nothing is left.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#config/config.ts';
import { openDatabase } from '#database/database.ts';
import { getInstallationId } from '#database/installation.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { messageOf } from '#kernel/errors.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { Provider } from '#providers/provider.ts';
import { startTunnelProgram, type TunnelProgram } from '#supervisor/tunnel-program.ts';
import { ApiClient } from '../test/api-client.ts';
import { FAST, freePortOffset, type Stack, startStack } from '../test/stack.ts';
import { accessOf, type RunAccess } from './e2e-provider/access.ts';
import { chooseOrder, liveOnce, type RunOrder } from './e2e-provider/life.ts';
import { removeAll } from './e2e-provider/remove-all.ts';
import { filesOf, type RunFiles } from './e2e-provider/run-files.ts';

const EXIT = { done: 0, failed: 1, notProven: 3 } as const;
const ALONE_LIMIT_MS = 1_800_000;
const env = systemEnv(SILENT_LOG);

process.exit(await main());

async function main(): Promise<number> {
  const provider = process.env['PROVIDER'] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-e2e-'));
  const files = filesOf(folder);
  mkdirSync(files.data, { mode: 0o700 });
  const access = accessOf(env, provider, process.env, files);
  if ('skipped' in access) {
    rmSync(folder, { recursive: true, force: true });
    say(`skipped: ${access.skipped}`);
    console.log(JSON.stringify({ provider, skipped: access.skipped }));
    return EXIT.done;
  }
  try {
    const code = await run(access, files);
    if (code === EXIT.done) rmSync(folder, { recursive: true, force: true });
    return code;
  } catch (error) {
    // Nothing was ordered yet, or the dead man takes over when this process ends.
    say(`failed: ${messageOf(error)}`);
    console.log(JSON.stringify({ provider, error: messageOf(error) }));
    return EXIT.failed;
  } finally {
    rmSync(files.data, { recursive: true, force: true });
  }
}

async function run(access: RunAccess, files: RunFiles): Promise<number> {
  const portOffset = await freePortOffset();
  const command = process.env['WITH'];
  const tunnel = command ? await openTunnel(command, portOffset) : undefined;
  const variables = {
    // The defaults of the product, not those of tests, unless they are given.
    ...Object.fromEntries(Object.keys(FAST).map((name) => [name, process.env[name] ?? ''])),
    ...access.variables,
    ...(tunnel ? { PUBLIC_URL: tunnel.url } : {}),
  };
  const stack = await startStack({ dataDir: files.data, portOffset, env: variables });
  try {
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const order = await chooseOrder(api, access.provider.id, {
      maxEuros: numberFrom('MAX_EUR', 2),
      limitMinutes: numberFrom('LIMIT_MINUTES', 45),
      model: process.env['MODEL'] || undefined,
      say,
    });
    return await underDeadMan(access, files, { stack, api, order, variables });
  } finally {
    await stack.stop();
    await tunnel?.stop();
  }
}

async function underDeadMan(
  { provider }: RunAccess,
  files: RunFiles,
  {
    stack,
    api,
    order,
    variables,
  }: {
    stack: Stack;
    api: ApiClient;
    order: RunOrder;
    variables: Readonly<Record<string, string>>;
  },
): Promise<number> {
  const installation = await installationOf(stack);
  const deadlineMs = env.clock.now() + order.limitMinutes * 60_000;
  const log = openSync(files.log, 'a', 0o600);
  const deadMan = spawn(
    process.execPath,
    [join(import.meta.dirname, 'e2e-provider/dead-man.ts'), files.folder, installation, String(deadlineMs)],
    {
      detached: true,
      // The channel closes when this process has ended, in whatever way.
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], QUIET_MS: process.env['QUIET_MS'] },
        ...{ ...variables, INVENTIV_DATA_DIR: files.data, PORT_OFFSET: String(stack.portOffset) },
      },
    },
  );
  const ended = once(deadMan, 'exit');
  const armed = await Promise.race([once(deadMan, 'message'), ended.then(() => undefined)]);
  if (!armed) throw new Error(`the dead man did not start: ${readFileSync(files.log, 'utf8').slice(-500)}`);
  say(`a dead man deletes everything of ${installation} in ${order.limitMinutes} minutes, or when this ends`);
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
    }
  });
  interrupted.catch(() => undefined);
  const facts = {
    provider: provider.id,
    zone: order.zone,
    instance_type: order.instanceType,
    model: order.model,
  };
  let result: Record<string, unknown>;
  let hasFailed = false;
  try {
    const life = liveOnce(api, stack.gatewayUrl, order, { deadlineMs, say });
    life.catch(() => undefined);
    result = { ...facts, ...(await Promise.race([life, interrupted])) };
  } catch (error) {
    hasFailed = true;
    result = { ...facts, error: messageOf(error) };
    say(`failed: ${messageOf(error)}`);
  }
  // The end is the same in both cases: whoever looks last is the one that deletes what it finds.
  say('looking whether anything is left');
  writeFileSync(files.order, hasFailed ? 'delete' : 'look');
  await ended;
  const found = resultIn(files) ?? (await removeAlone(provider, stack, installation));
  if (found.left !== 0) say(`it is not proven that nothing is left: see ${files.log}, and run make reap`);
  // What a whole life leaves behind is a fault, though it is gone now.
  const hasLeft = !hasFailed && found.deleted > 0;
  if (hasLeft) say(`${found.deleted} things were left after the end and are deleted now: see ${files.log}`);
  console.log(JSON.stringify({ ...result, deleted_after: found.deleted, left: found.left }));
  if (found.left !== 0) return EXIT.notProven;
  return hasFailed || hasLeft ? EXIT.failed : EXIT.done;
}

async function installationOf(stack: Stack): Promise<string> {
  const config = readConfig({ INVENTIV_DATA_DIR: stack.dataDir, PORT_OFFSET: String(stack.portOffset) });
  const url = databaseUrlFor(config, 'owner');
  const db = openDatabase(env, { url, applicationName: 'e2e-provider', poolSize: 1 });
  try {
    return await getInstallationId(db);
  } finally {
    await db.close();
  }
}

async function openTunnel(command: string, portOffset: number): Promise<TunnelProgram> {
  const url = process.env['URL'] || undefined;
  return startTunnelProgram(env, {
    command,
    port: 8003 + portOffset,
    url,
    onLine: (line) => say(`tunnel: ${line}`),
  });
}

function numberFrom(name: string, fallback: number): number {
  const text = process.env[name];
  if (!text) return fallback;
  const value = Number(text);
  if (!(value > 0 && value <= 10_000)) throw new Error(`${name} must be a number above 0, not ${text}`);
  return value;
}

interface Found {
  readonly deleted: number;
  readonly left: number;
}

function resultIn({ result }: RunFiles): Found | undefined {
  return existsSync(result) ? (JSON.parse(readFileSync(result, 'utf8')) as Found) : undefined;
}

/** Somebody killed the dead man: then the run itself does its work. */
async function removeAlone(provider: Provider, stack: Stack, installation: string): Promise<Found> {
  say('the dead man has ended without a result: the run deletes by itself');
  await stack.stop();
  const quietMs = Number(process.env['QUIET_MS'] || 30_000);
  return removeAll(env, provider, { installation, isDeleting: true, quietMs, limitMs: ALONE_LIMIT_MS, say });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
