/**
 * The pretended cloud as a process.
 *
 *   mock-cloud.ts            serves it, on its own port and its own directory, until told to stop
 *   mock-cloud.ts list       shows servers, volumes, addresses and the bill of the running one (`--json`)
 *   mock-cloud.ts sync       puts right what differs between its records, its disk and its processes (`--json`)
 */
import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { readProcessConfig } from '#config/process-config.ts';
import { readSecret } from '#config/secrets.ts';
import { messageOf } from '#kernel/errors.ts';
import { startMockCloud } from '#simulation/cloud/launch.ts';
import { DEFAULT_SETTINGS, type InstanceType } from '#simulation/cloud/settings.ts';
import { runProcess } from '#telemetry/process.ts';
import { findLlamaPackage } from '#worker/llama/llama-package.ts';

/** A deletion takes as long as a boot, but never tests anyone's patience. */
const DELETE_MS_MAX = 1_000;
const ANSWER_MS_MAX = 10_000;

const [word = 'serve', ...flags] = process.argv.slice(2);
if (word === 'serve') serve();
else if (word === 'list' || word === 'sync') await show(word, flags.includes('--json'));
else fail(`unknown word ${word}: serve, list or sync`);

function serve(): void {
  const llamaPackage = findLlamaPackage(undefined, [import.meta.dirname]);
  runProcess('mock-cloud', async ({ config, env }) => {
    const { values } = config;
    const cloud = await startMockCloud({
      env,
      dataDir: config.dataDir,
      port: config.ports.mockCloud,
      token: readSecret(config, 'mock_cloud_token'),
      settings: {
        boot_ms: values.MOCK_BOOT_MS,
        pull_ms: values.MOCK_PULL_MS,
        load_ms: values.MOCK_LOAD_MS,
        delete_ms: Math.min(values.MOCK_BOOT_MS, DELETE_MS_MAX),
        preset: values.MOCK_ENGINE_PRESET,
        ...(llamaPackage ? { types: [...DEFAULT_SETTINGS.types, thisMachine()] } : {}),
      },
      parts: {
        nodePath: process.execPath,
        engineCommand: [process.execPath, enginePath()],
        searchPath: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
        llamaPackage,
      },
    });
    env.log.info({ url: cloud.url, directory: cloud.directory }, 'the mock cloud answers');
    return () => cloud.close();
  });
}

/**
 * What is not pretended: the machine that all of this runs on, without GPUs. The engine for GGUF files answers on it for
 * real, at no price. Offered where that engine is installed.
 */
function thisMachine(): InstanceType {
  return {
    name: 'THIS-MACHINE',
    gpu_count: 0,
    gpu_kind: 'CPU',
    gpu_name: 'none',
    compute_capability: '0.0',
    vram_bytes_per_gpu: 0,
    vcpus: availableParallelism(),
    memory_bytes: totalmem(),
    price_per_hour: '0',
  };
}

/** The bundle where it has been built: it starts in less than half the time of the sources. */
function enginePath(): string {
  const bundle = resolve(import.meta.dirname, '../.cache/worker/engine.mjs');
  return existsSync(bundle) ? bundle : resolve(import.meta.dirname, 'engine.ts');
}

async function show(what: 'list' | 'sync', asJson: boolean): Promise<void> {
  // Loaded only here, so that serving starts without an HTTP client.
  const commandLine = await import('#simulation/cloud/command-line.ts');
  try {
    const config = readProcessConfig();
    const account = {
      url: `http://127.0.0.1:${config.ports.mockCloud}`,
      token: readSecret(config, 'mock_cloud_token'),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    };
    if (what === 'list') {
      const overview = await commandLine.readOverview(account);
      process.stdout.write(
        asJson ? `${JSON.stringify(overview, null, 2)}\n` : commandLine.overviewText(overview),
      );
    } else {
      const report = await commandLine.orderSync(account);
      process.stdout.write(asJson ? `${JSON.stringify(report, null, 2)}\n` : commandLine.syncText(report));
    }
  } catch (error) {
    const isDown = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    fail(isDown ? 'the mock cloud does not run: make up starts it' : messageOf(error));
  }
}

function fail(line: string): void {
  process.stderr.write(`mock-cloud: ${line}\n`);
  process.exitCode = 1;
}
