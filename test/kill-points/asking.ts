/** What a person asks of the product in these lives. */
import type { DeploymentView, Offer } from '#contracts/management.ts';
import type { Stage } from './stage.ts';

const MODEL = 'Qwen/Qwen3-8B';

export interface Fallback {
  readonly zone: string;
  readonly instance_type_id: string;
}

export interface ChosenOffer {
  readonly zone: string;
  readonly instance_type: string;
  /** Other zones and types that would do. */
  readonly fallbacks: readonly Fallback[];
}

export async function deploy(
  stage: Stage,
  prefix: string,
  fallbacks: readonly Fallback[] = [],
): Promise<{ deploymentId: string; instanceId: string }> {
  const offer = await findOffer(stage);
  const deployment = await stage.ask<DeploymentView>('POST', '/api/v1/deployments', {
    name: stage.nextName(prefix),
    model_id: MODEL,
    provider: 'mock',
    zone: offer.zone,
    instance_type: offer.instance_type,
    fallbacks,
    replicas: 1,
  });
  const [instance] = deployment.instances;
  if (!instance) throw new Error('a deployment without an instance');
  return { deploymentId: deployment.id, instanceId: instance.id };
}

export async function end(stage: Stage, deploymentId: string, instanceId: string): Promise<void> {
  await stage.ask('DELETE', `/api/v1/deployments/${deploymentId}`);
  await stage.untilState(instanceId, 'terminated');
}

/** The first that fits, always the same one; the others, in another zone or anywhere, are its fallbacks. */
export async function findOffer(
  stage: Stage,
  where: 'elsewhere' | 'anywhere' = 'elsewhere',
): Promise<ChosenOffer> {
  let fitting: Offer[] = [];
  await stage.until('the mock cloud offers a type that fits', async () => {
    const path = `/api/v1/catalogue/offers?provider=mock&model_id=${encodeURIComponent(MODEL)}`;
    const offers = await stage.api.json<{ data: Offer[] }>('GET', path);
    fitting = offers.data.filter((candidate) => candidate.fit?.fits && candidate.price);
    return fitting.length > 0;
  });
  const [first, ...others] = fitting;
  if (!first) throw new Error('no offer');
  const { zone, instance_type } = first;
  const chosen = others.filter((other) => where === 'anywhere' || other.zone !== zone);
  return {
    zone,
    instance_type,
    fallbacks: chosen.map((one) => ({ zone: one.zone, instance_type_id: one.instance_type })),
  };
}

/** What the api tells, as soon as it tells anything. */
export async function reach<T>(stage: Stage, path: string): Promise<T> {
  return stage.ask<T>('GET', path);
}
