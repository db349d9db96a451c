import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { WorkerCondition } from './condition.ts';
import { EngineClient } from './engine-client.ts';
import { EngineSupervisor } from './engine-supervisor.ts';
import type { Engine, EngineOrder, EngineRun } from './engines/engine.ts';
import { parseEngineEvent } from './engines/engine-events.ts';
import { spawnEngine } from './engines/engine-process.ts';
import { UnaryForms } from './unary/unary-forms.ts';

/**
 * A child process as small as an engine can be. It hears `GET /crash`, `GET /hang`, and obeys EMBEDDINGS_ONLY,
 * FAIL_START; it dies when its stdin closes.
 */
const PROGRAM = `
const http = require('node:http');
const say = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
process.stdin.on('close', () => process.exit(0)).resume();
if (process.env.FAIL_START) { console.error('cannot start: ' + process.env.FAIL_START); process.exit(3); }
say({ event: 'pull', bytes: 5, total: 10 });
let loaded = false;
http.createServer((request, response) => {
  request.resume();
  const reply = (status, body) => { response.writeHead(status); response.end(JSON.stringify(body)); };
  if (request.url === '/crash') { console.error('about to crash'); process.exit(9); }
  if (request.url === '/pid') return reply(200, process.pid);
  if (!loaded) return reply(503, {});
  if (request.url === '/health') return reply(200, {});
  if (request.url === '/v1/models') return reply(200, { data: [{ id: process.env.LISTS }] });
  if (request.url === '/v1/completions') return reply(process.env.EMBEDDINGS_ONLY ? 400 : 200, {});
  if (request.url === '/v1/embeddings') return reply(200, {});
  reply(404, {});
}).listen(+process.argv[1], '127.0.0.1', () => {
  say({ event: 'http' });
  setTimeout(() => { loaded = true; say({ event: 'loading', bytes: 10, total: 10 }); say({ event: 'ready' }); }, 30);
});
`;

const PORT = 20_000 + (process.pid % 20_000);
const env = systemEnv(SILENT_LOG);
const order: EngineOrder = {
  model: { hf_id: 'm', served_name: 'served', weights_bytes: 10, context_length: 1 },
  args: [],
  host: '127.0.0.1',
  port: PORT,
};

let condition: WorkerCondition;
let stop: AbortController;
let seen: string[];
let runs: EngineRun[];
let supervisor: EngineSupervisor;
let running: Promise<void>;

beforeEach(() => {
  condition = new WorkerCondition();
  stop = new AbortController();
  seen = [];
  runs = [];
});

afterEach(async () => {
  stop.abort();
  await supervisor.stop(1_000);
  await running;
});

function engine(variables: Record<string, string> = {}): Engine {
  return {
    name: 'small',
    pollMs: 1_000,
    start(given, onEvent) {
      const run = spawnEngine(
        env,
        {
          command: process.execPath,
          args: ['-e', PROGRAM, String(given.port)],
          env: { LISTS: given.model.served_name, ...variables },
          hasOwnGroup: false,
        },
        (line) => {
          const event = parseEngineEvent(line);
          if (event) onEvent(event);
          return event === undefined;
        },
      );
      runs.push(run);
      return run;
    },
  };
}

function begin(chosen: Engine): void {
  const client = new EngineClient({ host: order.host, port: order.port });
  supervisor = new EngineSupervisor({
    env,
    engine: chosen,
    order,
    client,
    condition,
    forms: new UnaryForms(),
    signal: stop.signal,
  });
  const note = (): void => {
    const { status, engineHttp } = condition.engine;
    const text = engineHttp ? `${status}+http` : status;
    if (seen.at(-1) !== text) seen.push(text);
    condition.nextChange.addEventListener('abort', note, { once: true });
  };
  note();
  running = supervisor.run();
}

async function until(isTrue: () => boolean, limitMs = 20_000): Promise<void> {
  const endAt = Date.now() + limitMs;
  while (!isTrue()) {
    assert.ok(
      Date.now() < endAt,
      `waited too long; seen: ${seen.join(' ')}; ${condition.engine.error?.message}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function ask(path: string): Promise<unknown> {
  return new EngineClient({ host: order.host, port: order.port }).get(path, 1_000);
}

describe('the supervisor of the engine', { timeout: 60_000 }, () => {
  it('tells each step of a start in its order, and is ready only after the model answered', async () => {
    begin(engine());
    await until(() => condition.status === 'ready');
    assert.deepEqual(seen, ['installed', 'pulling', 'loading+http', 'warming+http', 'ready+http']);
    assert.deepEqual([condition.engine.bytesLoaded, condition.engine.bytesTotal], [10, 10]);
  });

  it('warms up a model that only makes embeddings', async () => {
    begin(engine({ EMBEDDINGS_ONLY: '1' }));
    await until(() => condition.status === 'ready');
  });

  it('is not ready while the engine lists another model', async () => {
    begin(engine({ LISTS: 'another' }));
    await until(() => condition.engine.engineHttp);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(condition.status, 'loading');
  });

  it('leaves ready at once when the engine crashes, says why, and starts it again', async () => {
    begin(engine());
    await until(() => condition.status === 'ready');
    await ask('/crash');
    await until(() => condition.status !== 'ready');
    assert.equal(condition.engine.error?.code, 'engine_crashed');
    assert.match(condition.engine.error?.message ?? '', /exit status 9: about to crash/);
    assert.equal(condition.engine.restarts, 1);
    assert.equal(condition.engine.engineHttp, false);
    await until(() => condition.status === 'ready');
    assert.equal(condition.engine.error, null);
  });

  it('starts an engine again that was killed', async () => {
    begin(engine());
    await until(() => condition.status === 'ready');
    const answer = (await ask('/pid')) as { text: string };
    process.kill(Number(answer.text), 'SIGKILL');
    await until(() => condition.engine.restarts === 1 && condition.status === 'ready');
  });

  it('gives up after five starts in a row that failed', async () => {
    begin(engine({ FAIL_START: 'no such model' }));
    await until(() => condition.status === 'failed', 20_000);
    assert.equal(runs.length, 5);
    assert.match(condition.engine.error?.message ?? '', /no such model/);
  });

  it('reports a program that does not exist like any failed start', async () => {
    begin({
      name: 'absent',
      pollMs: 1_000,
      start: (_order, _onEvent) =>
        spawnEngine(env, { command: '/no/such/engine', args: [], env: {}, hasOwnGroup: true }, () => true),
    });
    await until(() => condition.engine.restarts >= 1);
    assert.match(condition.engine.error?.message ?? '', /ENOENT/);
  });

  it('waits until the engine of a killed agent has left the port', async () => {
    const old = engine({ LISTS: 'another' }).start(order, () => undefined);
    await until(() => runs.length === 1);
    for (let tries = 0; tries < 400 && (await ask('/pid')) === undefined; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    begin(engine());
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(runs.length, 1, 'the second has not started');
    await old.stop(1_000);
    await until(() => condition.status === 'ready');
    assert.equal(condition.engine.restarts, 0);
  });
});
