/**
 * Many workers in one process, excluded from what is measured: each has a kept connection of its own and beats at its
 * interval over real HTTP. Started with a JSON order on the command line; reports on standard output once a second;
 * `stop <n>` on standard input silences worker n. It is also the provider that knows all their machines.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { answerLimitMs } from '#worker/heartbeat.ts';
import { serveCloud } from './cloud.ts';

interface Order {
  readonly apiPort: number;
  readonly cloudPort: number;
  readonly installationId: string;
  readonly intervalMs: number;
  readonly workers: readonly { readonly id: string; readonly token: string }[];
}

interface Worker {
  readonly n: number;
  readonly head: string;
  readonly id: string;
  socket: Socket | undefined;
  seq: number;
  sentAtMs: number;
  isWaiting: boolean;
  /** Beats in a row that were not answered. */
  failures: number;
  isSilent: boolean;
}

const TICK_MS = 10;
const latencies: number[] = [];
const counts = { ok: 0, refused: 0, broken: 0, late: 0 };
const statuses: Record<string, number> = {};
let workers: Worker[] = [];

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.startsWith('stop ')) {
    const worker = workers[Number(line.slice(5))];
    if (worker) worker.isSilent = true;
  } else if (line.startsWith('{')) {
    begin(JSON.parse(line) as Order);
  }
});
process.stdin.on('end', () => process.exit(0));

function begin(given: Order): void {
  workers = given.workers.map(({ id, token }, n) => ({
    n,
    id,
    head: `POST /internal/worker/heartbeat HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: `,
    socket: undefined,
    seq: 0,
    sentAtMs: 0,
    isWaiting: false,
    failures: 0,
    isSilent: false,
  }));
  serveCloud({
    port: given.cloudPort,
    installationId: given.installationId,
    instanceIds: given.workers.map(({ id }) => id),
  });
  const startedAtMs = performance.now();
  let next = 0;
  setInterval(() => {
    // As many as are due by now, so that a late tick is made up for.
    const dueCount = Math.floor(((performance.now() - startedAtMs) / given.intervalMs) * workers.length);
    for (; next < dueCount; next++) {
      const worker = workers[next % workers.length];
      if (worker && !worker.isSilent) beat(worker, given);
    }
  }, TICK_MS);
  setInterval(report, 1_000);
}

function beat(worker: Worker, { apiPort, intervalMs }: Order): void {
  if (worker.isWaiting) {
    counts.late += 1;
    // As an agent does: no answer in time is none, and the next beat goes over a connection that works.
    const waitedMs = performance.now() - worker.sentAtMs;
    if (waitedMs >= answerLimitMs(intervalMs, worker.failures) - TICK_MS) worker.socket?.destroy();
    return;
  }
  worker.isWaiting = true;
  worker.sentAtMs = performance.now();
  const body = bodyOf(worker);
  socketOf(worker, apiPort).write(`${worker.head}${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function socketOf(worker: Worker, port: number): Socket {
  if (worker.socket && !worker.socket.destroyed) return worker.socket;
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  worker.socket = socket;
  socket.on('data', (data) => onAnswer(worker, data));
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (worker.isWaiting) {
      counts.broken += 1;
      worker.failures += 1;
    }
    worker.isWaiting = false;
    worker.socket = undefined;
  });
  return socket;
}

/** Answers are short: one segment each. */
function onAnswer(worker: Worker, data: Buffer): void {
  if (!worker.isWaiting) return;
  worker.isWaiting = false;
  worker.failures = 0;
  const status = data.subarray(9, 12).toString('latin1');
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (status === '200') counts.ok += 1;
  else counts.refused += 1;
  latencies.push(performance.now() - worker.sentAtMs);
}

function report(): void {
  latencies.sort((a, b) => a - b);
  const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? 0;
  latencies.length = 0;
  process.stdout.write(`${JSON.stringify({ ...counts, statuses, p99_ms: p99 })}\n`);
}

/** What an agent with one busy GPU tells. */
function bodyOf(worker: Worker): string {
  worker.seq += 1;
  return JSON.stringify({
    instance_id: worker.id,
    epoch: 1,
    seq: worker.seq,
    status: 'ready',
    engine_http: true,
    model: 'org/model',
    model_bytes_loaded: null,
    model_bytes_total: null,
    error: null,
    engine_restarts: 0,
    in_flight: worker.seq % 7,
    agent: { version: '0.1.0', build_date: '2026-11-01', sha256: 'a'.repeat(64) },
    sample: {
      cpu_ratio: 0.25,
      memory_used_bytes: 12_345_678_901,
      memory_total_bytes: 48_000_000_000,
      disk_used_bytes: 120_000_000_000,
      disk_total_bytes: 500_000_000_000,
      network_rx_bytes: 1_000_000 + worker.seq,
      network_tx_bytes: 2_000_000 + worker.seq,
      requests_running: worker.seq % 7,
      requests_waiting: 0,
      tokens_per_second: 812.5,
      kv_cache_tokens: 400_000,
      kv_cache_ratio: 0.42,
      gpus: [
        {
          index: 0,
          name: 'NVIDIA L4',
          utilisation: 0.87,
          memory_used_bytes: 20_000_000_000,
          memory_total_bytes: 24_000_000_000,
          temperature_c: 61,
          power_w: 68,
        },
      ],
    },
  });
}
