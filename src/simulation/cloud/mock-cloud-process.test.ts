import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { request } from 'undici';
import type { Bill } from './bill.ts';
import { findMachineProcesses } from './processes.ts';
import { anOrder, until } from './test-cloud.ts';
import { CloudProcess, env } from './test-cloud-process.ts';

/** Lives until its standard input closes, with a child that would live on and a deaf one in a group of its own. */
const AGENT = 'sleep 1000 &\necho $$ > run/agent\nexec cat >/dev/null';

describe('mock cloud process', { timeout: 170_000 }, () => {
  it('kill -9 is a power cut: every machine process dies, and the next start boots them at the same address', async () => {
    const stack = await CloudProcess.make();
    await stack.start();
    const id = await stack.createRunning(AGENT);
    const before = await stack.whenAgentRuns(id);
    await stack.end('SIGKILL');
    await until(env, async () => findMachineProcesses(stack.servers).length === 0);
    rmSync(join(stack.servers, id, 'run/agent'));
    await stack.start();
    const now = await stack.whenAgentRuns(id);
    assert.equal(now.address, before.address);
    assert.equal(now.billed_from_ms, before.billed_from_ms);
    assert.notEqual(now.agent_pid, before.agent_pid);
    assert.equal(await stack.end('SIGTERM'), 0);
    assert.deepEqual(findMachineProcesses(stack.servers), []);
  });

  it('what outlived a killed cloud is ended before its servers boot again', async () => {
    const stack = await CloudProcess.make();
    await stack.start();
    const id = await stack.createRunning(
      `setsid sh -c 'exec 3<&- 0</dev/null; touch "$INVENTIV_MACHINE_ROOT/detached"; sleep 1000' &\n${AGENT}`,
    );
    await stack.whenAgentRuns(id);
    // Killed before it has let go, it would not outlive anything.
    await until(env, async () => existsSync(join(stack.servers, id, 'detached')));
    await stack.end('SIGKILL');
    const survivors = await until(env, async () => {
      const found = findMachineProcesses(stack.servers);
      return found.length > 0 && found.length <= 2 && found;
    });
    await stack.start();
    const pids = findMachineProcesses(stack.servers).map(({ pid }) => pid);
    for (const { pid } of survivors) assert.ok(!pids.includes(pid));
    assert.match(stack.output, /processes of an earlier run were ended/);
    await stack.end('SIGTERM');
  });

  it('killed at any instant, it has forgotten nothing it acknowledged and holds nothing by halves', async () => {
    const stack = await CloudProcess.make();
    const acknowledged = new Set<string>();
    const gone = new Set<string>();
    for (let round = 0; round < 6; round++) {
      await stack.start();
      let isOver = false;
      const work = Array.from({ length: 8 }, async () => {
        while (!isOver) {
          try {
            const { status, body } = await stack.call('POST', '/v1/servers', anOrder({ user_data: 'x' }));
            if (status !== 201) continue;
            const { id } = body['server'] as { id: string };
            acknowledged.add(id);
            if ((await stack.call('DELETE', `/v1/servers/${id}`)).status === 202) gone.add(id);
          } catch {
            // The process was killed under this call, so nothing is known of it.
          }
        }
      });
      // However slow the machine is: some are acknowledged, others under way.
      await until(env, async () => acknowledged.size >= 5 * (round + 1));
      await env.sleep(7 * round);
      await stack.end('SIGKILL');
      isOver = true;
      await Promise.all(work);
    }
    assert.ok(acknowledged.size >= 30, `${acknowledged.size} servers`);
    await stack.start();
    const bill = (await stack.call('GET', '/v1/bill')).body as unknown as Bill;
    const lines = new Map(bill.intervals.map((line) => [line.id, line]));
    assert.equal(lines.size, bill.intervals.length);
    for (const id of acknowledged) assert.ok(lines.has(id), `${id} was forgotten`);
    const kinds = bill.intervals.map((line) => line.kind);
    assert.equal(
      kinds.filter((kind) => kind === 'server').length,
      kinds.filter((kind) => kind === 'volume').length,
    );
    await until(env, async () => {
      const { body } = await stack.call('GET', '/v1/servers?per_page=100');
      const rows = body['servers'] as { id: string; state: string }[];
      return rows.every((row) => row.state === 'stopped' && !gone.has(row.id));
    });
    await stack.end('SIGTERM');
  });

  it('ends, with all machines, when the channel to its supervisor closes', async () => {
    const stack = await CloudProcess.make();
    await stack.start(true);
    const id = await stack.createRunning(AGENT);
    await stack.whenAgentRuns(id);
    const { child } = stack;
    assert(child);
    const exited = once(child, 'exit');
    child.disconnect();
    assert.equal((await exited)[0], 0);
    assert.deepEqual(findMachineProcesses(stack.servers), []);
  });

  it('the engine that a machine finds on board serves at its address and moves its GPU figures', async () => {
    const stack = await CloudProcess.make();
    await stack.start();
    const id = await stack.createRunning(
      [
        'echo $$ > run/agent',
        'exec "$INVENTIV_SIMULATED_ENGINE" --host "$INVENTIV_MACHINE_ADDRESS" --port 8000 --model m --weights-bytes 1000000000 --die-with-parent',
      ].join('\n'),
    );
    const { address } = await stack.whenAgentRuns(id);
    await until(env, async () => (await request(`http://${address}:8000/health`)).statusCode === 200);
    const used = await until(env, async () => {
      const cards = await readFile(join(stack.servers, id, 'run/gpu.csv'), 'utf8');
      const cells = cards.split(',').map((cell) => cell.trim());
      return cells[1] === 'NVIDIA L4' && Number(cells[4]) > 500 && Number(cells[4]);
    });
    assert.ok(used < 24_576);
    await stack.end('SIGKILL');
    await until(env, async () => findMachineProcesses(stack.servers).length === 0);
  });

  it('says in one line when its port or its directory is taken', async () => {
    const stack = await CloudProcess.make();
    await stack.start();
    const again = await stack.run();
    assert.equal(again.code, 1);
    assert.match(again.output, /another mock cloud already runs on/);
    const other = new CloudProcess(stack.offset);
    const taken = await other.run();
    assert.equal(taken.code, 1);
    assert.match(taken.output, /port \d+ is taken/);
    await stack.end('SIGTERM');
  });

  it('list and sync tell of the running one, and say plainly when none runs', async () => {
    const stack = await CloudProcess.make();
    const down = await stack.run('list');
    assert.deepEqual(down, {
      code: 1,
      output: 'mock-cloud: the mock cloud does not run: make up starts it\n',
    });
    await stack.start();
    const id = await stack.createRunning(AGENT);
    const { address } = await stack.whenAgentRuns(id);
    const list = await stack.run('list');
    assert.equal(list.code, 0);
    for (const word of [id, address, 'MOCK-L4-1', 'attached', '2 open']) {
      assert.ok(list.output.includes(word), word);
    }
    const json = JSON.parse((await stack.run('list', '--json')).output) as { servers: { id: string }[] };
    assert.equal(json.servers[0]?.id, id);
    const sync = await stack.run('sync');
    assert.deepEqual(sync, { code: 0, output: 'servers, disks and processes agree\n' });
    assert.equal((await stack.run('lost')).code, 1);
    await stack.end('SIGTERM');
  });
});
