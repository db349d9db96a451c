import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { Env } from '#kernel/env.ts';
import type { InstanceId, ModelId, OrgId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type PickOptions, WorkerPicker } from '../pick.ts';
import type { RoutedRequest } from '../routed-request.ts';
import { type RoutingFigures, routingFigures } from '../routing-figures.ts';
import type { ServingWorker } from '../snapshot.ts';
import { seededRandom } from './seeded-random.ts';

/** The figures of production, some of them others. */
export function figuresWith(overrides: Partial<RoutingFigures> = {}): RoutingFigures {
  return { ...routingFigures(fixedSettings(readConfig({}))), ...overrides };
}

export function workerNamed(name: string, overrides: Partial<ServingWorker> = {}): ServingWorker {
  return {
    instanceId: `inst_${name}` as InstanceId,
    orgId: 'org_a' as OrgId,
    modelId: 'model_a' as ModelId,
    hfId: 'org/m',
    address: '127.0.0.2',
    dataPort: 8000,
    epoch: 1,
    silentMs: 0,
    parameters: 8e9,
    ...overrides,
  };
}

/** A prompt of `blocks.length` blocks of 100 tokens, unless said otherwise. */
export function requestOf(blocks: readonly number[], overrides: Partial<RoutedRequest> = {}): RoutedRequest {
  return {
    orgId: 'org_a',
    modelId: 'model_a',
    inputTokens: Math.max(1, blocks.length * 100),
    outputTokens: 100,
    blocks,
    blockTokens: 100,
    session: undefined,
    ...overrides,
  };
}

/** A clock that stands until it is set, and seeded randomness. */
export function stillEnv(seed = 1): { readonly time: { ms: number }; readonly env: Env } {
  const time = { ms: 0 };
  const clock = { now: () => time.ms, monotonic: () => time.ms };
  return { time, env: { ...systemEnv(SILENT_LOG), clock, random: seededRandom(seed) } };
}

export function pickerWith(overrides: Partial<RoutingFigures> = {}, seed = 1) {
  const { time, env } = stillEnv(seed);
  const picker = new WorkerPicker(env, figuresWith(overrides));
  const lease = (workers: readonly ServingWorker[], request: RoutedRequest, options: PickOptions = {}) => {
    const result = picker.pick(workers, request, options);
    if (result.kind !== 'leased') throw new Error(`no worker: ${result.kind}`);
    return result.lease;
  };
  return { time, env, picker, lease };
}
