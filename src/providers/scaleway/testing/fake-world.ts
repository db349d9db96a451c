import { FAKE_IMAGES, FAKE_PRODUCTS, type FakeProduct } from './fake-catalogue.ts';
import { FAIR, type FakeWeather } from './fake-faults.ts';
import type { FakeGroup, FakeIp, FakeServer, FakeVolume, Made } from './fake-records.ts';
import { Refused } from './refused.ts';

/**
 * The pretended company behind the API: what exists, what state it is in, what it becomes by itself. Time is asked
 * for at each look, so nothing runs in the background.
 */
export interface FakeTimes {
  readonly startMs: number;
  readonly endMs: number;
  readonly detachMs: number;
  readonly createVolumeMs: number;
}

export interface FakeMachines {
  /** Power comes: the machine reads its user data. */
  powerOn(server: FakeServer, address: string): void;
  powerOff(server: FakeServer): void;
}

export interface WorldOptions {
  readonly zones: readonly string[];
  readonly now: () => number;
  readonly newId: () => string;
  readonly newAddress: () => string;
  readonly times: FakeTimes;
  readonly machines?: FakeMachines;
}

const GB = 1_000_000_000;

export class FakeWorld {
  readonly servers = new Map<string, FakeServer>();
  readonly volumes = new Map<string, FakeVolume>();
  readonly ips = new Map<string, FakeIp>();
  readonly groups = new Map<string, FakeGroup>();
  /** By zone and type: what `availability` says, and what a create or a start then meets. */
  readonly stock = new Map<string, string>();
  weather: FakeWeather = { ...FAIR };
  /** Accepted deletes that do not get on. */
  readonly #stuck: (() => void)[] = [];
  readonly #options: WorldOptions;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#options.now();
  }

  requireZone(zone: string): void {
    if (!this.#options.zones.includes(zone)) throw Refused.notFound('zone', zone);
  }

  made(zone: string, project: string, tags: readonly string[]): Made {
    const { nowMs } = this;
    return {
      id: this.#options.newId(),
      zone,
      project,
      atMs: nowMs,
      changedAtMs: nowMs,
      tags: [...tags],
      visibleAtMs: nowMs + this.weather.invisibleMs,
    };
  }

  isVisible(made: Made, zone: string): boolean {
    return made.zone === zone && made.visibleAtMs <= this.nowMs;
  }

  /** Lets time pass: whatever was on its way arrives. */
  settle(): void {
    if (!this.weather.deletesStuck) for (const end of this.#stuck.splice(0)) end();
    for (const server of [...this.servers.values()]) this.#settleServer(server);
    for (const volume of [...this.volumes.values()]) this.#settleVolume(volume);
  }

  createServer(zone: string, order: ServerOrder): FakeServer {
    const product = this.#productOf(zone, order.type);
    if (this.stock.get(`${zone} ${order.type}`) === 'shortage') throw Refused.outOfStock(order.type);
    const image = FAKE_IMAGES.find((one) => one.id === order.image);
    if (!image) throw Refused.notFound('instance_image', order.image);
    if (!image.types.includes(order.type)) throw Refused.invalid('image', 'not compatible with this type');
    if (order.group && this.groups.get(order.group)?.zone !== zone) {
      throw Refused.notFound('instance_security_group', order.group);
    }
    const ips = order.ips.map((id) => this.#freeIp(zone, id));
    const made = this.made(zone, order.project, order.tags);
    const volumes = this.#planVolumes(made, product, order.volumes);
    const server: FakeServer = {
      ...made,
      name: order.name,
      type: order.type,
      image: order.image,
      state: 'stopped',
      detail: '',
      next: undefined,
      volumes: new Map(volumes.map(([place, volume]) => [place, volume.id])),
      ips: order.ips.slice(),
      hasDynamicIp: order.hasDynamicIp,
      dynamicAddress: order.hasDynamicIp ? this.#options.newAddress() : '',
      group: order.group,
      userData: new Map(),
      nics: [],
      isProtected: false,
    };
    for (const [, volume] of volumes) {
      volume.server = server.id;
      volume.status = volume.api === 'block' ? 'in_use' : 'available';
      this.volumes.set(volume.id, volume);
    }
    for (const ip of ips) ip.server = server.id;
    this.servers.set(server.id, server);
    return server;
  }

  createVolume(
    made: Made,
    order: Pick<FakeVolume, 'api' | 'type' | 'name' | 'size' | 'snapshot'>,
  ): FakeVolume {
    const isBlock = order.api === 'block';
    const volume: FakeVolume = {
      ...made,
      ...order,
      status: isBlock && order.snapshot === null ? 'creating' : 'available',
      server: null,
      freeAtMs: isBlock ? this.nowMs + this.#options.times.createVolumeMs : undefined,
      iops: 5_000,
    };
    this.volumes.set(volume.id, volume);
    return volume;
  }

  createIp(made: Made): FakeIp {
    const ip: FakeIp = { ...made, address: this.#options.newAddress(), server: null };
    this.ips.set(ip.id, ip);
    return ip;
  }

  act(server: FakeServer, action: string): void {
    const { times, machines } = this.#options;
    const { state } = server;
    const isOff = state === 'stopped' || state === 'stopped in place';
    const isUsable = {
      poweron: isOff,
      reboot: state === 'running',
      poweroff: state === 'running',
      stop_in_place: state === 'running',
      terminate: state === 'running' || state === 'stopped in place',
    }[action];
    if (isUsable === undefined) throw Refused.invalid('action', 'not a valid value');
    if (!isUsable) throw Refused.invalidRequest(`server should be ${isOff ? 'running' : 'stopped'}`);
    if (action === 'terminate' && server.isProtected) throw Refused.protected();
    const soon = this.nowMs + times.endMs;
    if (action === 'poweron') {
      const to = this.#hasRoom(server) ? 'running' : 'stopped';
      this.#become(server, 'starting', 'allocating node', { atMs: this.nowMs + times.startMs, to });
      return;
    }
    machines?.powerOff(server);
    if (action === 'reboot') this.#powerOn(server);
    if (action === 'stop_in_place') this.#become(server, 'stopped in place', '', undefined);
    if (action === 'poweroff') this.#become(server, 'stopping', 'stopping', { atMs: soon, to: 'stopped' });
    if (action === 'terminate') this.#become(server, 'stopping', 'terminating', { atMs: soon, to: 'gone' });
  }

  deleteServer(server: FakeServer): void {
    if (server.state !== 'stopped') throw Refused.invalidRequest('server should be stopped');
    if (server.isProtected) throw Refused.protected();
    if (this.weather.deletesStuck) {
      this.#become(server, 'stopping', 'terminating', { atMs: this.nowMs, to: 'gone' });
      return;
    }
    // Its own disks stay when a server is removed rather than terminated.
    this.#forget(server, { withLocal: false });
  }

  deleteVolume(volume: FakeVolume): void {
    if (volume.server !== null) throw Refused.inUse('volume', volume.id);
    this.#end(() => this.volumes.delete(volume.id));
  }

  deleteIp(ip: FakeIp): void {
    this.#end(() => {
      const server = ip.server === null ? undefined : this.servers.get(ip.server);
      server?.ips.splice(server.ips.indexOf(ip.id), 1);
      this.ips.delete(ip.id);
    });
  }

  deleteGroup(group: FakeGroup): void {
    if (this.usersOf(group).length > 0) throw Refused.conflict('Group is in use. You cannot delete it.');
    this.#end(() => this.groups.delete(group.id));
  }

  #end(effect: () => void): void {
    if (this.weather.deletesStuck) this.#stuck.push(effect);
    else effect();
  }

  usersOf(group: FakeGroup): FakeServer[] {
    return [...this.servers.values()].filter((server) => server.group === group.id);
  }

  #settleServer(server: FakeServer): void {
    const { next } = server;
    if (!next || next.atMs > this.nowMs) return;
    if (next.to === 'gone') {
      if (!this.weather.deletesStuck) this.#forget(server, { withLocal: true });
    } else if (next.to === 'running') {
      this.#powerOn(server);
    } else {
      this.#become(server, 'stopped', '', undefined);
    }
  }

  #settleVolume(volume: FakeVolume): void {
    if (volume.freeAtMs === undefined || volume.freeAtMs > this.nowMs) return;
    volume.freeAtMs = undefined;
    volume.server = null;
    volume.status = 'available';
  }

  #powerOn(server: FakeServer): void {
    this.#become(server, 'running', 'booting kernel', undefined);
    const [first] = server.ips;
    const address = (first && this.ips.get(first)?.address) ?? server.dynamicAddress;
    this.#options.machines?.powerOn(server, address);
  }

  #become(server: FakeServer, state: string, detail: string, next: FakeServer['next']): void {
    server.state = state;
    server.detail = detail;
    server.next = next;
    server.changedAtMs = this.nowMs;
  }

  #forget(server: FakeServer, { withLocal }: { readonly withLocal: boolean }): void {
    this.#options.machines?.powerOff(server);
    this.servers.delete(server.id);
    for (const id of server.ips) {
      const ip = this.ips.get(id);
      if (ip) ip.server = null;
    }
    for (const id of server.volumes.values()) {
      const volume = this.volumes.get(id);
      if (!volume) continue;
      if (volume.api === 'block') volume.freeAtMs = this.nowMs + this.#options.times.detachMs;
      else if (withLocal) this.volumes.delete(id);
      else volume.server = null;
    }
  }

  #hasRoom(server: FakeServer): boolean {
    const stock = this.stock.get(`${server.zone} ${server.type}`);
    return !this.weather.startsInVain && stock !== 'hidden_shortage';
  }

  #productOf(zone: string, type: string): FakeProduct {
    const product = FAKE_PRODUCTS.find((one) => one.name === type);
    this.requireZone(zone);
    if (!product) throw Refused.invalid('commercial_type', 'not a valid value');
    return product;
  }

  #freeIp(zone: string, id: string): FakeIp {
    const ip = this.ips.get(id);
    if (ip?.zone !== zone) throw Refused.notFound('instance_ip', id);
    if (ip.server !== null) throw Refused.invalid('public_ips', 'IP is already attached to a server');
    return ip;
  }

  #planVolumes(made: Made, product: FakeProduct, order: VolumeOrders): [string, FakeVolume][] {
    const entries = Object.entries({ 0: {}, ...order }) as [string, VolumeOrder][];
    return entries.map(([place, one]) => {
      if (one.id !== undefined) return [place, this.#freeVolume(made.zone, one.id)];
      const type = one.volume_type ?? 'sbs_volume';
      if (place !== '0' && type === 'sbs_volume') throw Refused.invalid('volumes', 'must exist already');
      if (type === 'l_ssd') this.#requireLocal(product, one.size ?? 20 * GB);
      if (type === 'scratch' && (one.size ?? 0) > (product.scratchGb ?? 0) * GB) {
        throw Refused.invalid('volumes', 'scratch storage is not available for this type');
      }
      const id = this.#options.newId();
      const volume = this.createVolume(
        { ...made, id, tags: [], visibleAtMs: made.visibleAtMs },
        {
          api: type === 'sbs_volume' ? 'block' : 'instance',
          type: type === 'sbs_volume' ? 'sbs_5k' : type,
          name: one.name ?? `Ubuntu Jammy GPU OS 12 passthrough_${type}_${place}`,
          size: one.size ?? 20 * GB,
          snapshot: type === 'sbs_volume' ? '50b9f839-d0e3-4029-8ea4-49c29131e639' : null,
        },
      );
      volume.freeAtMs = undefined;
      return [place, volume];
    });
  }

  #requireLocal(product: FakeProduct, size: number): void {
    if (size <= (product.localGb ?? 0) * GB) return;
    throw Refused.invalid(
      'volumes',
      `${product.name} total l_ssd size must be between 0 and ${product.localGb ?? 0} GB`,
    );
  }

  #freeVolume(zone: string, id: string): FakeVolume {
    const volume = this.volumes.get(id);
    if (volume?.zone !== zone) throw Refused.notFound('instance_volume', id);
    if (volume.server !== null) throw Refused.invalid('volumes', 'volume is already attached');
    volume.freeAtMs = undefined;
    return volume;
  }
}

export interface VolumeOrder {
  readonly id?: string;
  readonly name?: string;
  readonly size?: number;
  readonly volume_type?: 'sbs_volume' | 'l_ssd' | 'scratch';
}
export type VolumeOrders = Readonly<Record<string, VolumeOrder>>;

export interface ServerOrder {
  readonly name: string;
  readonly type: string;
  readonly image: string;
  readonly project: string;
  readonly tags: readonly string[];
  readonly ips: readonly string[];
  readonly hasDynamicIp: boolean;
  readonly group: string | undefined;
  readonly volumes: VolumeOrders;
}
