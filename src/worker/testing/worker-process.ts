import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { CONTROL_TOKEN, DATA_TOKEN, type FakeControlPlane, SERVED_NAME } from './fake-control-plane.ts';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const env = systemEnv(SILENT_LOG);

export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** A machine with a real agent process on a loopback address of its own, and the simulated engine behind it. */
export class WorkerProcess {
  readonly address: string;
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'worker-'));
  readonly #control: FakeControlPlane;
  readonly #searchPath: string;
  child: ChildProcess | undefined;
  /** Undefined: a machine that stays on. */
  powerOffCommand: string | undefined;

  constructor(control: FakeControlPlane, address: string, searchPath: string) {
    this.#control = control;
    this.address = address;
    this.#searchPath = searchPath;
    fs.mkdirSync(path.join(this.dir, 'bin'));
    fs.writeFileSync(
      path.join(this.dir, 'bin/nvidia-smi'),
      '#!/bin/sh\necho "0, Test GPU, 9.0, 1000, 10, 20, 30, 40.5"\n',
      { mode: 0o755 },
    );
    fs.writeFileSync(
      path.join(this.dir, 'worker.json'),
      JSON.stringify({
        control_url: control.url,
        instance_id: 'inst_test',
        bootstrap_token: 'boot',
        listen_address: address,
        engine_host: address,
        state_dir: path.join(this.dir, 'state'),
        log_dir: this.dir,
      }),
    );
  }

  start(): ChildProcess {
    const engine = [process.execPath, path.join(ROOT, 'bin/engine.ts'), '--token-log', this.tokenLog];
    const child = spawn(
      process.execPath,
      [path.join(ROOT, 'bin/worker.ts'), '--config', path.join(this.dir, 'worker.json')],
      {
        stdio: ['pipe', 'ignore', 'pipe'],
        env: {
          PATH: `${this.dir}/bin:${this.#searchPath}`,
          INVENTIV_DIE_WITH_PARENT: '1',
          ...(this.powerOffCommand === undefined ? {} : { INVENTIV_POWER_OFF_COMMAND: this.powerOffCommand }),
          INVENTIV_SIMULATED_ENGINE: JSON.stringify(engine),
        },
      },
    );
    this.child = child;
    return child;
  }

  get tokenLog(): string {
    return path.join(this.dir, 'engine-tokens.jsonl');
  }

  /** Completion tokens per request id, as the engine itself recorded them. */
  tokensOfEngine(): Map<string, number> {
    const byNumber = new Map<number, string>();
    const tokens = new Map<string, number>();
    for (const line of fs.readFileSync(this.tokenLog, 'utf8').split('\n').filter(Boolean)) {
      const entry = JSON.parse(line) as {
        event: string;
        n: number;
        request_id: string;
        completion_tokens: number;
        tokens: number[];
      };
      if (entry.event === 'start') byNumber.clear();
      if (entry.event === 'open') byNumber.set(entry.n, entry.request_id);
      if (entry.event === 'end') tokens.set(entry.request_id, entry.completion_tokens);
      for (let at = 0; entry.event === 'progress' && at < entry.tokens.length; at += 2) {
        const id = byNumber.get(entry.tokens[at] ?? 0);
        if (id !== undefined) tokens.set(id, entry.tokens[at + 1] ?? 0);
      }
    }
    return tokens;
  }

  async untilStatus(status: string, limitMs = 15_000): Promise<void> {
    await until(
      () => this.#control.lastBeat?.status === status,
      limitMs,
      () => this.logText(),
    );
  }

  logText(): string {
    return fs.readFileSync(path.join(this.dir, 'worker.log'), 'utf8').slice(-3000);
  }

  async exited(): Promise<number | null> {
    const { child } = this;
    if (!child) return null;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child.exitCode;
  }

  async end(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exited();
    await this.untilEngineIsGone();
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  async untilEngineIsGone(): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      const answer = await this.ask(8001, '/health').catch(() => undefined);
      if (!answer) return;
      await env.sleep(10);
    }
    throw new Error('the engine outlived its agent');
  }

  ask(port: number, target: string, options: http.RequestOptions = {}, body?: unknown): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: this.address, port, path: target, agent: false, ...options },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
          response.on('error', reject);
        },
      );
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  askAgent(target: string, method = 'GET', token: string | undefined = undefined): Promise<Reply> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return this.ask(8080, target, { method, headers });
  }

  drain(): Promise<Reply> {
    const headers = { authorization: `Bearer ${CONTROL_TOKEN}`, 'x-correlation-id': 'cor_test' };
    return this.ask(8080, '/drain', { method: 'POST', headers });
  }

  /** A chat stream as the gateway asks for it. Resolves with its text, or what came until it broke or was left. */
  chat(requestId: string, tokens: number, leaveAfter = Number.POSITIVE_INFINITY): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        host: this.address,
        port: 8000,
        path: '/v1/chat/completions',
        method: 'POST',
        agent: false,
        headers: {
          authorization: `Bearer ${DATA_TOKEN}`,
          'content-type': 'application/json',
          'x-request-id': requestId,
        },
      });
      let text = '';
      request.on('error', reject);
      request.on('response', (response) => {
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          if (text.split('\n\n').length > leaveAfter) request.destroy();
        });
        response.on('error', () => undefined);
        response.on('close', () => resolve(text));
      });
      request.end(
        JSON.stringify({
          model: SERVED_NAME,
          messages: [{ role: 'user', content: `Tell me of ${requestId}` }],
          max_tokens: tokens,
          ignore_eos: true,
          stream: true,
          stream_options: { include_usage: true, continuous_usage_stats: true },
        }),
      );
    });
  }

  async tally(
    requestId: string,
  ): Promise<{ state: string; completion_tokens: number; prompt_tokens: number }> {
    const reply = await this.ask(8000, `/internal/usage/${requestId}?wait_ms=4000`, {
      headers: { authorization: `Bearer ${DATA_TOKEN}` },
    });
    return JSON.parse(reply.text);
  }
}

export async function until(isTrue: () => boolean, limitMs: number, explain: () => string): Promise<void> {
  const endAt = env.clock.monotonic() + limitMs;
  while (!isTrue()) {
    if (env.clock.monotonic() > endAt) throw new Error(`waited too long: ${explain()}`);
    await env.sleep(2);
  }
}
