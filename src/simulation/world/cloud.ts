/** A simulated provider: what its calls do, and what it does by itself. Calls reach it through `SimulatedProvider`. */
import type {
  Capabilities,
  CreatePart,
  CreateServer,
  OwnedResource,
  PartKind,
  ResourceKind,
} from '#providers/provider.ts';
import { CloudLedger, type CloudPart, type CloudServer } from './cloud-ledger.ts';
import type { Faults } from './faults.ts';
import type { Manner } from './manner.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Timeline } from './timeline.ts';

export interface CloudParts {
  readonly id: string;
  readonly manner: Manner;
  readonly scheduler: Scheduler;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly faults: Faults;
  /** Told of what the checks and the machines need to know. */
  readonly watch: CloudWatch;
}

export interface CloudWatch {
  created(cloud: Cloud, server: CloudServer): void;
  createdPart(cloud: Cloud, part: CloudPart): void;
  /** Somebody deletes what belongs to another installation in the same account. */
  deletingForeign(cloud: Cloud): void;
  /** A machine starts without what makes it whole. */
  startedBare(cloud: Cloud, server: CloudServer): void;
  booted(cloud: Cloud, server: CloudServer): void;
  ended(cloud: Cloud, server: CloudServer): void;
  /** It has no power for a moment. */
  halted(server: CloudServer): void;
  /** Before a delete of a part has any effect. */
  deletingPart(part: CloudPart): void;
  /** Before a delete has any effect. */
  deleting(cloud: Cloud, server: CloudServer): void;
}

/** What can be rented, and its price. */
export const SERVER_NANOS: Readonly<Record<string, number>> = {
  'SIM-L4-1': 750_000_000,
  'SIM-L40S-1': 1_400_000_000,
};
export const VOLUME_NANOS = 11_800_000;
const ADDRESS_NANOS = 4_000_000;
const ROOT_BYTES = 100e9;
const BOOT_MS_MAX = 40_000;
const FALL_BACK_MS = 8_000;
const STUCK_MS_MAX = 12 * 60_000;
const SLOW_MS_MAX = 3 * 60_000;
const BUSY_MS_MAX = 60_000;
const ADDRESSES_REUSED = 4;
const FOREIGN_ID = 'srv-other';
const FULL_MS_MAX = 6 * 60_000;
const DOUBLED_AFTER_MS_MAX = 4 * 60_000;
const THROTTLED_MS_MAX = 20_000;

export class Cloud {
  readonly id: string;
  readonly manner: Manner;
  readonly ledger = new CloudLedger();
  readonly #parts: CloudParts;
  readonly #startedAtMs: number;
  readonly #byToken = new Map<string, string>();
  readonly #full = new Map<string, { readonly untilMs: number; readonly kind: 'stock_out' | 'quota' }>();
  #throttledUntilMs = 0;
  #next = 1;

  constructor(parts: CloudParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.manner = parts.manner;
    this.#startedAtMs = parts.scheduler.nowMs;
  }

  get capabilities(): Capabilities {
    return this.manner.capabilities;
  }

  /** By its token where the provider knows tokens. */
  findByToken(attempt: string): string | undefined {
    return this.capabilities.idempotentCreate === 'token' ? this.#byToken.get(attempt) : undefined;
  }

  createServer(order: CreateServer): CloudServer {
    const server = this.#makeServer(order);
    this.#doubleLater(() => this.#makeServer(order, server));
    if (this.manner.startsByItself) this.startServer(server);
    return server;
  }

  /** Without tokens a provider's own repetition is a second order, at once or whenever it comes to it. */
  #doubleLater(repeat: () => void): void {
    const { faults, random, scheduler } = this.#parts;
    if (this.capabilities.idempotentCreate !== 'tag' || !faults.strikes('provider_doubles', random)) return;
    const delayMs = random.chance(0.5) ? 0 : random.between(100, DOUBLED_AFTER_MS_MAX);
    scheduler.after(delayMs, () => {
      if (!faults.areOver) repeat();
    });
  }

  createPart(order: CreatePart): CloudPart {
    const part = this.#makePart(order);
    this.#doubleLater(() => this.#makePart(order, part));
    return part;
  }

  #makePart(order: CreatePart, first?: CloudPart): CloudPart {
    const { random, faults, scheduler } = this.#parts;
    const isStuck = faults.strikes('volume_stuck', random);
    const part: CloudPart = {
      ...this.#newResource(order.kind, order),
      kind: order.kind,
      nanosPerHour: { volume: VOLUME_NANOS, address: ADDRESS_NANOS, key: 0, security_group: 0 }[order.kind],
      isDouble: first !== undefined,
      order,
      sizeBytes: order.sizeBytes ?? 0,
      attachedTo: undefined,
      isMarked: true,
      busyUntilMs: 0,
      stuckUntilMs: isStuck ? scheduler.nowMs + random.between(60_000, STUCK_MS_MAX) : 0,
    };
    this.ledger.parts.set(part.id, part);
    if (!first) this.#byToken.set(order.owner.attempt, part.id);
    this.#parts.watch.createdPart(this, part);
    this.#fact(
      `${part.id} created for ${order.owner.instance} by ${order.owner.attempt}${first ? ', doubled' : ''}`,
    );
    return part;
  }

  /** Why no server of this type can be had in this zone now. */
  shortageOf({ zone, type }: Pick<CreateServer, 'zone' | 'type'>): 'stock_out' | 'quota' | undefined {
    const { faults, random, scheduler } = this.#parts;
    const key = `${zone} ${type}`;
    const known = this.#full.get(key);
    if (known && known.untilMs > scheduler.nowMs) return faults.areOver ? undefined : known.kind;
    if (!faults.strikes('zone_full', random)) return undefined;
    const kind = random.chance(0.7) ? 'stock_out' : 'quota';
    this.#full.set(key, { untilMs: scheduler.nowMs + random.between(10_000, FULL_MS_MAX), kind });
    this.#fact(`${key} is full: ${kind}`);
    return kind;
  }

  /** A server takes only parts that exist and that no other server has. */
  areFree(parts: CreateServer['parts']): boolean {
    return parts.every(({ kind, ref }) => {
      const part = this.ledger.part(kind, ref.id);
      return part?.goneAtMs === undefined && part?.attachedTo === undefined && part?.zone === ref.zone;
    });
  }

  startServer(server: CloudServer): void {
    if (server.power !== 'stopped') return;
    const { random, faults, scheduler, watch } = this.#parts;
    server.power = 'starting';
    this.#fact(`${server.id} starts`);
    if (server.userData === '') watch.startedBare(this, server);
    if (this.manner.endsUnstarted) {
      if (server.boots === 0 && faults.strikes('ends_unstarted', random)) {
        this.#endUnstarted(server);
        return;
      }
    } else if (faults.strikes('start_falls_back', random)) {
      scheduler.after(random.between(1_000, FALL_BACK_MS), () => {
        if (server.power === 'starting') server.power = 'stopped';
      });
      return;
    }
    scheduler.after(random.between(2_000, BOOT_MS_MAX), () => {
      if (server.power === 'starting') this.#boot(server);
    });
  }

  /** The order was taken, and then no machine was found for it. */
  #endUnstarted(server: CloudServer): void {
    const { random, scheduler } = this.#parts;
    scheduler.after(random.between(1_000, FALL_BACK_MS), () => {
      if (server.power !== 'starting') return;
      server.neverRanFor = random.chance(0.8) ? 'stock_out' : 'quota';
      this.#fact(`${server.id} is ended before it ever ran: ${server.neverRanFor}`);
      this.end(server);
    });
  }

  /** What a create could not carry. User data only before a start. */
  prepareServer(server: CloudServer, order: CreateServer): void {
    this.markRoot(server);
    if (server.power === 'stopped') server.userData = order.userData;
  }

  markRoot(server: CloudServer): void {
    const root = this.ledger.parts.get(server.volumeId);
    if (root) root.isMarked = true;
  }

  /** An order to this server would be refused now, and not later. */
  isInTransit(server: CloudServer): boolean {
    return this.manner.keepsWhatStarts && server.power === 'starting';
  }

  /** Whoever is refused for asking too often is refused for a while, where that is the manner. */
  throttle(): void {
    const { random, faults, scheduler } = this.#parts;
    if (!this.manner.throttlesAll || !faults.strikes('throttle_lasts', random)) return;
    this.#throttledUntilMs = scheduler.nowMs + random.between(1_000, THROTTLED_MS_MAX);
  }

  get isThrottled(): boolean {
    return !this.#parts.faults.areOver && this.#parts.scheduler.nowMs < this.#throttledUntilMs;
  }

  /** What another installation has in this account. Some providers cannot keep the two apart in a listing. */
  get foreign(): OwnedResource {
    const owner = { installation: 'ins_other', instance: 'inst_other', attempt: 'att_other', expiresAtMs: 0 };
    const ref = { id: FOREIGN_ID, zone: 'a' };
    return { kind: 'server', ref, owner, attachedTo: undefined, createdAtMs: this.#startedAtMs };
  }

  deleteForeign(id: string): void {
    if (id === FOREIGN_ID) this.#parts.watch.deletingForeign(this);
  }

  rebootServer(server: CloudServer): void {
    if (server.power !== 'running' && server.power !== 'stopped') return;
    this.#fact(`${server.id} is rebooted`);
    server.power = 'stopped';
    this.#parts.watch.halted(server);
    this.startServer(server);
  }

  deleteServer(server: CloudServer): void {
    const { scheduler, watch, faults } = this.#parts;
    if (server.power === 'stopping' || server.goneAtMs !== undefined) return;
    watch.deleting(this, server);
    const isStuck = scheduler.nowMs < server.deletion.stuckUntilMs && !faults.areOver;
    this.#fact(`${server.id} delete accepted${isStuck ? ', without effect' : ''}`);
    if (isStuck) return;
    server.power = 'stopping';
    scheduler.after(server.deletion.takesMs, () => this.end(server));
  }

  deletePart(part: CloudPart): 'accepted' | 'in_use' {
    if (part.goneAtMs !== undefined) return 'accepted';
    this.#parts.watch.deletingPart(part);
    if (part.stuckUntilMs > this.#parts.scheduler.nowMs && !this.#parts.faults.areOver) {
      this.#fact(`${part.id} delete accepted, without effect`);
      return 'accepted';
    }
    if (part.attachedTo !== undefined || part.busyUntilMs > this.#parts.scheduler.nowMs) return 'in_use';
    part.goneAtMs = this.#parts.scheduler.nowMs;
    this.#fact(`${part.id} deleted`);
    return 'accepted';
  }

  /** The machine is no more, because it was deleted or because it was taken away. */
  end(server: CloudServer): void {
    if (server.goneAtMs !== undefined) return;
    const { scheduler, random, faults, watch } = this.#parts;
    server.power = 'gone';
    server.goneAtMs = scheduler.nowMs;
    this.#fact(`${server.id} gone`);
    for (const part of this.ledger.parts.values()) {
      if (part.attachedTo !== server.id) continue;
      part.attachedTo = undefined;
      const isOrdered = part.order !== undefined;
      if (!isOrdered && !this.capabilities.volumesOutliveServer) part.goneAtMs = scheduler.nowMs;
      else if (faults.strikes('volume_busy', random))
        part.busyUntilMs = scheduler.nowMs + random.between(0, BUSY_MS_MAX);
    }
    watch.ended(this, server);
  }

  isVisible(resource: CloudServer | CloudPart): boolean {
    const { nowMs } = this.#parts.scheduler;
    if (resource.visibleAtMs > nowMs || this.#flickers(resource)) return false;
    return resource.goneAtMs === undefined || nowMs - resource.goneAtMs < this.#tombstoneMs(resource.kind);
  }

  /** Whether the moment of an end can be read. */
  tellsEndOf(kind: ResourceKind): boolean {
    return this.#tombstoneMs(kind) > 0;
  }

  #tombstoneMs(kind: ResourceKind): number {
    return kind === 'server' ? this.manner.serverTombstoneMs : this.manner.partTombstoneMs;
  }

  /** Reads come from copies, some of which are behind. A root is read only by whoever has just read its server. */
  #flickers(resource: CloudServer | CloudPart): boolean {
    const { scheduler, faults, random } = this.#parts;
    const isRoot = resource.kind === 'volume' && resource.order === undefined;
    if (!this.manner.flickers || isRoot) return false;
    const isYoung = scheduler.nowMs - resource.createdAtMs < this.capabilities.visibilityWindowMs / 2;
    return isYoung && faults.strikes('read_flickers', random);
  }

  partsOf(kind: PartKind): CloudPart[] {
    return [...this.ledger.parts.values()].filter((part) => part.kind === kind);
  }

  #makeServer(order: CreateServer, first?: CloudServer): CloudServer {
    const { random, faults, scheduler } = this.#parts;
    const isDouble = first !== undefined;
    const fresh = this.#newResource('server', order);
    const base = fresh;
    const isSlow = faults.strikes('delete_slow', random);
    const isStuck = faults.strikes('delete_stuck', random);
    const server: CloudServer = {
      ...base,
      kind: 'server',
      nanosPerHour: SERVER_NANOS[order.type] ?? 0,
      order,
      volumeId: base.id.replace('srv', 'vol'),
      isDouble,
      deletion: {
        takesMs: isSlow ? random.between(5_000, SLOW_MS_MAX) : random.between(0, 3_000),
        stuckUntilMs: isStuck ? scheduler.nowMs + random.between(60_000, STUCK_MS_MAX) : 0,
      },
      userData: this.manner.makesBareServers ? '' : order.userData,
      neverRanFor: undefined,
      power: 'stopped',
      address: undefined,
      boots: 0,
    };
    this.ledger.servers.set(server.id, server);
    this.ledger.parts.set(server.volumeId, this.#rootVolume(server));
    // What the first one has the second one cannot have.
    for (const { ref } of isDouble ? [] : order.parts) {
      const part = this.ledger.parts.get(ref.id);
      if (part) part.attachedTo = server.id;
    }
    if (!isDouble) this.#byToken.set(order.owner.attempt, server.id);
    this.#fact(
      `${server.id} created for ${order.owner.instance} by ${order.owner.attempt}${isDouble ? ', doubled' : ''}`,
    );
    this.#parts.watch.created(this, server);
    return server;
  }

  #rootVolume(server: CloudServer): CloudPart {
    const { random, faults, scheduler } = this.#parts;
    const isStuck = faults.strikes('volume_stuck', random);
    return {
      kind: 'volume',
      id: server.volumeId,
      zone: server.zone,
      owner: server.owner,
      createdAtMs: server.createdAtMs,
      visibleAtMs: server.visibleAtMs,
      isDouble: server.isDouble,
      nanosPerHour: VOLUME_NANOS,
      expiresAtMs: server.expiresAtMs,
      goneAtMs: undefined,
      order: undefined,
      sizeBytes: ROOT_BYTES,
      attachedTo: server.id,
      isMarked: !this.manner.makesBareServers,
      busyUntilMs: 0,
      stuckUntilMs: isStuck ? scheduler.nowMs + random.between(60_000, 2 * STUCK_MS_MAX) : 0,
    };
  }

  #newResource<K extends CloudServer['kind'] | CloudPart['kind']>(kind: K, order: CreateServer | CreatePart) {
    const { random, faults, scheduler } = this.#parts;
    const lagMs = faults.strikes('provider_lag', random) ? random.between(0, this.manner.lagMsMax) : 0;
    const short = { server: 'srv', volume: 'vol', address: 'ip', key: 'key', security_group: 'sg' }[kind];
    return {
      kind,
      id: `${short}-${this.id}-${this.#next++}`,
      zone: order.zone,
      owner: order.owner,
      createdAtMs: scheduler.nowMs,
      visibleAtMs: scheduler.nowMs + lagMs,
      expiresAtMs: order.owner.expiresAtMs,
      goneAtMs: undefined,
    };
  }

  #boot(server: CloudServer): void {
    const { random, faults } = this.#parts;
    server.power = 'running';
    server.boots += 1;
    const number = faults.level('address_reused') > 0 ? random.between(1, ADDRESSES_REUSED) : this.#next++;
    server.address ??= this.#freeAddress(number);
    this.#fact(`${server.id} runs at ${server.address}`);
    this.#parts.watch.booted(this, server);
  }

  #freeAddress(from: number): string {
    const taken = new Set(
      [...this.ledger.servers.values()].flatMap((one) => (one.goneAtMs ? [] : [one.address])),
    );
    for (let number = from; ; number++) {
      const address = `10.${this.id === 'north' ? 1 : 2}.0.${number}`;
      if (!taken.has(address)) return address;
    }
  }

  #fact(text: string): void {
    this.#parts.timeline.fact(this.id, text);
  }
}
