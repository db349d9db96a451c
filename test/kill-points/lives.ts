/** Lives of machines through every part of the control plane: what the kill points are found in. */
import type { InstanceDetail } from '#contracts/instances.ts';
import type { DeploymentView } from '#contracts/management.ts';
import { deploy, end, findOffer, reach } from './asking.ts';
import { pause, type Stage } from './stage.ts';

/** Longer than OFFER_RETRY_MS of the test profile. */
const REFUSAL_LASTS_MS = 3_000;

export interface Life {
  readonly name: string;
  /** From an order to nothing left. @throws when it does not get there */
  readonly run: (stage: Stage) => Promise<void>;
}

export const LIVES: readonly Life[] = [
  { name: 'plain', run: livePlainly },
  { name: 'unanswered', run: liveUnanswered },
  { name: 'unwanted', run: liveUnwanted },
  { name: 'without room', run: liveWithoutRoom },
  { name: 'drained', run: liveDrained },
  { name: 'reinstalled', run: liveReinstalled },
  { name: 'rebooted', run: liveRebooted },
  { name: 'kept volume', run: liveOnInAVolume },
  { name: 'orphan', run: livePlanted },
];

async function livePlainly(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'plain');
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
}

/** The cloud makes what was ordered and deletes what it should, and does not say so. */
async function liveUnanswered(stage: Stage): Promise<void> {
  const made = ['server', 'address', 'volume', 'security_group', 'key'];
  const lost = [
    ...made.map((kind) => `${kind}.create`),
    ...made.map((kind) => `${kind}.delete`),
    'server.start',
  ];
  for (const operation of lost) await stage.fault({ kind: 'lost_reply', operation, count: 1, mode: 'reset' });
  await stage.fault({ kind: 'late_visibility', operation: 'server.create', count: 1, delay_ms: 300 });
  await livePlainly(stage);
  await stage.clearFaults();
}

/** Nobody wants it any more before it is there, and whether it is there nobody says. */
async function liveUnwanted(stage: Stage): Promise<void> {
  await stage.fault({ kind: 'error_before', operation: 'server.create' });
  const { deploymentId, instanceId } = await deploy(stage, 'unwanted');
  await stage.until('the order has failed', () => stage.hasAction(instanceId, 'PROVIDER_CREATE', 'failed'));
  await end(stage, deploymentId, instanceId);
  await stage.clearFaults();
}

/** The first offer has no room, and the machine is made where the second one is. */
async function liveWithoutRoom(stage: Stage): Promise<void> {
  const { zone, fallbacks } = await findOffer(stage);
  await stage.fault({ kind: 'stock_out', operation: 'server.create', zone });
  const { deploymentId, instanceId } = await deploy(stage, 'elsewhere', fallbacks.slice(0, 1));
  await stage.untilState(instanceId, 'ready');
  await stage.clearFaults();
  await end(stage, deploymentId, instanceId);
  // Until then the next order would pass over the offer that was refused.
  await pause(REFUSAL_LASTS_MS);
}

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

/** By an order to the agent. */
async function liveReinstalled(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'reinstalled');
  await stage.untilState(instanceId, 'ready');
  await stage.ask('POST', `/api/v1/instances/${instanceId}/reinstall`);
  await untilInstalled(stage, instanceId);
  await end(stage, deploymentId, instanceId);
}

/** The agent hangs: new user data and a reboot, and if that is not seen in time another machine. */
async function liveRebooted(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'rebooted');
  await stage.untilState(instanceId, 'ready');
  await stage.stopAgent(instanceId);
  await stage.ask('POST', `/api/v1/instances/${instanceId}/reinstall`);
  await untilInstalled(stage, instanceId);
  await stage.ask('DELETE', `/api/v1/deployments/${deploymentId}`);
  const { instances } = await stage.ask<DeploymentView>('GET', `/api/v1/deployments/${deploymentId}`);
  for (const { id } of instances) await stage.untilState(id, 'terminated');
}

async function untilInstalled(stage: Stage, id: string): Promise<void> {
  await stage.until(`${id} is installed anew`, async () => {
    const { state, reinstall } = await stage.api.instance(id);
    if (reinstall?.outcome === 'replaced') return true;
    return state === 'ready' && reinstall?.outcome === 'installed';
  });
}

/** Its data volume outlives the machine, and is deleted afterwards. */
async function liveOnInAVolume(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'kept');
  await stage.untilState(instanceId, 'ready');
  const { volumes } = await reach<InstanceDetail>(stage, `/api/v1/instances/${instanceId}`);
  const data = volumes.find((volume) => !volume.is_boot);
  if (!data) throw new Error('the machine has no data volume');
  await stage.ask('PATCH', `/api/v1/instances/${instanceId}/volumes/${data.id}`, { keep: true });
  await end(stage, deploymentId, instanceId);
  await stage.ask('DELETE', `/api/v1/volumes/${data.id}`);
}

/** What nobody ordered is found by the sweep that somebody asks for; what somebody ordered stays. */
async function livePlanted(stage: Stage): Promise<void> {
  const { zone, instance_type: type } = await findOffer(stage);
  const { deploymentId, instanceId } = await deploy(stage, 'wanted');
  await stage.untilState(instanceId, 'ready');
  const wanted = await stage.cloud.liveServers();
  await stage.plant({ zone, type });
  const { id } = await stage.ask<{ id: string }>('POST', '/api/v1/reconcile', {});
  await stage.until('the comparison has a report', async () => {
    const { state } = await reach<{ state: string }>(stage, `/api/v1/reconcile/${id}`);
    return state === 'done' || state === 'failed';
  });
  await stage.until('what was planted is gone', async () => {
    const left = await stage.cloud.liveServers();
    return left.length === 1 && left[0]?.id === wanted[0]?.id;
  });
  await end(stage, deploymentId, instanceId);
}
