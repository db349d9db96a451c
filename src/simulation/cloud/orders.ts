import { join } from 'node:path';
import * as z from 'zod';
import { parseRate } from '#kernel/money.ts';
import { createDisk, machineFiles, wipeDisk } from './machine-files.ts';
import { OrderBook } from './order-book.ts';
import { findOrderedParts, orderedParts, type ServerParts } from './order-parts.ts';
import { commonOrder, refuseByFault, resourceBytes, zoneOf } from './order-rules.ts';
import { invalid, notFound } from './refusal.ts';
import { type CloudSettings, findType, type InstanceType, volumeRate } from './settings.ts';
import type { Change, ServerRecord, VolumeRecord } from './state.ts';
import { sha256, type World } from './world.ts';

/**
 * Orders of servers. A server, its root volume, what it is made with and the begin of its bills are one commit, made
 * after the disk is there: a crash before it leaves a directory that the next start removes, never a server without a
 * disk. The same client token gives the same server, also to two that ask at once; with another order it is refused.
 */
export const serverOrderSchema = z.strictObject({
  ...commonOrder,
  ...orderedParts,
  type: z.string().max(64),
  user_data: z.string().default(''),
  root_bytes: resourceBytes,
});
export type ServerOrder = z.output<typeof serverOrderSchema>;

export class OrderDesk {
  readonly #world: World;
  readonly #book = new OrderBook();

  constructor(world: World) {
    this.#world = world;
  }

  async create(order: ServerOrder): Promise<{ server: ServerRecord; isNew: boolean }> {
    const { state } = this.#world;
    const type = this.#check(order);
    const orderSha256 = digestOf(order);
    const find = (token: string) => state.servers.get(state.serverIdByToken.get(token) ?? '');
    const booked = { resource: 'server', token: order.client_token, orderSha256 };
    const make = () => this.#make(order, type, orderSha256);
    const { id, isNew } = await this.#book.once(booked, find, make);
    const server = state.servers.get(id);
    if (!server) throw notFound('server', id);
    return { server, isNew };
  }

  #check(order: ServerOrder): InstanceType {
    const { settings } = this.#world;
    zoneOf(settings, order.zone);
    const type = findType(settings, order.type);
    if (!type) throw invalid('type', `There is no server type ${order.type}.`);
    refuseLongUserData(settings, order.user_data);
    return type;
  }

  async #make(order: ServerOrder, ordered: InstanceType, orderSha256: string): Promise<string> {
    const { addresses, directory, serversDirectory, state } = this.#world;
    refuseByFault(this.#world, { operation: 'server.create', zone: order.zone, type: order.type });
    const type = this.#substituted(order, ordered);
    const reserved = findOrderedParts(this.#world, order).address;
    const id = this.#world.newId('srv');
    const address = reserved ?? (await addresses.allocate(this.#world.takenAddresses()));
    this.#world.disksBeingMade.add(id);
    try {
      await createDisk(machineFiles(join(serversDirectory, id)), order.user_data);
      const parts = findOrderedParts(this.#world, order);
      state.commit(this.#recordsOf({ id, address, order, type, orderSha256, parts }));
      return id;
    } catch (error) {
      await wipeDisk(directory, id);
      throw error;
    } finally {
      if (reserved === undefined) addresses.settle(address);
      this.#world.disksBeingMade.delete(id);
    }
  }

  /** A cloud may give another type than was ordered, at that type's price, without saying so. */
  #substituted(order: ServerOrder, type: InstanceType): InstanceType {
    const target = { operation: 'server.create', zone: order.zone, type: order.type };
    const fault = this.#world.faults.take('substitution', target);
    return findType(this.#world.settings, fault?.gives ?? '') ?? type;
  }

  #recordsOf(making: Making): Change[] {
    const { id, address, order, type, orderSha256, parts } = making;
    const { addresses, faults, settings } = this.#world;
    const target = { operation: 'server.create', zone: order.zone, type: order.type };
    const hidden = faults.take('late_visibility', target);
    const nowMs = this.#world.now();
    const shared = {
      zone: order.zone,
      tags: order.tags,
      createdAtMs: nowMs,
      visibleFromMs: nowMs + (hidden?.delay_ms ?? 0),
      goneAtMs: null,
      deletion: null,
    };
    const volume: VolumeRecord = {
      ...shared,
      id: this.#world.newId('vol'),
      kind: 'block',
      sizeBytes: order.root_bytes,
      isBoot: true,
      state: 'attached',
      madeFor: id,
      attachedTo: id,
      ordered: null,
      nanosPerHour: volumeRate(settings, order.root_bytes),
    };
    const server: ServerRecord = {
      ...shared,
      id,
      type: type.name,
      name: order.name,
      clientToken: order.client_token ?? null,
      orderSha256,
      state: 'stopped',
      stateDetail: '',
      address,
      volumeIds: [volume.id, ...parts.volumes.map((one) => one.id)],
      partIds: parts.partIds,
      nanosPerHour: parseRate(type.price_per_hour),
      userDataExit: null,
      userDataSha256: sha256(order.user_data),
      preemptAtMs: null,
    };
    const attached = parts.volumes.map((value): Change => {
      return { kind: 'volume', value: { ...value, state: 'attached', attachedTo: id } };
    });
    return [
      { kind: 'addresses', value: { block: addresses.block, next: addresses.next } },
      { kind: 'server', value: server },
      { kind: 'volume', value: volume },
      ...attached,
      billFrom(nowMs, server, 'server', server.type),
      billFrom(nowMs, volume, 'volume', volume.kind),
    ];
  }
}

interface Making {
  readonly id: string;
  readonly address: string;
  readonly order: ServerOrder;
  readonly type: InstanceType;
  readonly orderSha256: string;
  readonly parts: ServerParts;
}

export function refuseLongUserData(settings: CloudSettings, userData: string): void {
  if (Buffer.byteLength(userData) <= settings.user_data_bytes_max) return;
  throw invalid('user_data', `User data is limited to ${settings.user_data_bytes_max} bytes.`);
}

function billFrom(
  fromMs: number,
  record: ServerRecord | VolumeRecord,
  kind: 'server' | 'volume',
  type: string,
): Change {
  const { id, zone, tags, nanosPerHour } = record;
  return { kind: 'interval', value: { kind, id, type, zone, tags, fromMs, toMs: null, nanosPerHour } };
}

function digestOf(order: ServerOrder): string {
  const { zone, type, name, tags, user_data, root_bytes } = order;
  const parts = [order.address_id ?? null, order.key_ids, order.security_group_ids, order.volume_ids];
  // An order without parts keeps the digest that it had before there were any.
  const withParts = parts.some((one) => one !== null && one.length > 0) ? [parts] : [];
  return sha256(
    JSON.stringify([zone, type, name, [...tags].sort(), sha256(user_data), root_bytes, ...withParts]),
  );
}
