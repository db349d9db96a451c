import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { HttpEngine, type HttpEngineOptions } from './http-engine.ts';
import { PRESETS } from './step-time.ts';
import { openTokenLog, readTokenLog, type TokenTally } from './token-log.ts';

/** A ready engine on a free port of this machine, and a client of bytes, for tests. */
export interface TestEngine {
  readonly engine: HttpEngine;
  readonly port: number;
  readonly url: string;
  readonly crashes: number;
  tallies(): TokenTally[];
  close(): Promise<void>;
}

/** Steps of about two milliseconds: slow enough to act between two tokens. */
export const SLOW = { ...PRESETS.instant, stepBaseMs: 2 };

/** Closed by `close`, or after the test that is given. */
export async function startTestEngine(
  overrides: Partial<HttpEngineOptions> = {},
  t?: TestContext,
): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const path = join(folder, 'tokens.jsonl');
  const env = systemEnv(SILENT_LOG);
  let crashes = 0;
  const engine = new HttpEngine(env, {
    served: { names: ['acme/tiny'], maxModelLen: 16_384 },
    parameters: PRESETS.instant,
    timeScale: 1,
    tokenLog: openTokenLog(path, env.clock.now()),
    showPromptDetails: true,
    forceUsage: false,
    echoRequestId: false,
    apiKeys: [],
    embeddingDimensions: 64,
    version: '0.0.0',
    crash: () => {
      crashes++;
    },
    ...overrides,
  });
  const port = await engine.listen('127.0.0.1', 0);
  engine.setReady();
  let closing: Promise<void> | undefined;
  const close = async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  };
  const closeOnce = async () => {
    closing ??= close();
    await closing;
  };
  t?.after(closeOnce);
  return {
    engine,
    port,
    url: `http://127.0.0.1:${port}`,
    get crashes() {
      return crashes;
    },
    tallies: () => readTokenLog(readFileSync(path, 'utf8')),
    close: closeOnce,
  };
}

export interface UsageSeen {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

export interface ChunkSeen {
  readonly id: string;
  readonly choices: readonly {
    readonly index: number;
    readonly text?: string;
    readonly delta?: { readonly role?: string; readonly content?: string };
    readonly finish_reason: string | null;
    readonly stop_reason?: string | null;
  }[];
  readonly usage?: UsageSeen | null;
  readonly error?: { readonly message: string; readonly type: string; readonly code: number };
}

/** One connection on which a request is written byte by byte, and everything that came back. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  #wake: (() => void) | undefined;
  #isOver = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (bytes) => {
      this.#received += bytes.toString('utf8');
      this.#wake?.();
    });
    const over = () => {
      this.#isOver = true;
      this.#wake?.();
    };
    this.socket.on('end', over).on('close', over).on('error', over);
    this.socket.on('end', () => this.socket.end());
  }

  post(path: string, body: unknown, requestId = 'req-1'): void {
    const text = JSON.stringify(body);
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: ${requestId}\r\n` +
        `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }

  get received(): string {
    return this.#received;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits until the bytes received so far are enough, or no more come. */
  async until(isEnough: (received: string) => boolean): Promise<void> {
    while (!isEnough(this.#received) && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async untilOver(): Promise<void> {
    await this.until(() => false);
  }

  /** The events received so far; chunk framing does not split lines, for each write is one HTTP chunk. */
  events(): string[] {
    return [...this.#received.matchAll(/^data: (.*)$/gm)].map((match) => (match[1] ?? '').trimEnd());
  }

  chunks(): ChunkSeen[] {
    return this.events()
      .filter((text) => text !== '[DONE]')
      .map((text) => JSON.parse(text) as ChunkSeen);
  }

  lastUsage(): UsageSeen | undefined {
    return this.chunks().findLast((chunk) => chunk.usage)?.usage ?? undefined;
  }
}
