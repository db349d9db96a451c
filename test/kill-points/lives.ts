/** Lives of machines through every part of the control plane: what the kill points are found in. */
import type { DeploymentView, Offer } from '#contracts/management.ts';
import type { Stage } from './stage.ts';

export interface Life {
  readonly name: string;
  /** From an order to nothing left. @throws when it does not get there */
  readonly run: (stage: Stage) => Promise<void>;
}

export const LIVES: readonly Life[] = [{ name: 'plain', run: livePlainly }];

async function livePlainly(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'plain');
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
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
