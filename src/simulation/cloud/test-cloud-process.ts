import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach } from 'node:test';
import { readBareEnvironment } from '#config/process-config.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { anOrder, callCloud, installing, until } from './test-cloud.ts';

/** The real process for tests, killed without warning; whatever a test leaves running ends with it. */
const BIN = resolve(import.meta.dirname, '../../../bin');
const TOKEN = new Secret('process-test');
export const env = systemEnv(SILENT_LOG);
const root = mkdtempSync(join(tmpdir(), 'inventiv-cloud-process-'));
const children = new Set<ChildProcess>();

after(() => rmSync(root, { recursive: true, force: true }));
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

export class CloudProcess {
  readonly dataDir = mkdtempSync(join(root, 'data-'));
  offset: number;
  child: ChildProcess | undefined;
  output = '';

  static async make(): Promise<CloudProcess> {
    return new CloudProcess(await freeOffset());
  }

  constructor(offset: number) {
    this.offset = offset;
    mkdirSync(join(this.dataDir, 'secrets'));
    writeFileSync(join(this.dataDir, 'secrets/mock_cloud_token'), `${TOKEN.reveal()}\n`);
  }

  get url(): string {
    return `http://127.0.0.1:${8010 + this.offset}`;
  }

  get servers(): string {
    return join(this.dataDir, 'mock-cloud/servers');
  }

  spawn(words: readonly string[], { program = 'mock-cloud.ts', withIpc = false } = {}): ChildProcess {
    const child = spawn(process.execPath, [join(BIN, program), ...words], {
      stdio: ['ignore', 'pipe', 'pipe', ...(withIpc ? (['ipc'] as const) : [])],
      env: {
        ...readBareEnvironment(),
        INVENTIV_DATA_DIR: this.dataDir,
        PORT_OFFSET: String(this.offset),
        MOCK_BOOT_MS: '0',
        MOCK_PULL_MS: '0',
        MOCK_LOAD_MS: '0',
        LOG_FORMAT: 'json',
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.output += text.toString();
      });
    }
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  }

  async start(withIpc = false): Promise<void> {
    this.child = this.spawn([], { withIpc });
    await until(env, async () => {
      if (this.child?.exitCode === 1) {
        // Somebody took the port since it was found free.
        this.offset = await freeOffset();
        this.child = this.spawn([], { withIpc });
      }
      return (await this.call('GET', '/v1/offers')).status === 200;
    });
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    assert(child);
    const exited = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }

  async run(...words: string[]): Promise<{ code: number | null; output: string }> {
    this.output = '';
    const child = this.spawn(words);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output: this.output };
  }

  /** A word of a person, such as `reap`, with what this cloud's account can reach. */
  async inventiv(...words: string[]): Promise<{ code: number | null; output: string }> {
    this.output = '';
    const [code] = (await once(this.spawn(words, { program: 'inventiv.ts' }), 'close')) as [number | null];
    return { code, output: this.output };
  }

  call(method: string, path: string, body?: unknown) {
    return callCloud(this.url, method, path, body, TOKEN);
  }

  async createRunning(script: string): Promise<string> {
    const { body } = await this.call('POST', '/v1/servers', anOrder({ user_data: installing(script) }));
    const { id } = body['server'] as { id: string };
    await this.call('POST', `/v1/servers/${id}/start`);
    return id;
  }

  async whenAgentRuns(id: string): Promise<{ address: string; agent_pid: number; billed_from_ms: number }> {
    return until(env, async () => {
      const { body } = await this.call('GET', `/v1/servers/${id}`);
      const server = body['server'] as { address: string; agent_pid: number; billed_from_ms: number };
      const isAgent = existsSync(join(this.servers, id, 'run/agent'));
      return isAgent && server.agent_pid !== null && server;
    });
  }
}

async function freeOffset(): Promise<number> {
  for (;;) {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    if (port > 8010 && port - 8010 <= 50_000) return port - 8010;
  }
}
