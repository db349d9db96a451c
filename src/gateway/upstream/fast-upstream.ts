/**
 * The workers' side on TCP: connections that are kept for a while, strict reading of what comes back, and no copy of
 * what is passed on.
 *
 * A request is sent again by itself in one case only: a kept connection that the worker closed while the request was
 * on its way, before any byte of an answer. Everything else is for the caller to decide.
 */
import type { Socket } from 'node:net';
import type { Env } from '#kernel/env.ts';
import { Deadlines } from '../deadlines.ts';
import type {
  Upstream,
  UpstreamCall,
  UpstreamFigures,
  UpstreamRequest,
  UpstreamTarget,
} from '../upstream.ts';
import { WorkerCall } from './worker-call.ts';
import { type ConnectionOwner, WorkerConnection } from './worker-connection.ts';

const TICK_MS = 250;
const IDLE_MAX = 512;
const PATHS_MAX = 64;
const WORD = /^[\x21-\x7e]+$/;

/**
 * A worker that closes an idle connection while our request is on its way does so within a round trip. What is closed
 * later was read before, and must not be sent again.
 */
const CROSSING_MS = 250;

export function fastUpstream(env: Env, figures: UpstreamFigures, crossingMs = CROSSING_MS): Upstream {
  return new FastUpstream(env, figures, crossingMs);
}

/** Connections that `dial` makes; a request is never sent again by itself, since a cut tunnel may have carried it. */
export function fastUpstreamOver(
  env: Env,
  figures: UpstreamFigures,
  dial: (host: string) => Socket,
): Upstream {
  return new FastUpstream(env, figures, 0, dial);
}

class FastUpstream implements Upstream {
  readonly #env: Env;
  readonly #figures: UpstreamFigures;
  readonly #crossingMs: number;
  readonly #deadlines: Deadlines;
  readonly #dial: ((host: string) => Socket) | undefined;
  readonly #pools = new Map<string, WorkerPool>();
  readonly #routes = new WeakMap<UpstreamTarget, Route>();

  constructor(env: Env, figures: UpstreamFigures, crossingMs: number, dial?: (host: string) => Socket) {
    this.#dial = dial;
    this.#env = env;
    this.#figures = figures;
    this.#crossingMs = crossingMs;
    this.#deadlines = new Deadlines(env, () => TICK_MS);
  }

  post(target: UpstreamTarget, request: UpstreamRequest): UpstreamCall {
    let route = this.#routes.get(target);
    if (!route) {
      route = new Route(target);
      this.#routes.set(target, route);
    }
    const call = new WorkerCall(route.head(request), request.body);
    this.#poolOf(target.origin).send(call);
    return call;
  }

  async close(): Promise<void> {
    for (const pool of this.#pools.values()) pool.close();
    await this.#deadlines.stop();
  }

  #poolOf(origin: string): WorkerPool {
    const known = this.#pools.get(origin);
    if (known) return known;
    const figures = this.#figures;
    const pool = new WorkerPool(origin, {
      env: this.#env,
      deadlines: this.#deadlines,
      get connectMs() {
        return figures.connectMs;
      },
      crossingMs: this.#crossingMs,
      dial: this.#dial,
      onEmpty: () => this.#pools.delete(origin),
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}

/** The heads of requests to one worker; all but two values are the same each time. */
class Route {
  readonly #target: UpstreamTarget;
  readonly #beginnings = new Map<string, string>();

  constructor(target: UpstreamTarget) {
    this.#target = target;
  }

  head({ path, requestId, headers, body }: UpstreamRequest): string {
    if (!WORD.test(requestId)) throw new Error('a request id must be one word');
    let more = '';
    for (let i = 0; i < headers.length; i += 2) more += `\r\n${headers[i]}: ${headers[i + 1]}`;
    return `${this.#beginning(path)}${requestId}${more}\r\ncontent-length: ${body.length}\r\n\r\n`;
  }

  #beginning(path: string): string {
    const known = this.#beginnings.get(path);
    if (known !== undefined) return known;
    const { origin, token } = this.#target;
    const secret = token.reveal();
    if (!WORD.test(path) || !WORD.test(secret)) throw new Error('a path and a token must be one word each');
    const beginning = [
      `POST ${path} HTTP/1.1`,
      `host: ${new URL(origin).host}`,
      'connection: keep-alive',
      `authorization: Bearer ${secret}`,
      'content-type: application/json',
      'x-request-id: ',
    ].join('\r\n');
    if (this.#beginnings.size >= PATHS_MAX) this.#beginnings.clear();
    this.#beginnings.set(path, beginning);
    return beginning;
  }
}

interface PoolContext {
  readonly env: Env;
  readonly deadlines: Deadlines;
  readonly connectMs: number;
  readonly crossingMs: number;
  readonly dial: ((host: string) => Socket) | undefined;
  readonly onEmpty: () => void;
}

/** The connections to one worker. */
class WorkerPool implements ConnectionOwner {
  readonly #context: PoolContext;
  readonly #address: { host: string; port: number };
  readonly #all = new Set<WorkerConnection>();
  /** The one used last is taken first, so that those too many grow old. */
  readonly #idle: WorkerConnection[] = [];

  constructor(origin: string, context: PoolContext) {
    const { hostname, port } = new URL(origin);
    this.#address = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) };
    this.#context = context;
  }

  get env(): Env {
    return this.#context.env;
  }

  get deadlines(): Deadlines {
    return this.#context.deadlines;
  }

  get connectMs(): number {
    return this.#context.connectMs;
  }

  get crossingMs(): number {
    return this.#context.crossingMs;
  }

  get dial(): ((host: string) => Socket) | undefined {
    return this.#context.dial;
  }

  send(call: WorkerCall): void {
    const idle = this.#takeIdle();
    if (idle) idle.send(call);
    else this.#open(call);
  }

  close(): void {
    for (const connection of this.#all) connection.expire();
  }

  onIdle(connection: WorkerConnection): void {
    if (this.#idle.length < IDLE_MAX) this.#idle.push(connection);
    else connection.destroy();
  }

  onStale(call: WorkerCall): void {
    this.#open(call);
  }

  onGone(connection: WorkerConnection): void {
    const at = this.#idle.lastIndexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#all.delete(connection) && this.#all.size === 0) this.#context.onEmpty();
  }

  #open(call: WorkerCall): void {
    const connection = new WorkerConnection(this, this.#address);
    this.#all.add(connection);
    connection.send(call);
  }

  #takeIdle(): WorkerConnection | undefined {
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.isUsable) return last;
      last.destroy();
    }
    return undefined;
  }
}
