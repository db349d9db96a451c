/** Lives of machines through every part of the control plane: what the kill points are found in. */
import type { DeploymentView, Offer } from '#contracts/management.ts';
import type { Stage } from './stage.ts';

export interface Life {
  readonly name: string;
  /** From an order to nothing left. @throws when it does not get there */
  readonly run: (stage: Stage) => Promise<void>;
}

export const LIVES: readonly Life[] = [
  { name: 'plain', run: livePlainly },
  { name: 'unanswered', run: liveUnanswered },
  { name: 'unwanted', run: liveUnwanted },
];

async function livePlainly(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'plain');
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
}

/** The cloud makes what was ordered and deletes what it should, and does not say so. */
async function liveUnanswered(stage: Stage): Promise<void> {
  const lost = ['server.create', 'server.start', 'server.delete', 'volume.delete'];
  for (const operation of lost) await stage.fault({ kind: 'lost_reply', operation, count: 1, mode: 'reset' });
  await stage.fault({ kind: 'late_visibility', count: 1, delay_ms: 300 });
  await livePlainly(stage);
  await stage.clearFaults();
}

/** Nobody wants it any more before it is there, and whether it is there nobody says. */
async function liveUnwanted(stage: Stage): Promise<void> {
  await stage.fault({ kind: 'error_before', operation: 'server.create' });
  const { deploymentId, instanceId } = await deploy(stage, 'unwanted');
  await stage.until('the order has failed', async () => {
    const path = `/api/v1/instances/${instanceId}/actions`;
    const { data } = await stage.api.json<{ data: { code: string; status: string }[] }>('GET', path);
    return data.some(({ code, status }) => code === 'PROVIDER_CREATE' && status === 'failed');
  });
  await end(stage, deploymentId, instanceId);
  await stage.clearFaults();
}

async function deploy(stage: Stage, prefix: string): Promise<{ deploymentId: string; instanceId: string }> {
  const offer = await findOffer(stage);
  const deployment = await stage.ask<DeploymentView>('POST', '/api/v1/deployments', {
    name: stage.nextName(prefix),
    model_id: 'Qwen/Qwen3-8B',
    provider: 'mock',
    zone: offer.zone,
    instance_type: offer.instance_type,
    replicas: 1,
  });
  const [instance] = deployment.instances;
  if (!instance) throw new Error('a deployment without an instance');
  return { deploymentId: deployment.id, instanceId: instance.id };
}

async function end(stage: Stage, deploymentId: string, instanceId: string): Promise<void> {
  await stage.ask('DELETE', `/api/v1/deployments/${deploymentId}`);
  await stage.untilState(instanceId, 'terminated');
}

async function findOffer(stage: Stage): Promise<Offer> {
  const model = encodeURIComponent('Qwen/Qwen3-8B');
  let found: Offer | undefined;
  await stage.until('the mock cloud offers a type that fits', async () => {
    const path = `/api/v1/catalogue/offers?provider=mock&model_id=${model}`;
    const offers = await stage.api.json<{ data: Offer[] }>('GET', path);
    found = offers.data.find((candidate) => candidate.fit?.fits && candidate.price);
    return found !== undefined;
  });
  if (!found) throw new Error('no offer');
  return found;
}
