/** With what the engine of an instance is run: as its agent was told, or as one would be told now. */
import { listFlavourLayers } from '#catalog/flavours/queries.ts';
import type { Settings } from '#config/settings.ts';
import { chooseFlavour } from '#contracts/flavour-choice.ts';
import type { InstanceEngine } from '#contracts/flavours.ts';
import { gpuClassOf, gpuClassOfMachine } from '#contracts/gpu-families.ts';
import type { Queryable } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { selectEngine } from './store/engines.ts';

/** The engine for GGUF files is part of the agent: it has no image, and its arguments are the model's. */
export function hasFlavours(engine: string): boolean {
  return engine === 'vllm' || engine === 'simulated';
}

export async function describeEngine(
  db: Queryable,
  settings: Pick<Settings, 'get'>,
  scope: OrgScope,
  id: InstanceId,
): Promise<InstanceEngine | null> {
  const row = await selectEngine(db, scope, id);
  if (!row || !hasFlavours(row.engine)) return null;
  // An agent that registered before there were flavours runs what is built in.
  const told = row.isRegistered ? (row.flavours?.layers ?? []) : undefined;
  const layers = told ?? (await listFlavourLayers(db, settings, row));
  // The pretended engine's GPUs are those of the order.
  const isRead = row.isRegistered && row.engine !== 'simulated';
  const measured = isRead ? gpuClassOfMachine(row.gpus) : undefined;
  const gpu = measured ?? gpuClassOf(row.flavours?.gpu_kind ?? row.gpuKind, null);
  const { chosen, passedOver, refusal } = chooseFlavour(layers, gpu);
  return {
    kind: row.engine === 'simulated' ? 'simulated' : 'vllm',
    is_told: told !== undefined,
    gpu: { ...gpu, is_measured: measured !== undefined },
    flavour: chosen?.flavour ?? null,
    refusal,
    parts: chosen && {
      image: chosen.image,
      args: { ...chosen.args, value: [...chosen.args.value] },
      environment: chosen.environment,
      mounts: { ...chosen.mounts, value: [...chosen.mounts.value] },
      devices: { ...chosen.devices, value: [...chosen.devices.value] },
      network: chosen.network,
    },
    passed_over: [...passedOver],
  };
}
