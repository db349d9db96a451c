import type http from 'node:http';
import type { AgentInfo, RegisterResponse } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import type { WorkerCondition } from './condition.ts';
import { parseFields, textField } from './field-readers.ts';
import type { LogFile } from './log-file.ts';
import { within } from './pause.ts';
import { hasBearer, isLoopbackPeer, readBody, sendJson } from './port-server.ts';
import { metricsText } from './prometheus-text.ts';
import { refuse, refuseMethod } from './refusal.ts';
import type { Reinstaller } from './reinstaller.ts';
import type { MachineSampler } from './sampler.ts';
import type { TallyBook } from './tally-book.ts';

/**
 * What the control plane and an operator on the machine may ask of the agent. Health is open to all, the rest to
 * loopback and to whoever holds the control token; draining and installing anew always take the token.
 */
export interface AgentPortDeps {
  readonly env: Env;
  readonly agent: AgentInfo;
  readonly instanceId: string;
  readonly startedAt: string;
  readonly condition: WorkerCondition;
  readonly sampler: MachineSampler;
  readonly tallies: TallyBook;
  readonly logFile: LogFile;
  readonly registered: () => RegisterResponse | undefined;
  readonly engineVersion: () => Promise<string | undefined>;
  /** Whether the engine lists the model now. */
  readonly engineListsModel: () => Promise<boolean>;
  readonly reinstaller: Reinstaller;
}

type Access = 'open' | 'loopback_or_token' | 'token';

interface Route {
  readonly method: 'GET' | 'POST';
  readonly access: Access;
  readonly answer: (
    response: http.ServerResponse,
    query: URLSearchParams,
    request: http.IncomingMessage,
  ) => Promise<void> | void;
}

const LOG_TAIL = 200;
const LOG_TAIL_MAX = 10_000;
const SAMPLE_WAIT_MS = 1_000;
const LISTED_FOR_MS = 1_000;
const ORDER_BYTES_MAX = 16_384;

export class AgentPort {
  readonly #deps: AgentPortDeps;
  readonly #routes: ReadonlyMap<string, Route>;
  #listed: { readonly atMs: number; readonly answer: Promise<boolean> } | undefined;

  constructor(deps: AgentPortDeps) {
    this.#deps = deps;
    const get = (access: Access, answer: Route['answer']): Route => ({ method: 'GET', access, answer });
    this.#routes = new Map([
      ['/healthz', get('open', (response) => sendJson(response, 200, { status: 'ok' }))],
      ['/readyz', get('open', (response) => this.#readiness(response))],
      ['/metrics', get('loopback_or_token', (response) => this.#metrics(response))],
      ['/info', get('loopback_or_token', (response) => this.#describe(response))],
      ['/logs', get('loopback_or_token', (response, query) => this.#logs(response, query))],
      [
        '/reinstall',
        {
          method: 'POST',
          access: 'token',
          answer: (response, _query, request) => this.#reinstall(response, request),
        },
      ],
      [
        '/drain',
        {
          method: 'POST',
          access: 'token',
          answer: (response, _query, request) => this.#drain(response, request),
        },
      ],
    ]);
  }

  handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = this.#routes.get(path);
    if (!route) {
      refuse(response, 404, 'not_found', 'There is nothing at this address.');
    } else if (!this.#isAllowed(request, route.access)) {
      refuse(response, 401, 'unauthorised', 'The control token is missing or wrong.');
    } else if (request.method !== route.method) {
      refuseMethod(response, route.method);
    } else {
      Promise.resolve(route.answer(response, new URLSearchParams(query), request)).catch((error: unknown) => {
        this.#deps.env.log.error({ error: messageOf(error), path }, 'A request on the agent port failed.');
        refuse(response, 500, 'internal', 'Something went wrong in the worker.');
      });
    }
  }

  #isAllowed(request: http.IncomingMessage, access: Access): boolean {
    if (access === 'open') return true;
    if (access === 'loopback_or_token' && isLoopbackPeer(request)) return true;
    return hasBearer(request, this.#deps.registered()?.control_token_sha256);
  }

  /** Ready means that the model has answered once and that its engine still lists it. */
  async #readiness(response: http.ServerResponse): Promise<void> {
    const { condition } = this.#deps;
    const isListed = condition.status === 'ready' && (await this.#modelIsListed());
    const { status } = condition;
    if (status === 'ready' && isListed) sendJson(response, 200, { status });
    else if (status === 'ready') {
      const reason = 'The engine does not list the model.';
      sendJson(response, 503, { status, failed_check: 'engine', reason });
    } else
      sendJson(response, 503, {
        status,
        reason: condition.engine.error?.message ?? `The worker is ${status}.`,
      });
  }

  /** Open to all, so the engine is asked at most once in a second. */
  #modelIsListed(): Promise<boolean> {
    const { env, engineListsModel } = this.#deps;
    const nowMs = env.clock.monotonic();
    if (!this.#listed || nowMs - this.#listed.atMs >= LISTED_FOR_MS) {
      this.#listed = { atMs: nowMs, answer: engineListsModel() };
    }
    return this.#listed.answer;
  }

  async #reinstall(response: http.ServerResponse, request: http.IncomingMessage): Promise<void> {
    const text = await readBody(request, ORDER_BYTES_MAX);
    try {
      if (text === undefined) throw new AppError('request.too_large');
      const fields = parseFields(text, 'The order');
      const state = this.#deps.reinstaller.take({
        id: textField(fields, 'id'),
        workerUrl: textField(fields, 'worker_url'),
        workerSha256: textField(fields, 'worker_sha256'),
        bootstrapToken: textField(fields, 'bootstrap_token'),
      });
      sendJson(response, 202, state);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refuse(response, 400, 'invalid', error.publicMessage);
    }
  }

  async #metrics(response: http.ServerResponse): Promise<void> {
    const { env, sampler, condition, tallies, agent } = this.#deps;
    await within(env, SAMPLE_WAIT_MS, sampler.refresh());
    const { version, sha256 } = agent;
    const text = metricsText({ sample: sampler.latest, condition, tallies, build: { version, sha256 } });
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(text);
  }

  async #describe(response: http.ServerResponse): Promise<void> {
    const { agent, condition, instanceId, startedAt, registered, engineVersion } = this.#deps;
    const registration = registered();
    sendJson(response, 200, {
      ...agent,
      instance_id: instanceId,
      epoch: registration?.epoch ?? null,
      status: condition.status,
      in_flight: condition.inFlight,
      model: registration?.model.served_name ?? null,
      engine_version: (await engineVersion()) ?? null,
      started_at: startedAt,
    });
  }

  #logs(response: http.ServerResponse, query: URLSearchParams): void {
    const tail = Number(query.get('tail') ?? LOG_TAIL);
    const since = query.get('since');
    const sinceMs = since === null ? undefined : timeOf(since);
    if (!Number.isInteger(tail) || tail < 1 || (sinceMs !== undefined && Number.isNaN(sinceMs))) {
      refuse(response, 400, 'invalid', '`tail` is a whole number, `since` an ISO time or Unix milliseconds.');
      return;
    }
    const lines = this.#deps.logFile.read(Math.min(tail, LOG_TAIL_MAX), sinceMs);
    response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
    response.end(lines.map((line) => `${line}\n`).join(''));
  }

  #drain(response: http.ServerResponse, request: http.IncomingMessage): void {
    const { condition } = this.#deps;
    const env = this.#deps.env.with(correlationOf(request));
    condition.withdraw('drain_ordered');
    env.log.info({ in_flight: condition.inFlight }, 'Draining on request.');
    sendJson(response, 200, { in_flight: condition.inFlight });
  }
}

/** Under the id of whoever gave the order, the step is found in all logs. */
function correlationOf(request: http.IncomingMessage): Record<string, string> {
  const id = request.headers['x-correlation-id'];
  return typeof id === 'string' && /^cor_[0-9a-z]{1,64}$/.test(id) ? { correlation_id: id } : {};
}

function timeOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text);
}
