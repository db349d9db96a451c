/** A machine that nobody can dial: a folder, on which the pasted command and its agent run as they do in the world. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { HostBench } from './host-bench.ts';

const GPU = 'echo "NVIDIA L40S, 46068, 550.54.15, 8.9"';

export interface AgentMachine {
  readonly root: string;
  at(name: string): string;
  /** Runs the script that the api serves, with this token. */
  paste(token: string, changes?: (script: string) => string): Promise<{ code: number | null; said: string }>;
  /** Runs the agent until it is killed. */
  startAgent(): void;
  /** Kills it with all that it has begun itself, as when the machine loses its power. */
  killAgent(): Promise<void>;
  run(word: string, ...more: string[]): Promise<{ code: number | null; said: string }>;
  /** A program that is found before the system's own. */
  pretend(name: string, body: string): void;
}

export function makeMachine(t: TestContext, hosts: HostBench): AgentMachine {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'machine-'));
  const programs = path.join(root, 'programs');
  fs.mkdirSync(programs);
  const environment = {
    PATH: `${programs}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    INVENTIV_MACHINE_ROOT: root,
    INVENTIV_SKIP_OS: '1',
  };
  let agent: ChildProcess | undefined;
  const at = (name: string) => path.join(root, name);
  const agentFile = at('opt/inventiv-host/inventiv-host');
  const machine: AgentMachine = {
    root,
    at,
    async paste(token, changes = (script) => script) {
      const served = await hosts.api.send('/internal/host/install.sh');
      assert.equal(served.status, 200);
      const script = (served.body as string).replaceAll('http://inventiv.test', hosts.api.url);
      return outcomeOf(spawn('sh', ['-s', '--', token], { env: environment }), changes(script));
    },
    startAgent() {
      agent = spawn('sh', [agentFile], { env: environment, stdio: 'ignore', detached: true });
    },
    async killAgent() {
      const running = agent;
      agent = undefined;
      if (running?.pid === undefined || running.exitCode !== null) return;
      const ended = new Promise((resolve) => running.once('exit', resolve));
      process.kill(-running.pid, 'SIGKILL');
      await ended;
    },
    run: (word, ...more) => outcomeOf(spawn('sh', [agentFile, word, ...more], { env: environment }), ''),
    pretend(name, body) {
      fs.writeFileSync(path.join(programs, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    },
  };
  machine.pretend('systemctl', ':');
  machine.pretend('nvidia-smi', GPU);
  // The agent's pauses are for a machine that many others stand beside.
  machine.pretend('sleep', 'exec /bin/sleep 0.05');
  t.after(async () => {
    await machine.killAgent();
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  return machine;
}

/** The token in the command that is shown. */
export async function askForCommand(hosts: HostBench, body: object = {}, as = hosts.owner): Promise<string> {
  const post = { method: 'POST', as, body };
  const made = await hosts.api.send('/api/v1/host-enrolments', post);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const found = /^curl -fsSL \S+\/internal\/host\/install\.sh \| sudo sh -s -- (\S+)$/.exec(
    made.body.command,
  );
  assert(found?.[1] !== undefined, made.body.command);
  return found[1];
}

function outcomeOf(child: ChildProcess, input: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve, reject) => {
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
    // A script that ended early reads no further.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
