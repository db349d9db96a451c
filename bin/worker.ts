/**
 * The worker agent as a process: `worker.mjs --config /etc/inventiv/worker.json`.
 *
 * SIGTERM and SIGINT drain and end it; with INVENTIV_DIE_WITH_PARENT=1 the end of its standard input is a power cut.
 * It exits with 1 when it cannot work, so that whoever keeps it running starts it again. The engine hangs on a pipe
 * from this process and ends with it in every case. With the word `llama-engine` the program is that engine.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AgentInfo } from '#contracts/worker.ts';
import { messageOf } from '#kernel/errors.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { startAgent } from '#worker/agent.ts';
import { chosenOf, engineFor, LLAMA_WORD } from '#worker/engines/engine-choice.ts';
import { runLlamaEngine } from '#worker/llama/llama-process.ts';
import { LogFile } from '#worker/log-file.ts';
import { withOrderedToken } from '#worker/reinstaller.ts';
import { WORKER_BUILD_DATE, WORKER_VERSION } from '#worker/version.ts';
import { parseWorkerConfig, type WorkerConfig } from '#worker/worker-config.ts';
import { jsonLog } from '#worker/worker-log.ts';

const DEFAULT_CONFIG = '/etc/inventiv/worker.json';
const DRAIN_LIMIT_MS = 20_000;

try {
  if (process.argv[2] === LLAMA_WORD) await llamaWord(process.argv.slice(3));
  else await main();
} catch (error) {
  process.stderr.write(`worker: ${messageOf(error)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const text = readFileSync(configPath(process.argv), 'utf8');
  const config = withPowerOff(withOrderedToken(parseWorkerConfig(text)));
  const logFile = new LogFile(config.logDir);
  // A reader of our output that went away is no reason to stop serving.
  process.stdout.on('error', () => undefined);
  const log = jsonLog(
    (line) => {
      logFile.append(line);
      process.stdout.write(line);
    },
    Date.now,
    { component: 'worker' },
  );
  const env = systemEnv(log, process.env['FAULT']);
  const agent = describeAgent();
  log.info({ ...agent, pid: process.pid, instance_id: config.instanceId }, 'The agent starts.');
  const running = await startAgent({
    env,
    config,
    agent,
    logFile,
    secrets: secretValues(),
    engineFor: engineFor(env, {
      config,
      variables: process.env,
      program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    }),
    restart: () => leave('reinstall'),
  });
  running.work.catch((error: unknown) => {
    log.error({ error }, 'The agent cannot go on.');
    process.exit(1);
  });
  const leave = (why: NodeJS.Signals | 'reinstall'): void => {
    log.info({ why }, 'Told to end.');
    // The second signal does not wait.
    if (why !== 'reinstall') process.once(why, () => process.exit(1));
    running.leave(drainLimitMs()).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error }, 'The agent did not end cleanly.');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  if (process.env['INVENTIV_DIE_WITH_PARENT'] === '1') dieWithParent();
}

/** The environment's command wins over the configuration's; an empty one means never. */
function withPowerOff(config: WorkerConfig): WorkerConfig {
  const command = process.env['INVENTIV_POWER_OFF_COMMAND'];
  return command === undefined ? config : { ...config, powerOffCommand: command || undefined };
}

function configPath(argv: readonly string[]): string {
  const at = argv.indexOf('--config');
  return at < 0 ? DEFAULT_CONFIG : (argv[at + 1] ?? DEFAULT_CONFIG);
}

/** The checksum is of the file this process runs from, not of the one it was told it would be. */
function describeAgent(): AgentInfo {
  const file = process.argv[1] ?? '';
  return {
    version: WORKER_VERSION,
    build_date: WORKER_BUILD_DATE,
    sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  };
}

function drainLimitMs(): number {
  const text = process.env['INVENTIV_DRAIN_LIMIT_MS'];
  const limit = Number(text);
  return text !== undefined && Number.isFinite(limit) && limit >= 0 ? limit : DRAIN_LIMIT_MS;
}

function dieWithParent(): void {
  process.stdin.on('error', () => process.exit(0));
  process.stdin.on('close', () => process.exit(0));
  process.stdin.on('end', () => process.exit(0));
  process.stdin.resume();
}

/** Of variables whose name says so; they must not leave in a log. */
function secretValues(): string[] {
  const isSecret = /TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE/i;
  return Object.values(chosenOf(process.env, (name) => isSecret.test(name)));
}

/** It goes on after this, until it is told to end or its agent dies. */
async function llamaWord(args: readonly string[]): Promise<void> {
  const log = jsonLog((line) => void process.stderr.write(line), Date.now, { component: 'llama-engine' });
  await runLlamaEngine({
    env: systemEnv(log),
    args,
    packageFolder: process.env['INVENTIV_LLAMA_CPP'],
    say: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    exit: (code) => process.exit(code),
  });
}
