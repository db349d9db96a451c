import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'node:test';
import { findMachineProcesses } from './processes.ts';
import { installing, TestCloud } from './test-cloud.ts';

/** An agent that tells its number and lives until its standard input closes. */
const WAITING_AGENT = 'echo $$ >> "$INVENTIV_MACHINE_ROOT/run/pids"\ncat >/dev/null';

describe('machines of the mock cloud', { timeout: 150_000 }, () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.close());
  afterEach(async () => {
    await cloud.setFaults();
    for (const server of (await cloud.call('GET', '/v1/servers')).body['servers'] as { id: string }[]) {
      await cloud.call('DELETE', `/v1/servers/${server.id}`);
    }
    // Killed, and perhaps a moment from being gone.
    await cloud.until(async () => processes().length === 0);
  });
  const processes = (id?: string) =>
    findMachineProcesses(`${cloud.directory}/servers`).filter((one) => !id || one.serverId === id);
  const pids = async (id: string): Promise<string[]> =>
    (await cloud.read(id, 'run', 'pids')).trim().split('\n').filter(Boolean);
  const whenAgentRuns = (id: string, count = 1) =>
    cloud.until(async () => {
      const all = await pids(id);
      return all.length >= count && all;
    });

  it('user data runs once, in the environment that the machine promises, and then its agent runs', async () => {
    const server = await cloud.createRunning(`env | sort > run/environment\n${WAITING_AGENT}`);
    await whenAgentRuns(server.id);
    const now = await cloud.server(server.id);
    assert.equal(now.state, 'running');
    assert.equal(now.user_data_exit, 0);
    const root = cloud.disk(server.id);
    const environment = await cloud.read(server.id, 'run', 'environment');
    for (const line of [
      `INVENTIV_MACHINE_ROOT=${root}`,
      `INVENTIV_MACHINE_ADDRESS=${now.address}`,
      `INVENTIV_NODE=${process.execPath}`,
      `INVENTIV_SIMULATED_ENGINE=${root}/bin/simulated-engine`,
      'INVENTIV_SKIP_OS=1',
      'INVENTIV_DIE_WITH_PARENT=1',
      `INVENTIV_POWER_OFF_COMMAND=${root}/bin/power-off`,
      `PATH=${root}/bin:/usr/bin:/bin`,
    ]) {
      assert.ok(environment.split('\n').includes(line), line);
    }
    const { body } = await cloud.call('GET', `/v1/servers/${server.id}/console`);
    assert.deepEqual(body, { exit_code: 0, text: `installed at ${now.address}\n` });
  });

  it('nvidia-smi shows the idle cards of the type before any engine runs', async () => {
    const server = await cloud.createRunning('nvidia-smi --query-gpu=x > run/cards\ncat >/dev/null', {
      type: 'MOCK-H100-2',
    });
    const cards = await cloud.until(async () => (await cloud.read(server.id, 'run', 'cards')) || undefined);
    assert.equal(
      cards,
      '0, NVIDIA H100 PCIe, 9.0, 81920, 0, 0, 34, 0.00\n1, NVIDIA H100 PCIe, 9.0, 81920, 0, 0, 34, 0.00\n',
    );
  });

  it('an agent that ends is started again, after a pause', async () => {
    const startedAt = performance.now();
    const server = await cloud.createRunning('echo $$ >> run/pids\nexit 3');
    const all = await whenAgentRuns(server.id, 3);
    assert.equal(new Set(all).size, all.length);
    assert.ok(performance.now() - startedAt >= 300, 'two pauses of 100 ms and more lie between three runs');
    assert.ok((await cloud.server(server.id)).agent_restarts >= 2);
  });

  it('what an agent left in its group does not live on beside its successor', async () => {
    const server = await cloud.createRunning('echo $$ >> run/pids\nsleep 1000 & \nsleep 0.05');
    await whenAgentRuns(server.id, 3);
    const sleeping = processes(server.id).length;
    assert.ok(sleeping <= 5, `${sleeping} processes`);
  });

  it('a delete kills the agent and an engine that leads a group of its own', async () => {
    const server = await cloud.createRunning(`setsid sleep 1000 &\n${WAITING_AGENT}`);
    await whenAgentRuns(server.id);
    await cloud.until(async () => processes(server.id).length >= 3);
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    await cloud.until(async () => processes(server.id).length === 0);
  });

  it('user data that fails leaves a running server, its exit code and its last words', async () => {
    const server = await cloud.create({ user_data: '#!/bin/sh\necho "no disk" >&2\nexit 7\n' });
    await cloud.call('POST', `/v1/servers/${server.id}/start`);
    const now = await cloud.until(async () => {
      const seen = await cloud.server(server.id);
      return seen.user_data_exit !== null && seen;
    });
    assert.deepEqual([now.state, now.user_data_exit], ['running', 7]);
    const { body } = await cloud.call('GET', `/v1/servers/${server.id}/console`);
    assert.deepEqual(body, { exit_code: 7, text: 'no disk\n' });
  });

  it('user data that is no script, or empty, does no harm', async () => {
    for (const userData of ['\u0000\u0001 not a script', '#cloud-config\npackages: []\n', '']) {
      const server = await cloud.create({ user_data: userData });
      await cloud.call('POST', `/v1/servers/${server.id}/start`);
      assert.equal((await cloud.server(server.id)).state, 'running');
      if (userData) await cloud.until(async () => (await cloud.server(server.id)).user_data_exit !== null);
    }
  });

  it('after a power cut a running server boots again: same disk, same address, no user data, bill unbroken', async () => {
    const server = await cloud.createRunning(`date +%s%N >> run/boots\n${WAITING_AGENT}`);
    await whenAgentRuns(server.id);
    const before = await cloud.server(server.id);
    await cloud.powerCycle(async () => assert.deepEqual(processes(), []));
    await whenAgentRuns(server.id, 2);
    const now = await cloud.server(server.id);
    assert.deepEqual(
      [now.state, now.address, now.billed_from_ms, now.billed_to_ms],
      ['running', before.address, before.billed_from_ms, null],
    );
    const { body } = await cloud.call('GET', `/v1/servers/${server.id}/console`);
    assert.equal(String(body['text']).match(/installed/g)?.length, 1);
  });

  it('user data that a power cut interrupted runs again', async () => {
    const script = `#!/bin/sh\necho x >> "$INVENTIV_MACHINE_ROOT/run/tries"\n[ -e run/allowed ] || sleep 1000\n`;
    const server = await cloud.create({
      user_data: script + installing(WAITING_AGENT).replace('#!/bin/sh\n', ''),
    });
    await cloud.call('POST', `/v1/servers/${server.id}/start`);
    await cloud.until(() => cloud.read(server.id, 'run', 'tries'));
    await cloud.powerCycle(async () => writeFileSync(cloud.disk(server.id, 'run', 'allowed'), ''));
    await whenAgentRuns(server.id);
    assert.equal(await cloud.read(server.id, 'run', 'tries'), 'x\nx\n');
  });

  it('a stopped server stays stopped through a power cut', async () => {
    const server = await cloud.create();
    await cloud.powerCycle();
    assert.equal((await cloud.server(server.id)).state, 'stopped');
  });

  it('a machine that switches itself off is stopped, dead, still billed and keeps its address for the next start', async () => {
    const server = await cloud.createRunning(
      `setsid sleep 1000 &\necho $$ >> run/pids\n[ -e run/stay ] || sh -c "$INVENTIV_POWER_OFF_COMMAND"\ncat >/dev/null`,
    );
    const off = await cloud.until(async () => {
      const now = await cloud.server(server.id);
      return now.state === 'stopped' && now;
    });
    assert.deepEqual(
      [off.address, off.billed_to_ms, off.state_detail],
      [null, null, 'switched off by itself'],
    );
    await cloud.until(async () => processes(server.id).length === 0);
    await cloud.powerCycle();
    assert.equal((await cloud.server(server.id)).state, 'stopped');
    writeFileSync(cloud.disk(server.id, 'run/stay'), '');
    await cloud.call('POST', `/v1/servers/${server.id}/start`);
    await whenAgentRuns(server.id, 2);
    const on = await cloud.server(server.id);
    assert.deepEqual([on.state, on.billed_from_ms], ['running', server.billed_from_ms]);
    const { body } = await cloud.call('GET', `/v1/servers/${server.id}/console`);
    assert.equal(String(body['text']).match(/installed/g)?.length, 1, 'user data did not run again');
  });

  it('a machine that switched itself off while the cloud was killed does not boot again', async () => {
    const server = await cloud.createRunning(WAITING_AGENT);
    await whenAgentRuns(server.id);
    await cloud.powerCycle(async () => writeFileSync(cloud.disk(server.id, 'run/power/off'), ''));
    await cloud.until(async () => (await cloud.server(server.id)).state === 'stopped');
    assert.deepEqual(processes(server.id), []);
  });

  it('a reboot runs the same agent again, and new user data once', async () => {
    const server = await cloud.createRunning(WAITING_AGENT);
    await whenAgentRuns(server.id);
    const { address } = await cloud.server(server.id);
    assert.equal((await cloud.call('POST', `/v1/servers/${server.id}/reboot`)).status, 202);
    await whenAgentRuns(server.id, 2);
    assert.equal((await cloud.server(server.id)).address, address);
    const installs = async () =>
      String((await cloud.call('GET', `/v1/servers/${server.id}/console`)).body['text']).match(/installed/g)
        ?.length;
    assert.equal(await installs(), 1);
    const userData = installing(`echo again >> run/again\n${WAITING_AGENT}`);
    for (const _ of [1, 2]) {
      await cloud.call('PUT', `/v1/servers/${server.id}/user_data`, { user_data: userData });
    }
    assert.equal(await installs(), 1, 'not before the next boot');
    await cloud.powerCycle();
    await cloud.until(() => cloud.read(server.id, 'run', 'again'));
    assert.equal(await installs(), 2);
    const count = (await pids(server.id)).length;
    await cloud.call('POST', `/v1/servers/${server.id}/reboot`);
    await whenAgentRuns(server.id, count + 1);
    assert.equal(await installs(), 2);
  });

  it('reboots at the same time leave one living machine, and none after a delete', async () => {
    const server = await cloud.createRunning(WAITING_AGENT);
    await whenAgentRuns(server.id);
    await Promise.all(Array.from({ length: 8 }, () => cloud.call('POST', `/v1/servers/${server.id}/reboot`)));
    // A shell, what it runs and the guard of their group.
    await cloud.until(async () => {
      const now = await cloud.server(server.id);
      return now.state === 'running' && now.agent_pid !== null && processes(server.id).length <= 3;
    });
    await Promise.all([
      cloud.call('POST', `/v1/servers/${server.id}/reboot`),
      cloud.call('DELETE', `/v1/servers/${server.id}`),
    ]);
    await cloud.until(async () => (await cloud.server(server.id)).state === 'gone');
    await cloud.until(async () => processes(server.id).length === 0);
  });

  it('sync removes disks that belong to nobody and tells of servers whose disk is lost', async () => {
    const server = await cloud.createRunning(WAITING_AGENT);
    await whenAgentRuns(server.id);
    mkdirSync(cloud.disk('srv-nobody'), { recursive: true });
    const first = await cloud.call('POST', '/v1/sync');
    assert.deepEqual(first.body, {
      ended_pids: [],
      stubborn_pids: [],
      booted: [],
      wiped_disks: ['srv-nobody'],
      without_disk: [],
    });
    rmSync(cloud.disk(server.id), { recursive: true });
    const second = await cloud.call('POST', '/v1/sync');
    assert.deepEqual(second.body['without_disk'], [server.id]);
    assert.deepEqual(second.body['wiped_disks'], []);
  });

  it('the logs of a machine can be read after its disk was wiped', async () => {
    const server = await cloud.createRunning(WAITING_AGENT);
    await whenAgentRuns(server.id);
    writeFileSync(cloud.disk(server.id, 'var/log/engine-tokens.jsonl'), '{"tokens":3}\n');
    await cloud.call('DELETE', `/v1/servers/${server.id}`);
    await cloud.call('DELETE', `/v1/volumes/${server.volumes[0]?.id}`);
    await cloud.until(async () => !existsSync(cloud.disk(server.id)));
    const { body } = await cloud.call('GET', `/v1/servers/${server.id}/console`);
    assert.match(String(body['text']), /installed/);
    const kept = `${cloud.directory}/kept-logs/${server.id}/engine-tokens.jsonl`;
    assert.equal(readFileSync(kept, 'utf8'), '{"tokens":3}\n');
  });
});
