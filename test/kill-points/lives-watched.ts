/** Lives of machines that run: drained, installed anew, silent, switched off, taken away. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeploymentView } from '#contracts/management.ts';
import { deploy, end } from './asking.ts';
import { type Life, RECONCILE } from './life.ts';
import { calls, commits } from './point-names.ts';
import type { Stage } from './stage.ts';

export const WATCHED: readonly Life[] = [
  {
    name: 'drained',
    about: 'out of service and back, ended, archived',
    run: liveDrained,
    points: commits(RECONCILE, 'move-archived'),
  },
  {
    name: 'reinstalled',
    about: 'installed anew by an order to the agent',
    run: liveReinstalled,
    apart: 2,
    points: [...commits(RECONCILE, 'renew-token', 'reinstall-ordered'), ...calls(RECONCILE, 'reinstall')],
  },
  {
    name: 'rebooted',
    about: 'the agent hangs: new user data and a reboot, and if that is not seen in time another machine',
    run: liveRebooted,
    apart: 3,
    points: [...calls(RECONCILE, 'reboot-anew'), ...commits(RECONCILE, 'rebooted', 'next-path')],
  },
  {
    name: 'replaced',
    about: 'the agent hangs and the machine cannot be rebooted: another one instead',
    run: liveReplaced,
    points: commits(RECONCILE, 'replace'),
  },
  {
    name: 'new token',
    about: 'the agent is given another token and goes on with it',
    run: liveWithANewToken,
    points: commits('worker-token', 'offer', 'use'),
  },
  {
    name: 'silent',
    about: 'the agent hangs until it counts as dead, and is installed anew without being asked',
    run: liveSilently,
    points: commits(RECONCILE, 'move-worker_dead', 'begin-reinstall'),
  },
  {
    name: 'switched off',
    about: 'the machine powers itself off, and is started again',
    run: liveSwitchedOff,
    apart: 4,
    points: [
      ...calls(RECONCILE, 'restart'),
      ...commits(RECONCILE, 'restart'),
      ...commits(RECONCILE, 'move-unavailable'),
    ],
  },
  {
    name: 'taken away',
    about: 'the provider takes the server back',
    run: liveTakenAway,
    points: commits(RECONCILE, 'move-failed'),
  },
];

async function liveDrained(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'drained');
  await stage.untilState(instanceId, 'ready');
  await stage.ask('POST', `/api/v1/instances/${instanceId}/drain`);
  await stage.untilState(instanceId, 'draining');
  await stage.ask('POST', `/api/v1/instances/${instanceId}/resume`);
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
  await stage.ask('POST', `/api/v1/instances/${instanceId}/archive`);
  await stage.untilState(instanceId, 'archived');
}

async function liveReinstalled(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'reinstalled');
  await stage.untilState(instanceId, 'ready');
  await stage.ask('POST', `/api/v1/instances/${instanceId}/reinstall`);
  await untilInstalled(stage, instanceId);
  await end(stage, deploymentId, instanceId);
}

async function liveRebooted(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'rebooted');
  await stage.untilState(instanceId, 'ready');
  await stopAgent(stage, instanceId);
  await stage.ask('POST', `/api/v1/instances/${instanceId}/reinstall`);
  await untilInstalled(stage, instanceId);
  await endAll(stage, deploymentId);
}

async function liveReplaced(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'replaced');
  await stage.untilState(instanceId, 'ready');
  await stopAgent(stage, instanceId);
  await stage.fault({ kind: 'error_before', operation: 'server.reboot' });
  await stage.change('REINSTALL_DEADLINE_MS', 2_000);
  await stage.ask('POST', `/api/v1/instances/${instanceId}/reinstall`);
  await stage.until(`${instanceId} is replaced`, async () => {
    const { reinstall } = await stage.api.instance(instanceId);
    return reinstall?.outcome === 'replaced';
  });
  await endAll(stage, deploymentId);
}

async function liveWithANewToken(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'new-token');
  await stage.untilState(instanceId, 'ready');
  const read = async () => {
    const sql = 'select token_hash as hash, last_seen_at as heard from workers where instance_id = $1';
    const [worker] = await stage.query<{ hash: string; heard: Date }>(sql, [instanceId]);
    if (!worker) throw new Error(`${instanceId} has no worker`);
    return worker;
  };
  const before = await read();
  const age = `update workers set token_issued_at = app_now() - interval '25 hours' where instance_id = $1`;
  await stage.query(age, [instanceId]);
  await stage.query(`select pg_notify('inv_workers', $1)`, [instanceId]);
  await stage.until('the new token is the only one', async () => (await read()).hash !== before.hash);
  const changed = await read();
  await stage.until('it is heard with it', async () => (await read()).heard > changed.heard);
  await end(stage, deploymentId, instanceId);
}

async function liveSilently(stage: Stage): Promise<void> {
  await stage.change('WORKER_AUTO_REINSTALL', 'on');
  await stage.change('WORKER_SILENT_MS', 2_500);
  await stage.change('WORKER_DEAD_MS', 5_000);
  const { deploymentId, instanceId } = await deploy(stage, 'silent');
  await stage.untilState(instanceId, 'ready');
  await stopAgent(stage, instanceId);
  await untilInstalled(stage, instanceId);
  await endAll(stage, deploymentId);
}

async function liveSwitchedOff(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'switched-off');
  await stage.untilState(instanceId, 'ready');
  const { id } = await stage.serverOf(instanceId);
  // As the machine's own command does.
  writeFileSync(join(stage.stack.dataDir, 'mock-cloud/servers', id, 'run/power/off'), '');
  await stage.until(`${instanceId} is out of service`, async () => {
    const { history } = await stage.api.instance(instanceId);
    return history.some(({ to, reason }) => to === 'unavailable' && reason === 'server_stopped');
  });
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
}

async function liveTakenAway(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'taken-away');
  await stage.untilState(instanceId, 'ready');
  const { id } = await stage.serverOf(instanceId);
  await stage.cloud.send('POST', `/v1/servers/${id}/preempt`);
  await stage.untilState(instanceId, 'terminated');
  await endAll(stage, deploymentId);
}

/** The agent of its machine neither answers nor reports any more. */
async function stopAgent(stage: Stage, instanceId: string): Promise<void> {
  const { agent_pid: pid } = await stage.serverOf(instanceId);
  if (!pid) throw new Error(`${instanceId} has no agent`);
  process.kill(pid, 'SIGSTOP');
}

async function untilInstalled(stage: Stage, id: string): Promise<void> {
  await stage.until(`${id} is installed anew`, async () => {
    const { state, reinstall } = await stage.api.instance(id);
    if (reinstall?.outcome === 'replaced') return true;
    return state === 'ready' && reinstall?.outcome === 'installed';
  });
}

/** Also the machines that came instead of others. */
async function endAll(stage: Stage, deploymentId: string): Promise<void> {
  await stage.ask('DELETE', `/api/v1/deployments/${deploymentId}`);
  const { instances } = await stage.ask<DeploymentView>('GET', `/api/v1/deployments/${deploymentId}`);
  for (const { id } of instances) await stage.untilState(id, 'terminated');
}
