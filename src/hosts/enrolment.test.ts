/** Tokens of enrolments: once, for a short time, and never guessed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { test } from 'node:test';
import { AppError } from '#kernel/errors.ts';
import { renderEnrolScript } from '#providers/enrol-script.ts';
import { HOST_AGENT, HOST_AGENT_SHA256 } from '#providers/host-agent-script.ts';
import { installOrder, uninstallOrder } from '#providers/host-orders.ts';
import { askForCommand, makeMachine } from './testing/agent-bed.ts';
import { type HostBench, PATH, startHostBench } from './testing/host-bench.ts';

const SHELLCHECK = '/usr/bin/shellcheck';
const LIST = '/api/v1/host-enrolments';
const FACTS = [
  'root=yes',
  'arch=x86_64',
  'cpus=8',
  'memory_kb=67108864',
  'tool=curl',
  'tool=sha256sum',
  'tool=systemctl',
];

function enrol(hosts: HostBench, token: string, nonce = 'a'.repeat(32), hostname = 'box') {
  const body = { token, nonce, hostname, probe: FACTS };
  return hosts.api.send('/internal/host/enrol', { method: 'POST', body, headers: {} });
}

test('a token is used once, by one machine; the same machine may repeat a lost exchange', async (t) => {
  const hosts = await startHostBench(t);
  const token = await askForCommand(hosts);
  const answers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((letter) => enrol(hosts, token, letter.repeat(32))),
  );
  const statuses = answers.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [200, 401, 401, 401]);
  const winner = answers.findIndex(({ status }) => status === 200);
  const again = await enrol(hosts, token, 'abcd'[winner]?.repeat(32));
  assert.equal(again.status, 200);
  assert.deepEqual(again.body, answers[winner]?.body, 'the same answer');
  const loser = answers.find(({ status }) => status !== 200);
  assert.equal(loser?.body.code, 'host.enrolment_used');
  const { data } = (await hosts.api.send(PATH, { as: hosts.owner })).body;
  assert.equal(data.length, 1);
  const [row] = (await hosts.api.send(LIST, { as: hosts.owner })).body.data;
  assert.deepEqual([row.state, row.host_id], ['used', data[0].id]);
  const text = JSON.stringify(await hosts.api.db.query('select * from host_enrolments, hosts, audit_log'));
  assert.ok(!text.includes(token), 'the token is nowhere, nor in the audit log');
  const [entry] = await hosts.api.db.query<{ subject_id: string; actor_id: string }>(
    `select subject_id, actor_id from audit_log where action = 'worker.enrol_host'`,
  );
  assert.deepEqual([entry?.subject_id, entry?.actor_id], [data[0].id, hosts.owner.userId]);
});

test('expired, revoked and unknown tokens are refused with a sentence each', async (t) => {
  const hosts = await startHostBench(t);
  const expired = await askForCommand(hosts);
  await hosts.api.db.query(`update host_enrolments set expires_at = app_now()`);
  assert.equal((await enrol(hosts, expired)).body.code, 'host.enrolment_expired');
  const revoked = await askForCommand(hosts);
  const [open] = (await hosts.api.send(LIST, { as: hosts.owner })).body.data.filter(
    ({ state }: { state: string }) => state === 'open',
  );
  const revoke = await hosts.api.send(`${LIST}/${open.id}`, { method: 'DELETE', as: hosts.owner });
  assert.equal(revoke.body.state, 'revoked');
  assert.equal((await enrol(hosts, revoked)).body.code, 'host.enrolment_revoked');
  const other = await startHostBench(t);
  assert.equal((await enrol(hosts, await askForCommand(other))).body.code, 'host.enrolment_unknown');
  assert.equal((await enrol(hosts, `${expired.slice(0, -1)}x`)).body.code, 'host.enrolment_unknown');
  assert.deepEqual((await hosts.api.send(PATH, { as: hosts.owner })).body.data, []);
});

test('whoever guesses is slowed down', async (t) => {
  const hosts = await startHostBench(t);
  const codes = [];
  for (let guess = 0; guess < 40; guess++)
    codes.push((await enrol(hosts, `inv_enr_guess${guess}`)).body.code);
  assert.equal(codes[0], 'host.enrolment_unknown');
  assert.equal(codes.at(-1), 'auth.too_many_attempts');
});

test('no command is given where it could not work, and none to those who may not', async (t) => {
  const hosts = await startHostBench(t);
  const ask = async (as = hosts.owner, body: object = {}) => {
    const answer = await hosts.api.send(LIST, { method: 'POST', as, body });
    return answer.body.code ?? answer.status;
  };
  hosts.reach.hasTunnels = false;
  assert.equal(await ask(), 'host.no_tunnel');
  hosts.reach.hasTunnels = true;
  hosts.reach.require = () => {
    throw new AppError('control_url.local');
  };
  assert.equal(await ask(), 'control_url.local');
  hosts.reach.require = () => undefined;
  await hosts.register({ name: 'taken' });
  assert.equal(await ask(hosts.owner, { name: 'taken' }), 'host.name_taken');
  assert.equal(await ask(await hosts.api.person('user', hosts.owner.orgId)), 'auth.forbidden');
  assert.equal(await ask(), 201);
  const stranger = await hosts.api.person();
  assert.deepEqual((await hosts.api.send(LIST, { as: stranger })).body.data, []);
  const [mine] = (await hosts.api.send(LIST, { as: hosts.owner })).body.data;
  const foreign = await hosts.api.send(`${LIST}/${mine.id}`, { method: 'DELETE', as: stranger });
  assert.equal(foreign.body.code, 'host.enrolment_not_found');
});

test('the pasted script goes on where it was cut, changes nothing twice, and refuses what it should', async (t) => {
  const hosts = await startHostBench(t);
  const machine = makeMachine(t, hosts);
  const token = await askForCommand(hosts);
  const half = await machine.paste(token, (script) => script.slice(0, script.length / 2));
  assert.notEqual(half.code, 0);
  assert.ok(!fs.existsSync(machine.at('opt')), 'half a script does nothing');
  const damaged = await machine.paste(token, (script) =>
    script.replace(/agent_sha256='..../, "agent_sha256='0000"),
  );
  assert.notEqual(damaged.code, 0);
  assert.ok(!fs.existsSync(machine.at('opt/inventiv-host/inventiv-host')));
  // The exchange is done, and the machine loses its power before it is written down.
  machine.pretend('chmod', 'case "$2" in */token.new*) kill -KILL $PPID ;; esac; exec /bin/chmod "$@"');
  assert.notEqual((await machine.paste(token)).code, 0);
  machine.pretend('chmod', 'exec /bin/chmod "$@"');
  const whole = await machine.paste(token);
  assert.equal(whole.code, 0, whole.said);
  const identity = fs.readFileSync(machine.at('etc/inventiv-host/token'), 'utf8');
  const again = await machine.paste(await askForCommand(hosts));
  assert.equal(again.code, 0, again.said);
  assert.match(again.said, /enrolled already/);
  assert.equal(fs.readFileSync(machine.at('etc/inventiv-host/token'), 'utf8'), identity);
  assert.equal((await hosts.api.send(PATH, { as: hosts.owner })).body.data.length, 1);
  const elsewhere = await machine.paste(token, (script) =>
    script.replaceAll(hosts.api.url, 'https://other.test'),
  );
  assert.deepEqual([elsewhere.code, /belongs to the installation at/.test(elsewhere.said)], [1, true]);
  const second = makeMachine(t, hosts);
  const refused = await second.paste(token);
  assert.deepEqual(
    [refused.code, /Another machine was enrolled/.test(refused.said)],
    [1, true],
    refused.said,
  );
  const nothing = await second.paste('');
  assert.match(nothing.said, /token is missing/);
  assert.match((await second.paste('$(reboot)')).said, /no token/);
});

test('the scripts are sound shell', { skip: !fs.existsSync(SHELLCHECK) && 'there is no shellcheck' }, () => {
  const scripts = [
    HOST_AGENT,
    renderEnrolScript({ controlUrl: "https://it's.example", agentSha256: HOST_AGENT_SHA256 }),
  ];
  for (const input of scripts) {
    const { stdout, status } = spawnSync(SHELLCHECK, ['-s', 'sh', '-'], { input, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  }
  for (const order of [installOrder('claim_1', 'echo without an end of line'), uninstallOrder('claim_1')]) {
    assert.equal(spawnSync('sh', ['-n'], { input: order }).status, 0);
  }
});
