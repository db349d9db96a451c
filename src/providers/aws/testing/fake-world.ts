import type { RunInstancesRequest, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { FAKE_IMAGES, FAKE_TYPES } from './fake-catalogue.ts';
import { FAIR, type FakeWeather } from './fake-faults.ts';
import { Refused } from './refused.ts';

/** What there is in the pretended EC2, and how it changes: machines, their disks, groups and keys, by region. */
export interface FakeTimes {
  readonly startMs: number;
  readonly endMs: number;
}

/** What runs on machines, when something does. */
export interface FakeMachines {
  powerOn(instance: FakeInstance, address: string): void;
  powerOff(instance: FakeInstance): void;
}

export interface FakeWorldOptions {
  readonly zones: readonly string[];
  readonly now: () => number;
  readonly newHex: () => string;
  readonly newAddress: () => string;
  readonly times: FakeTimes;
  readonly machines?: FakeMachines;
}

export interface Made {
  readonly id: string;
  readonly region: string;
  readonly atMs: number;
  readonly visibleAtMs: number;
  readonly tags: Map<string, string>;
}

export type State = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export interface FakeInstance extends Made {
  readonly zone: string;
  readonly order: RunInstancesRequest;
  readonly groups: readonly string[];
  state: State;
  next: { readonly state: State; readonly atMs: number } | undefined;
  address: string | undefined;
  /** Told in words when it is over. */
  transition: string;
  why: string | undefined;
  userData: string;
  isProtected: boolean;
}

export interface FakeVolume extends Made {
  readonly zone: string;
  readonly sizeGib: number;
  readonly type: string;
  readonly device: string;
  readonly snapshot: string | undefined;
  readonly diesWithInstance: boolean;
  instance: string | undefined;
}

export interface FakeGroup extends Made {
  readonly name: string;
  readonly vpc: string;
  readonly rules: Set<string>;
}

export interface FakeKey extends Made {
  readonly name: string;
  readonly material: string;
}

export class FakeWorld {
  weather: FakeWeather = { ...FAIR };
  /** By `zone type`; `hidden`: the order is taken, and the machine ended before it ever ran. */
  readonly stock = new Map<string, 'none' | 'unsupported' | 'hidden'>();
  readonly instances = new Map<string, FakeInstance>();
  readonly volumes = new Map<string, FakeVolume>();
  readonly groups = new Map<string, FakeGroup>();
  readonly keys = new Map<string, FakeKey>();
  readonly #tokens = new Map<string, { readonly order: string; readonly instance: string }>();
  readonly #options: FakeWorldOptions;
  #stuck: (() => void)[] = [];

  constructor(options: FakeWorldOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#options.now();
  }

  zonesOf(region: string): string[] {
    return this.#options.zones.filter((zone) => zone.slice(0, -1) === region);
  }

  made(prefix: string, region: string, tags: Map<string, string>): Made {
    const { nowMs } = this;
    const id = `${prefix}-${this.#options.newHex()}`;
    return { id, region, tags, atMs: nowMs, visibleAtMs: nowMs + this.weather.invisibleMs };
  }

  /** Of one region, as far as it can be seen by now. */
  seen<T extends Made>(things: ReadonlyMap<string, T>, region: string): T[] {
    return [...things.values()].filter((one) => one.region === region && one.visibleAtMs <= this.nowMs);
  }

  /** Lets time pass: whatever was on its way arrives. */
  settle(): void {
    if (!this.weather.deletesStuck) for (const end of this.#stuck.splice(0)) end();
    for (const instance of this.instances.values()) {
      const { next } = instance;
      const isHeld = next?.state === 'terminated' && this.weather.deletesStuck;
      if (next && next.atMs <= this.nowMs && !isHeld) this.#arrive(instance, next.state);
    }
  }

  /** What is ordered now happens at once, or when nothing is stuck any more. */
  end(work: () => void): void {
    if (this.weather.deletesStuck) this.#stuck.push(work);
    else work();
  }

  run(region: string, order: RunInstancesRequest): FakeInstance {
    const told = JSON.stringify(order);
    const token = `${region} ${order.ClientToken ?? this.#options.newHex()}`;
    const known = this.#tokens.get(token);
    if (known) {
      if (known.order === told) return this.instances.get(known.instance) as FakeInstance;
      throw new Refused(
        'IdempotentParameterMismatch',
        'The request uses the same client token as a previous',
      );
    }
    const zone = this.#zoneFor(region, order);
    this.#refuseWrong(region, order);
    const stock = this.stock.get(`${zone} ${order.InstanceType}`);
    if (stock === 'none') throw Refused.noRoom(String(order.InstanceType), zone);
    if (stock === 'unsupported')
      throw new Refused('Unsupported', `Your requested instance type is not supported in ${zone}.`);
    const instance: FakeInstance = {
      ...this.made('i', region, tagsFor('instance', order.TagSpecifications)),
      ...{ zone, order, state: 'pending', address: undefined, transition: '', why: undefined },
      groups: order.NetworkInterfaces?.[0]?.Groups ?? [],
      next:
        this.weather.startsInVain || stock === 'hidden'
          ? { state: 'terminated', atMs: this.nowMs + this.#options.times.startMs }
          : { state: 'running', atMs: this.nowMs + this.#options.times.startMs },
      userData: order.UserData ?? '',
      isProtected: false,
    };
    this.instances.set(instance.id, instance);
    this.#makeVolumes(instance);
    this.#tokens.set(token, { order: told, instance: instance.id });
    return instance;
  }

  terminate(instance: FakeInstance): void {
    if (instance.isProtected) {
      throw new Refused('OperationNotPermitted', `The instance '${instance.id}' may not be terminated.`);
    }
    if (instance.state === 'terminated' || instance.state === 'shutting-down') return;
    const wasOn = instance.state === 'running';
    instance.state = 'shutting-down';
    instance.next = { state: 'terminated', atMs: this.nowMs + this.#options.times.endMs };
    instance.transition = `User initiated (${stamp(this.nowMs)})`;
    instance.why = 'Client.UserInitiatedShutdown';
    if (wasOn) this.#options.machines?.powerOff(instance);
  }

  start(instance: FakeInstance): void {
    if (instance.state === 'running') return;
    if (instance.state !== 'stopped') throw wrongState(instance);
    instance.state = 'pending';
    instance.next = { state: 'running', atMs: this.nowMs + this.#options.times.startMs };
  }

  /** For tests: as if it had been switched off from inside. */
  stop(instance: FakeInstance): void {
    if (instance.state === 'running') this.#options.machines?.powerOff(instance);
    instance.state = 'stopped';
    instance.next = undefined;
    instance.address = undefined;
  }

  reboot(instance: FakeInstance): void {
    if (instance.state !== 'running') throw wrongState(instance);
  }

  userOf(group: FakeGroup): FakeInstance | undefined {
    return [...this.instances.values()].find(
      ({ state, groups }) => state !== 'terminated' && groups.includes(group.id),
    );
  }

  volumesOf(instance: FakeInstance): FakeVolume[] {
    return [...this.volumes.values()].filter((volume) => volume.instance === instance.id);
  }

  #arrive(instance: FakeInstance, state: State): void {
    const wasPending = instance.state === 'pending';
    instance.state = state;
    instance.next = undefined;
    if (state === 'running') {
      instance.address ??= this.#options.newAddress();
      this.#options.machines?.powerOn(instance, instance.address);
      return;
    }
    if (wasPending) {
      instance.transition = `Server.InsufficientInstanceCapacity (${stamp(this.nowMs)})`;
      instance.why = 'Server.InsufficientInstanceCapacity';
    }
    instance.address = undefined;
    for (const volume of this.volumesOf(instance)) {
      if (volume.diesWithInstance) this.volumes.delete(volume.id);
      else volume.instance = undefined;
    }
  }

  #zoneFor(region: string, order: RunInstancesRequest): string {
    const zones = this.zonesOf(region);
    const [first] = zones;
    if (first === undefined) throw Refused.value(region, 'Region');
    const wanted = order.Placement?.AvailabilityZone ?? first;
    if (!zones.includes(wanted)) throw Refused.value(wanted, 'availabilityZone');
    return wanted;
  }

  #refuseWrong(region: string, order: RunInstancesRequest): void {
    const type = FAKE_TYPES.find(({ InstanceType }) => InstanceType === order.InstanceType);
    if (!type) throw Refused.value(order.InstanceType, 'InstanceType');
    const image = FAKE_IMAGES.find(({ ImageId }) => ImageId === order.ImageId);
    if (!image) throw Refused.notFound('InvalidAMIID.NotFound', String(order.ImageId));
    if (!type.ProcessorInfo?.SupportedArchitectures?.includes(image.Architecture as never)) {
      throw new Refused('InvalidParameterValue', 'The architecture of the type does not match the image');
    }
    for (const id of order.NetworkInterfaces?.[0]?.Groups ?? []) {
      if (this.groups.get(id)?.region !== region) throw Refused.notFound('InvalidGroup.NotFound', id);
    }
    const keys = [...this.keys.values()].filter((key) => key.region === region);
    if (order.KeyName !== undefined && !keys.some(({ name }) => name === order.KeyName)) {
      throw Refused.notFound('InvalidKeyPair.NotFound', order.KeyName);
    }
    if (Buffer.from(order.UserData ?? '', 'base64').length > 16_384) {
      throw new Refused('InvalidParameterValue', 'User data is limited to 16384 bytes');
    }
    for (const { DeviceName, Ebs } of order.BlockDeviceMappings ?? []) {
      const least = DeviceName === image.RootDeviceName ? image.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize : 1;
      if ((Ebs?.VolumeSize ?? 0) < (least ?? 1)) {
        throw new Refused('InvalidBlockDeviceMapping', 'Volume is smaller than snapshot');
      }
    }
  }

  #makeVolumes(instance: FakeInstance): void {
    const { order, region, zone } = instance;
    const root = FAKE_IMAGES.find(({ ImageId }) => ImageId === order.ImageId)?.RootDeviceName;
    for (const { DeviceName = '', Ebs } of order.BlockDeviceMappings ?? []) {
      const made = this.made('vol', region, tagsFor('volume', order.TagSpecifications));
      const isRoot = DeviceName === root;
      this.volumes.set(made.id, {
        ...made,
        ...{ zone, device: DeviceName, instance: instance.id, type: String(Ebs?.VolumeType) },
        sizeGib: Ebs?.VolumeSize ?? 0,
        snapshot: isRoot ? 'snap-0a1' : undefined,
        diesWithInstance: Ebs?.DeleteOnTermination ?? isRoot,
      });
    }
  }
}

function wrongState({ id, state }: FakeInstance): Refused {
  return new Refused('IncorrectInstanceState', `The instance '${id}' is not in a state for this: ${state}`);
}

/** The tags of a create for one kind of what it makes, by AWS's rules. */
export function tagsFor(kind: string, specifications: readonly TagSpecification[] | undefined) {
  const tags = (specifications ?? []).filter(({ ResourceType }) => ResourceType === kind);
  return tagMap(tags.flatMap(({ Tags }) => Tags ?? []));
}

export function tagMap(tags: readonly Tag[]): Map<string, string> {
  if (tags.length > 50) throw new Refused('TagLimitExceeded', 'There are too many tags');
  for (const { Key = '', Value = '' } of tags) {
    const isWrong = Key === '' || Key.length > 128 || Value.length > 256 || /^aws:/i.test(Key);
    if (isWrong) throw Refused.value(Key, 'Tag');
  }
  return new Map(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function stamp(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
}
