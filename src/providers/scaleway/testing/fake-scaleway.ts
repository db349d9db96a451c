import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Env } from '#kernel/env.ts';
import { answerOf, type FakeAnswer, type FakeRequest } from './fake-api.ts';
import type { FakeFault } from './fake-faults.ts';
import { type FakeMachines, type FakeTimes, FakeWorld } from './fake-world.ts';
import { Refused } from './refused.ts';

/**
 * A server on the loopback that pretends to be Scaleway, for tests: the same paths, states, pages and refusals, made
 * after recordings of the real one, and faults on demand. It holds everything in memory.
 */
export interface FakeScalewayOptions {
  readonly env: Env;
  readonly secretKey: string;
  readonly zones?: readonly string[];
  readonly times?: Partial<FakeTimes>;
  readonly machines?: FakeMachines;
  readonly newAddress?: () => string;
  readonly port?: number;
}

export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly status: number;
}

const QUICK: FakeTimes = { startMs: 15, endMs: 15, detachMs: 15, createVolumeMs: 5 };

export class FakeScaleway {
  readonly world: FakeWorld;
  readonly calls: SeenCall[] = [];
  faults: FakeFault[] = [];
  readonly #options: FakeScalewayOptions;
  readonly #server: Server;
  #requests = 0;

  static async start(options: FakeScalewayOptions): Promise<FakeScaleway> {
    const fake = new FakeScaleway(options);
    await new Promise<void>((resolve) => fake.#server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return fake;
  }

  private constructor(options: FakeScalewayOptions) {
    this.#options = options;
    const { env } = options;
    let addresses = 0;
    this.world = new FakeWorld({
      zones: options.zones ?? ['fr-par-1', 'fr-par-2'],
      now: () => env.clock.now(),
      newId: () => uuid(env.random.bytes(16)),
      newAddress: options.newAddress ?? (() => `51.15.${(addresses >> 8) & 255}.${addresses++ & 255}`),
      times: { ...QUICK, ...options.times },
      ...(options.machines ? { machines: options.machines } : {}),
    });
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    const how = this.#strike(request)?.how;
    const isBefore = how?.do === 'answer' || how?.do === 'drop_before';
    const answer = isBefore ? undefined : this.#answer(incoming, request);
    const told = toldInstead(how, answer);
    if (told === 'drop') incoming.socket.destroy();
    else if (told !== 'hang') this.#send(request, response, told);
  }

  #answer(incoming: IncomingMessage, request: FakeRequest): FakeAnswer {
    try {
      if (incoming.headers['x-auth-token'] !== this.#options.secretKey) throw Refused.denied();
      return answerOf(this.world, request);
    } catch (error) {
      if (error instanceof Refused) return { status: error.status, body: error.body };
      throw error;
    }
  }

  #send(request: FakeRequest, response: ServerResponse, answer: FakeAnswer): void {
    this.calls.push({
      method: request.method,
      path: request.path,
      body: request.body ?? request.text,
      status: answer.status,
    });
    this.#requests += 1;
    const isJson = answer.body !== undefined;
    const text = isJson ? JSON.stringify(answer.body) : (answer.text ?? '');
    response.writeHead(answer.status, {
      ...(text === '' ? {} : { 'content-type': isJson ? 'application/json' : 'text/plain' }),
      'x-request-id': `00000000-0000-4000-8000-${String(this.#requests).padStart(12, '0')}`,
      ...answer.headers,
    });
    response.end(answer.status === 204 ? undefined : text);
  }

  #strike(request: FakeRequest): FakeFault | undefined {
    const fault = this.faults.find((one) => one.left !== 0 && one.strikes(request));
    if (fault?.left !== undefined) fault.left -= 1;
    return fault;
  }
}

/** What goes over the wire in place of the answer. A refusal is told as it is: a fault is about what had its effect. */
function toldInstead(
  how: FakeFault['how'] | undefined,
  answer: FakeAnswer | undefined,
): FakeAnswer | 'drop' | 'hang' {
  if (how?.do === 'answer') return how;
  if (!answer) return 'drop';
  if (!how || answer.status >= 300) return answer;
  switch (how.do) {
    case 'answer_after':
      return how;
    case 'drop_before':
    case 'drop_after':
      return 'drop';
    case 'hang_after':
      return 'hang';
    case 'garbage_after':
      return { status: 200, text: '<html>bad gateway' };
    case 'cut_after': {
      const text = JSON.stringify(answer.body ?? {});
      return { status: answer.status, text: text.slice(0, text.length / 2) };
    }
    case 'short':
      return shortened(answer);
  }
}

async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const url = new URL(incoming.url ?? '/', 'http://fake');
  const isJson = incoming.headers['content-type']?.startsWith('application/json') && text !== '';
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : undefined,
    text,
  };
}

/** One row less than it says. */
function shortened(answer: FakeAnswer): FakeAnswer {
  const body = answer.body as Record<string, unknown>;
  const rows = Object.entries(body).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.slice(0, -1) : value,
  ]);
  return { ...answer, body: Object.fromEntries(rows) };
}

function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [8, 12, 16, 20, 32].map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end)).join('-');
}
