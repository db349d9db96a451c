/** A machine that nobody can dial, from the pasted command to its end: real scripts, a real api, the real adapter. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { HostView } from '#contracts/hosts.ts';
import { Bench, type ProviderHarness, rejects } from '#providers/provider-bench.ts';
import { until } from '#providers/testing/sshd.ts';
import { type AgentMachine, askForCommand, makeMachine } from './testing/agent-bed.ts';
import { type HostBench, PATH, startHostBench } from './testing/host-bench.ts';

interface Stage {
  readonly hosts: HostBench;
  readonly machine: AgentMachine;
  readonly host: () => Promise<HostView>;
  readonly bench: () => Promise<Bench>;
}

async function hostsOf(hosts: HostBench): Promise<HostView[]> {
  return (await hosts.api.send(PATH, { as: hosts.owner })).body.data;
}

/** A machine that is enrolled, and whose agent runs. */
async function start(t: TestContext): Promise<Stage> {
  const hosts = await startHostBench(t);
  const machine = makeMachine(t, hosts);
  const { code, said } = await machine.paste(await askForCommand(hosts, { name: 'cellar-1' }));
  assert.equal(code, 0, said);
  machine.startAgent();
  const host = async () => {
    const [one] = await hostsOf(hosts);
    assert(one);
    return one;
  };
  const bench = async () => {
    const { zone, instance_type: type } = await host();
    return new Bench({
      provider: hosts.provider,
      zones: [zone],
      type: type ?? '',
      rootBytes: 1,
      clearFaults: async () => undefined,
    } as unknown as ProviderHarness);
  };
  return { hosts, machine, host, bench };
}

const says = (word: string) =>
  `#!/bin/sh\necho "${word} $INVENTIV_MACHINE_ADDRESS" >>"$INVENTIV_MACHINE_ROOT/said"\n`;
const said = (machine: AgentMachine) =>
  fs.existsSync(machine.at('said')) ? fs.readFileSync(machine.at('said'), 'utf8') : '';
const heard = (machine: AgentMachine, text: string) =>
  until(() => (said(machine) === text ? true : undefined), `${JSON.stringify(text)} on the machine`);

test('a pasted command makes a free host, whose agent installs and uninstalls', async (t) => {
  const { hosts, machine, host, bench: makeBench } = await start(t);
  const free = await host();
  assert.deepEqual(
    [free.name, free.state, free.reached_by, free.address, free.credential_kind, free.price],
    ['cellar-1', 'free', 'agent', null, null, { nanos_per_hour: 0, currency: 'EUR' }],
  );
  assert.match(free.instance_type ?? '', /^BM-1xL40S-45G-/);
  assert.deepEqual([free.agent?.is_silent, free.agent?.seen_from], [false, '127.0.0.1']);
  const bench = await makeBench();
  const server = await bench.make(bench.order({ userData: says('first') }));
  assert.equal(server.state, 'stopped');
  await hosts.provider.startServer(bench.context(), server.ref);
  await hosts.provider.startServer(bench.context(), server.ref);
  const running = await bench.waitFor(server.ref, ({ state }) => state === 'running');
  assert.equal(running.address, '127.0.0.1');
  await heard(machine, 'first 127.0.0.1\n');
  await hosts.provider.installAnew(bench.context(), server.ref, says('second'));
  await hosts.provider.installAnew(bench.context(), server.ref, says('second'));
  await heard(machine, 'first 127.0.0.1\nsecond 127.0.0.1\n');
  assert.equal((await host()).state, 'claimed');
  await hosts.provider.deleteServer(bench.context(), server.ref);
  await hosts.provider.deleteServer(bench.context(), server.ref);
  const gone = await bench.waitGone(server.ref);
  assert.ok(gone?.billedToMs !== undefined);
  assert.equal(said(machine), 'first 127.0.0.1\nsecond 127.0.0.1\n', 'each was run once');
  assert.ok(!fs.existsSync(machine.at('var/lib/inventiv-install')), 'nothing of it is left there');
  assert.ok(!fs.existsSync(machine.at('var/lib/inventiv-host/order')), 'nor the token in its order');
  const next = await bench.make(bench.order({ userData: says('third') }));
  await hosts.provider.startServer(bench.context(), next.ref);
  await heard(machine, 'first 127.0.0.1\nsecond 127.0.0.1\nthird 127.0.0.1\n');
  await bench.cleanUp();
  await until(async () => ((await host()).state === 'free' ? true : undefined), 'a free machine');
});

test('an agent that is killed at any time goes on where it was', async (t) => {
  const { hosts, machine, bench: makeBench } = await start(t);
  const bench = await makeBench();
  for (let round = 0; round < 4; round++) {
    const server = await bench.make(bench.order({ userData: says(`round-${round}`) }));
    await hosts.provider.startServer(bench.context(), server.ref);
    if (round % 2 === 0) {
      await until(() => (fs.existsSync(machine.at('var/lib/inventiv-host/answer')) ? true : undefined));
    }
    await machine.killAgent();
    machine.startAgent();
    await bench.waitFor(server.ref, ({ state }) => state === 'running');
    await hosts.provider.deleteServer(bench.context(), server.ref);
    await machine.killAgent();
    machine.startAgent();
    await bench.waitGone(server.ref);
  }
  assert.deepEqual(await bench.owned(), []);
  assert.ok(!fs.existsSync(machine.at('var/lib/inventiv-install')));
});

test('what the agent was never given is ended without it, and what it cannot do is told', async (t) => {
  const { hosts, machine, host, bench: makeBench } = await start(t);
  await machine.killAgent();
  const bench = await makeBench();
  const never = await bench.make(bench.order({ userData: says('never') }));
  await hosts.provider.startServer(bench.context(), never.ref);
  assert.equal((await hosts.provider.findServer(bench.context(), never.ref))?.state, 'starting');
  await hosts.provider.deleteServer(bench.context(), never.ref);
  assert.equal((await hosts.provider.findServer(bench.context(), never.ref))?.state, 'gone');
  // A machine that was installed by somebody else's claim.
  fs.mkdirSync(machine.at('var/lib/inventiv-install'), { recursive: true });
  fs.writeFileSync(machine.at('var/lib/inventiv-install/claim'), 'claim_foreign\n');
  const held = await bench.make(bench.order({ userData: says('held') }));
  await hosts.provider.startServer(bench.context(), held.ref);
  machine.startAgent();
  await bench.waitFor(held.ref, ({ state }) => state === 'error');
  const { probe } = await host();
  assert.deepEqual([probe.error, /claim_foreign/.test(probe.message ?? '')], ['in_use', true]);
  await hosts.provider.deleteServer(bench.context(), held.ref);
  await bench.waitGone(held.ref);
  assert.equal(said(machine), '');
});

test('a silent machine is told and not claimed, and comes back by itself', async (t) => {
  const { hosts, machine, host, bench: makeBench } = await start(t);
  const bench = await makeBench();
  await machine.killAgent();
  await hosts.api.db.query(`update hosts set agent_seen_at = agent_seen_at - interval '1 hour'`);
  const silent = await host();
  assert.deepEqual([silent.state, silent.agent?.is_silent], ['silent', true]);
  await rejects(bench.create(), 'stock_out', false);
  machine.startAgent();
  await until(
    async () => ((await host()).state === 'free' ? true : undefined),
    'a machine that is heard again',
  );
  await bench.create();
  await bench.cleanUp();
});

test('a removed machine is refused, and its agent is taken off by hand', async (t) => {
  const { hosts, machine, host } = await start(t);
  await machine.killAgent();
  const { id } = await host();
  const patch = { method: 'PATCH', as: hosts.owner, body: { username: 'root' } };
  assert.equal((await hosts.api.send(`${PATH}/${id}`, patch)).body.code, 'host.reached_by_agent');
  assert.equal((await hosts.api.send(`${PATH}/${id}`, { method: 'DELETE', as: hosts.owner })).status, 204);
  const token = fs.readFileSync(machine.at('etc/inventiv-host/token'), 'utf8').trim();
  const ask = (body: object) => hosts.api.send('/internal/host/ask', { method: 'POST', body });
  assert.equal((await ask({ host_token: token })).body.code, 'host.agent_refused');
  assert.equal((await ask({ host_token: 'inv_host_x' })).body.code, 'host.agent_refused');
  const off = await machine.run('uninstall');
  assert.equal(off.code, 0, off.said);
  assert.ok(!fs.existsSync(machine.at('etc/inventiv-host')));
  const again = await machine.paste(await askForCommand(hosts));
  assert.equal(again.code, 0, again.said);
});

test('an instance on the machine keeps its agent there, unless somebody insists', async (t) => {
  const { hosts, machine, bench: makeBench } = await start(t);
  const bench = await makeBench();
  const server = await bench.make(bench.order({ userData: says('here') }));
  await hosts.provider.startServer(bench.context(), server.ref);
  await bench.waitFor(server.ref, ({ state }) => state === 'running');
  await machine.killAgent();
  const refused = await machine.run('uninstall');
  assert.deepEqual([refused.code, /Terminate it first/.test(refused.said)], [1, true]);
  assert.equal((await machine.run('uninstall', '--anyway')).code, 0);
});
