import * as z from 'zod';
import { stillInUse } from './order-rules.ts';
import { invalid } from './refusal.ts';
import type { PartRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/** What a server is made with: things that were ordered before it, in its zone, that nobody else uses. */
const ids = z.array(z.string().min(1).max(100)).max(16).default([]);

export const orderedParts = {
  address_id: z.string().min(1).max(100).optional(),
  key_ids: ids,
  security_group_ids: ids,
  volume_ids: ids,
};

export interface OrderWithParts {
  readonly zone: string;
  readonly address_id?: string | undefined;
  readonly key_ids: readonly string[];
  readonly security_group_ids: readonly string[];
  readonly volume_ids: readonly string[];
}

export interface ServerParts {
  readonly address: string | undefined;
  readonly partIds: readonly string[];
  readonly volumes: readonly VolumeRecord[];
}

/** Looked at twice: when the order comes, and again in the instant of its commit, because making a disk takes time. */
export function findOrderedParts(world: World, order: OrderWithParts): ServerParts {
  const address =
    order.address_id === undefined ? undefined : partOf(world, order, 'address', order.address_id);
  if (address && world.state.usersOf(address.id).length > 0) throw stillInUse('address', address.id);
  const keys = order.key_ids.map((id) => partOf(world, order, 'key', id));
  const groups = order.security_group_ids.map((id) => partOf(world, order, 'security_group', id));
  const volumeIds = [...new Set(order.volume_ids)];
  return {
    address: address?.address ?? undefined,
    partIds: [...new Set([...(address ? [address] : []), ...keys, ...groups].map(({ id }) => id))],
    volumes: volumeIds.map((id) => volumeOf(world, order, id)),
  };
}

function partOf(world: World, order: OrderWithParts, kind: PartRecord['kind'], id: string): PartRecord {
  const part = world.state.parts.get(id);
  if (part?.kind === kind && part.zone === order.zone && part.state === 'present') return part;
  const argument = kind === 'address' ? 'address_id' : `${kind}_ids`;
  throw invalid(argument, `There is no ${kind} ${id} in ${order.zone}.`);
}

function volumeOf(world: World, order: OrderWithParts, id: string): VolumeRecord {
  const volume = world.state.volumes.get(id);
  if (!volume || volume.zone !== order.zone || volume.state === 'gone' || volume.state === 'deleting') {
    throw invalid('volume_ids', `There is no volume ${id} in ${order.zone}.`);
  }
  if (volume.state === 'attached') throw stillInUse('volume', id);
  return volume;
}
