/** Single measurements of one gateway. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contestant, LOAD_CORE } from './contestants.ts';

export interface Throughput {
  readonly rps: number;
  readonly cpuUsPerRequest: number;
  readonly loadCore: number;
  readonly errors: number;
}

export interface StreamCost {
  readonly cpuUsPerChunk: number;
  readonly rssMb: number;
  readonly whole: number;
  readonly broken: number;
}

const EVENTS_PER_STREAM = 258;

export class Measure {
  readonly #directory: string;
  readonly #load: string;
  readonly #upstreamPid: number;

  constructor(directory: string, load: string, upstreamPid: number) {
    this.#directory = directory;
    this.#load = load;
    this.#upstreamPid = upstreamPid;
  }

  /** JSON requests with this many bytes of prompt, as many as pass. */
  async throughput(
    one: Contestant,
    bytes: number,
    connections: number,
    seconds: number,
  ): Promise<Throughput> {
    const body = bodyOf(one.model, bytes, '');
    const script = this.#write('wrk.lua', luaOf(one, body));
    const words = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', script];
    const before = { own: cpuNs(one.pid), upstream: cpuNs(this.#upstreamPid), atNs: process.hrtime.bigint() };
    const ran = await this.#pinned('wrk', [...words, `http://${one.address}:${one.port}/`]);
    const wallNs = Number(process.hrtime.bigint() - before.atNs);
    const requests = Number(/(\d+) requests in/.exec(ran.text)?.[1] ?? 0);
    const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(ran.text)?.[1] ?? 0);
    const broken = [...(/Socket errors: (.*)/.exec(ran.text)?.[1] ?? '').matchAll(/\d+/g)];
    return {
      rps: Number(/Requests\/sec:\s+([\d.]+)/.exec(ran.text)?.[1] ?? 0),
      cpuUsPerRequest: (cpuNs(one.pid) - before.own) / 1_000 / Math.max(1, requests),
      loadCore: (cpuNs(this.#upstreamPid) - before.upstream + ran.cpuNs) / wallNs,
      errors: refused + broken.reduce((sum, [count]) => sum + Number(count), 0),
    };
  }

  /** Open streams at one pace: what a chunk costs, and the memory while all are open. */
  async streams(one: Contestant, count: number, isUsageAsked: boolean): Promise<StreamCost> {
    const options = isUsageAsked
      ? ',"stream_options":{"include_usage":true,"continuous_usage_stats":true}'
      : '';
    const body = bodyOf(one.model, 200, `"stream":true${options},`);
    const file = this.#write('stream.http', requestOf(one, body));
    const before = cpuNs(one.pid);
    let rssKb = 0;
    const looking = setInterval(() => {
      rssKb = Math.max(rssKb, rssKbOf(one.pid));
    }, 200);
    const { text } = await this.#pinned(this.#load, ['streams', String(one.port), String(count), file]);
    clearInterval(looking);
    const { whole, broken } = JSON.parse(text) as { whole: number; broken: number };
    return {
      cpuUsPerChunk: (cpuNs(one.pid) - before) / 1_000 / Math.max(1, whole * EVENTS_PER_STREAM),
      rssMb: rssKb / 1_024,
      whole,
      broken,
    };
  }

  /** The median time of one request after the other, in microseconds. */
  async latency(one: Contestant, count: number): Promise<number> {
    const file = this.#write('latency.http', requestOf(one, bodyOf(one.model, 1_000, '')));
    const words = ['latency', one.address, String(one.port), String(count), '10000', file];
    const { text } = await this.#pinned(this.#load, words);
    return (JSON.parse(text) as { p50_us: number }).p50_us;
  }

  #write(name: string, text: string): string {
    const path = join(this.#directory, name);
    writeFileSync(path, text);
    return path;
  }

  #pinned(command: string, words: readonly string[]): Promise<{ text: string; cpuNs: number }> {
    return new Promise((resolve, reject) => {
      const child = spawn('taskset', ['-c', LOAD_CORE, command, ...words], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      let used = 0;
      const looking = setInterval(() => {
        used = Math.max(used, cpuNs(child.pid ?? 0));
      }, 100);
      child.stdout.on('data', (bytes: Buffer) => {
        text += bytes.toString();
      });
      child.on('error', reject);
      child.on('close', (code) => {
        clearInterval(looking);
        if (code === 0) resolve({ text, cpuNs: used });
        else reject(new Error(`${command} ended with ${code}: ${text}`));
      });
    });
  }
}

function bodyOf(model: string, bytes: number, more: string): string {
  return `{"model":${JSON.stringify(model)},${more}"messages":[{"role":"user","content":"${'word '.repeat(bytes / 5)}"}]}`;
}

function requestOf({ headers }: Contestant, body: string): string {
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: a',
    'Content-Type: application/json',
    ...headers,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

function luaOf({ headers }: Contestant, body: string): string {
  const lines = ['Content-Type: application/json', ...headers].map((line) => {
    const at = line.indexOf(': ');
    return `wrk.headers["${line.slice(0, at)}"] = "${line.slice(at + 2)}"`;
  });
  return [
    'wrk.method = "POST"',
    'wrk.path = "/v1/chat/completions"',
    `wrk.body = [[${body}]]`,
    ...lines,
  ].join('\n');
}

/** CPU time of a process with its threads and children. */
export function cpuNs(pid: number): number {
  let sum = 0;
  for (const one of [pid, ...childrenOf(pid)]) {
    for (const thread of listOrNothing(`/proc/${one}/task`)) {
      sum += Number(readOrNothing(`/proc/${one}/task/${thread}/schedstat`).split(' ')[0] ?? 0);
    }
  }
  return sum;
}

function rssKbOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1] ?? 0);
}

function childrenOf(pid: number): number[] {
  return readOrNothing(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function listOrNothing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
