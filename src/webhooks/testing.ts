/** An api with webhooks, the runner that sends them, and receivers on loopback that write down what they get. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { readConfig } from '#config/config.ts';
import type { SettingName, Settings } from '#config/settings.ts';
import { recordEvent } from '#database/business-events.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { webhookRoutes } from './routes.ts';
import type { Resolve } from './target.ts';
import { startWebhookRunner } from './webhook-runner.ts';

export const WEBHOOKS = '/api/v1/webhooks';
const LIMIT_MS = 60_000;
const ENV = systemEnv(SILENT_LOG);

export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Requests under way now, and the most there ever were. */
  readonly open: { now: number; most: number };
}

export type Answerer = (request: Received, response: ServerResponse, count: number) => void;

export interface WebhookBench {
  readonly api: TestApi;
  readonly sealer: Sealer;
  readonly values: Map<SettingName, unknown>;
  start(options?: { resolve?: Resolve; env?: Env }): Promise<{ stop(): Promise<void> }>;
  receiver(answer?: Answerer): Promise<Receiver>;
  create(as: TestPerson, wanted: object): Promise<{ id: string; secret: string }>;
  /** Records an alert of this code. */
  note(as: TestPerson, code: string): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: a test asserts on what it expects.
  deliveries(as: TestPerson, id: string, query?: string): Promise<any[]>;
}

export const FAST_PAUSE = { firstMs: 1, maxMs: 20 };

export async function webhookBench(t: TestContext): Promise<WebhookBench> {
  const values = new Map<SettingName, unknown>(
    Object.entries({
      WEBHOOK_PRIVATE_TARGETS: 'on',
      WEBHOOK_RETRY_FIRST_MS: 5,
      WEBHOOK_RETRY_MAX_MS: 40,
      // A machine that stands still for a while loses no lease, and nothing is sent twice for that.
      WEBHOOK_TIMEOUT_MS: 60_000,
      JOB_LEASE_MS: 120_000,
      JOB_POLL_MS: 50,
    }) as [SettingName, unknown][],
  );
  const first = readConfig({}).values;
  const settings: Settings = { get: (name) => (values.has(name) ? values.get(name) : first[name]) as never };
  let sealer: Sealer | undefined;
  const api = await startTestApi(t, {
    routes: ({ env, db }) => {
      sealer = new Sealer(env.random, new Secret('a'.repeat(43)));
      return webhookRoutes({ env, db, sealer, settings });
    },
  });
  if (!sealer) throw new Error('the routes were not made');
  const sealing = sealer;
  return {
    api,
    sealer: sealing,
    values,
    async start({ resolve = async () => ['127.0.0.1'], env = api.env } = {}) {
      const options = { settings, sealer: sealing, resolve, pause: FAST_PAUSE };
      const runner = await startWebhookRunner(env, api.db, options);
      let stopping: Promise<void> | undefined;
      const stop = () => {
        stopping ??= runner.stop();
        return stopping;
      };
      t.after(stop);
      // Its cursor begins now: what is recorded from here on is told.
      await until(async () => {
        const rows = await api.db.query(`select 1 from event_cursors where reader = 'webhooks'`);
        return rows.length === 1;
      }, 'the runner has looked once');
      return { stop };
    },
    receiver: (answer) => startReceiver(t, answer),
    async create(as, wanted) {
      const { status, body } = await api.send(WEBHOOKS, { method: 'POST', as, body: wanted });
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body;
    },
    async note(as, code) {
      const data = { alert_id: 'alert_1', code };
      const event = { orgId: as.orgId, type: 'ALERT_OPENED', subjectId: 'alert_1', data } as const;
      await api.db.transaction((tx) => recordEvent(tx, event));
    },
    async deliveries(as, id, query = '') {
      return (await api.send(`${WEBHOOKS}/${id}/deliveries${query}`, { as })).body.data;
    },
  };
}

/** Polls; the limit is for a machine that is very busy. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = ENV.clock.monotonic() + LIMIT_MS;
  while (!(await isSo())) {
    if (ENV.clock.monotonic() > deadline) throw new Error(`not so after ${LIMIT_MS / 1_000} s: ${what}`);
    await ENV.sleep(20);
  }
}

async function startReceiver(
  t: TestContext,
  answer: Answerer = (_request, response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const open = { now: 0, most: 0 };
  const server: Server = createServer((request, response) => {
    open.now += 1;
    open.most = Math.max(open.most, open.now);
    response.on('close', () => {
      open.now -= 1;
    });
    void bodyOf(request).then((body) => {
      const one = { headers: request.headers as Record<string, string>, body };
      received.push(one);
      answer(one, response, received.length);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook?from=test`, received, open };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    // The sender gave up.
  }
  return Buffer.concat(parts).toString('utf8');
}
