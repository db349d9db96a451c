import * as z from 'zod';
import { parseRate } from '#kernel/money.ts';
import { Deletions } from './deletions.ts';
import { OrderBook } from './order-book.ts';
import { commonOrder, refuseByFault, stillInUse, zoneOf } from './order-rules.ts';
import { notFound } from './refusal.ts';
import type { Change, FixtureKind, PartRecord } from './state.ts';
import { sha256, type World } from './world.ts';

/**
 * Addresses, keys and security groups: made before a server, used by it, and there until their own delete.
 * An address is billed as long as it exists and fixes the machine address of the server that is made with it. An
 * address or a group that a server uses cannot be deleted until that server is gone; a key can, since it was copied.
 */
const keyText = z
  .string()
  .max(16_384)
  .regex(
    /^(ssh-(ed25519|rsa)|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/]+={0,2}( [^\n\r]*)?$/,
    "OpenSSH's one-line form",
  );

export const partOrderSchemas = {
  address: z.strictObject(commonOrder),
  security_group: z.strictObject(commonOrder),
  key: z.strictObject({ ...commonOrder, public_key: keyText }),
};
export type PartOrder = z.output<typeof partOrderSchemas.address> & { readonly public_key?: string };

const ID_PREFIX: Record<FixtureKind, string> = { address: 'adr', key: 'key', security_group: 'grp' };

export class Parts {
  readonly #world: World;
  readonly #book = new OrderBook();
  readonly #deletions: Deletions;

  constructor(world: World) {
    this.#world = world;
    const deletionOf = (id: string) => world.state.parts.get(id)?.deletion;
    this.#deletions = new Deletions(world, deletionOf, (id) =>
      world.commitAtLast(() => this.#changesOfEnd(id)),
    );
  }

  async create(kind: FixtureKind, order: PartOrder): Promise<{ record: PartRecord; isNew: boolean }> {
    const { state, settings } = this.#world;
    const zone = zoneOf(settings, order.zone);
    const { client_token: token, name, tags, public_key } = order;
    const orderSha256 = sha256(JSON.stringify([zone, name, [...tags].sort(), public_key ?? null]));
    const find = (wanted: string) => {
      const part = state.parts.get(state.findOrdered(kind, wanted) ?? '');
      return part && { id: part.id, orderSha256: part.ordered.orderSha256 };
    };
    const booked = { resource: kind, token, orderSha256 };
    const make = () => this.#make(kind, order, orderSha256);
    const { id, isNew } = await this.#book.once(booked, find, make);
    return { record: this.#known(kind, id), isNew };
  }

  /** As it is, gone or not; the kind is a part of the name. */
  find(kind: FixtureKind, id: string): PartRecord | undefined {
    const part = this.#world.state.parts.get(id);
    return part?.kind === kind ? part : undefined;
  }

  async delete(kind: FixtureKind, id: string): Promise<PartRecord> {
    const part = this.#get(kind, id);
    if (kind !== 'key' && this.#world.state.usersOf(id).length > 0) throw stillInUse(kind, id);
    if (part.state !== 'deleting') {
      const target = { operation: `${kind}.delete`, zone: part.zone, type: kind, id };
      const deletion = this.#deletions.accept(target);
      this.#world.state.commit([{ kind: 'part', value: { ...part, state: 'deleting', deletion } }]);
      await this.#deletions.carryOut(id);
    }
    return this.#known(kind, id);
  }

  replaceTags(kind: FixtureKind, id: string, tags: readonly string[]): PartRecord {
    const value: PartRecord = { ...this.#get(kind, id), tags };
    this.#world.state.commit([{ kind: 'part', value }]);
    return value;
  }

  recover(): void {
    this.releaseStuck();
  }

  releaseStuck(): void {
    const parts = [...this.#world.state.parts.values()];
    this.#deletions.resume(parts.filter(({ state }) => state === 'deleting').map(({ id }) => id));
  }

  async #make(kind: FixtureKind, order: PartOrder, orderSha256: string): Promise<string> {
    refuseByFault(this.#world, { operation: `${kind}.create`, zone: order.zone, type: kind });
    if (kind !== 'address') return this.#record(kind, order, orderSha256, null);
    const { addresses } = this.#world;
    const address = await addresses.allocate(this.#world.takenAddresses());
    try {
      return this.#record(kind, order, orderSha256, address);
    } finally {
      addresses.settle(address);
    }
  }

  #record(kind: FixtureKind, order: PartOrder, orderSha256: string, address: string | null): string {
    const { addresses, faults, settings, state } = this.#world;
    const hidden = faults.take('late_visibility', {
      operation: `${kind}.create`,
      zone: order.zone,
      type: kind,
    });
    const nowMs = this.#world.now();
    const nanosPerHour = kind === 'address' ? parseRate(settings.address_price_per_hour) : null;
    const part: PartRecord = {
      id: this.#world.newId(ID_PREFIX[kind]),
      kind,
      zone: order.zone,
      name: order.name,
      tags: order.tags,
      state: 'present',
      ordered: { clientToken: order.client_token ?? null, orderSha256 },
      address,
      publicKey: order.public_key ?? null,
      createdAtMs: nowMs,
      visibleFromMs: nowMs + (hidden?.delay_ms ?? 0),
      goneAtMs: null,
      nanosPerHour,
      deletion: null,
    };
    const changes: Change[] = [{ kind: 'part', value: part }];
    if (nanosPerHour !== null) {
      const { id, zone, tags } = part;
      const line = {
        kind: 'address',
        id,
        type: kind,
        zone,
        tags,
        fromMs: nowMs,
        toMs: null,
        nanosPerHour,
      } as const;
      changes.push({ kind: 'interval', value: line });
      changes.push({ kind: 'addresses', value: { block: addresses.block, next: addresses.next } });
    }
    state.commit(changes);
    return part.id;
  }

  #get(kind: FixtureKind, id: string): PartRecord {
    const part = this.find(kind, id);
    if (!part || part.state === 'gone') throw notFound(kind, id);
    return part;
  }

  #known(kind: FixtureKind, id: string): PartRecord {
    const part = this.find(kind, id);
    if (!part) throw notFound(kind, id);
    return part;
  }

  #changesOfEnd(id: string): Change[] {
    const { state } = this.#world;
    const part = state.parts.get(id);
    if (!part || part.state === 'gone') return [];
    const interval = state.intervals.get(id);
    const endMs = Math.max(this.#world.now(), interval?.fromMs ?? 0);
    const changes: Change[] = [
      { kind: 'part', value: { ...part, state: 'gone', goneAtMs: endMs, deletion: null } },
    ];
    if (interval) changes.push({ kind: 'interval', value: { ...interval, toMs: endMs } });
    return changes;
  }
}
