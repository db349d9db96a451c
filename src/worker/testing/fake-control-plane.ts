import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerLogsRequest } from '#contracts/logs.ts';
import type { HeartbeatRequest, RegisterRequest, RegisterResponse } from '#contracts/worker.ts';
import { hashToken } from '#kernel/token.ts';

export const DATA_TOKEN = 'data-token-of-the-test';
export const CONTROL_TOKEN = 'control-token-of-the-test';
export const SERVED_NAME = 'test/model';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Breaks the connection after the request was taken in: a lost answer. */
  readonly isLost?: boolean;
}

/** The control plane's two routes for workers, with answers that a test may change at any time. */
export class FakeControlPlane {
  readonly #server: http.Server;
  readonly registrations: RegisterRequest[] = [];
  readonly beats: HeartbeatRequest[] = [];
  /** What can be fetched, by path. */
  readonly files = new Map<string, string>();
  /** Batches of log that were accepted. */
  readonly logs: WorkerLogsRequest[] = [];
  readonly bearers: (string | undefined)[] = [];
  url = '';
  beatsInFlight = 0;
  beatsInFlightMax = 0;
  desired: 'serve' | 'drain' = 'serve';
  heartbeatIntervalMs = 200;
  deadManMs = 0;
  weightsBytes = 1000;
  engine: RegisterResponse['engine'] = { kind: 'simulated', args: [] };
  /** Undefined: a good answer. */
  onRegister: (request: RegisterRequest, count: number) => Answer | undefined = () => undefined;
  onBeat: (beat: HeartbeatRequest, count: number) => Answer | undefined | Promise<Answer | undefined> = () =>
    undefined;

  onLogs: (request: WorkerLogsRequest) => Answer | undefined = () => undefined;

  constructor() {
    this.#server = http.createServer((request, response) => {
      this.#handle(request, response).catch(() => response.destroy());
    });
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  get lastBeat(): HeartbeatRequest | undefined {
    return this.beats.at(-1);
  }

  order(): RegisterResponse {
    return {
      instance_id: 'inst_test',
      epoch: 7,
      worker_token: 'worker-token-of-the-test',
      heartbeat_interval_ms: this.heartbeatIntervalMs,
      dead_man_ms: this.deadManMs,
      data_token_sha256: hashToken(DATA_TOKEN),
      control_token_sha256: hashToken(CONTROL_TOKEN),
      engine: this.engine,
      model: {
        hf_id: 'test/model-hf',
        served_name: SERVED_NAME,
        weights_bytes: this.weightsBytes,
        context_length: 4096,
      },
    };
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const file = request.url === undefined ? undefined : this.files.get(request.url);
    if (file !== undefined) {
      response.writeHead(200).end(file);
      return;
    }
    if (request.method === 'GET') {
      response.writeHead(404).end();
      return;
    }
    const body: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
    let answer: Answer | undefined;
    if (request.url === '/internal/worker/register') {
      this.registrations.push(body as RegisterRequest);
      answer = this.onRegister(body as RegisterRequest, this.registrations.length) ?? {
        status: 200,
        body: this.order(),
      };
    } else if (request.url === '/internal/worker/logs') {
      const batch = body as WorkerLogsRequest;
      const other = this.onLogs(batch);
      if (!other || other.isLost) this.logs.push(batch);
      answer = other ?? { status: 200, body: { next_seq: batch.from_seq + batch.lines.length } };
    } else {
      this.beats.push(body as HeartbeatRequest);
      this.bearers.push(request.headers.authorization);
      this.beatsInFlight += 1;
      this.beatsInFlightMax = Math.max(this.beatsInFlightMax, this.beatsInFlight);
      answer = await this.onBeat(body as HeartbeatRequest, this.beats.length);
      this.beatsInFlight -= 1;
      answer ??= { status: 200, body: { desired: this.desired } };
    }
    if (answer.isLost) {
      response.destroy();
      return;
    }
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(text);
  }
}
