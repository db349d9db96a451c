import { gzipSync } from 'node:zlib';
import type { BlockDeviceMapping, RunInstancesRequest } from '@aws-sdk/client-ec2';
import type { Clock } from '#kernel/env.ts';
import { absent, refusal } from '#providers/call-errors.ts';
import type { CallContext, CreateServer, PartKind, ResourceRef, Server } from '#providers/provider.ts';
import { awsTags, GIB, serverOf } from './answers.ts';
import type { AwsClient, ClientCall } from './client.ts';
import type { AwsOptions } from './credential.ts';
import { type ImageFacts, Images } from './images.ts';
import { allowWorkers } from './parts.ts';
import { type TypeFacts, Types } from './types.ts';
import { isKnownForm, isRegion, regionOf, requireZone } from './zones.ts';

/**
 * Servers: one call makes a whole one, with its tags, its disks and its user data, and it starts by itself. The
 * attempt is the client token, so the same order is the same machine.
 */
export interface ServersDeps {
  readonly client: AwsClient;
  readonly clock: Clock;
  readonly options: AwsOptions;
}

/** Of the script itself. EC2 takes 16 KiB, and cloud-init unpacks what is packed. */
export const USER_DATA_BYTES_MAX = 65_536;
const PACKED_BYTES_MAX = 16_384;
const ROOT_GIB_MIN = 8;
const VOLUME_GIB_MAX = 16_384;
/** Free names on machines of the Nitro system; the operating system finds the disk by being empty. */
const DATA_DEVICE = '/dev/sdf';

export class Servers {
  readonly types: Types;
  readonly images: Images;
  readonly #deps: ServersDeps;

  constructor(deps: ServersDeps) {
    this.#deps = deps;
    this.types = new Types(deps.client, deps.clock);
    this.images = new Images(deps.client, deps.clock);
  }

  async create(context: CallContext, order: CreateServer): Promise<Server> {
    const operation = 'createServer';
    const { client, options } = this.#deps;
    requireZone(client.provider, operation, order.zone);
    const userData = this.#packed(operation, order.userData);
    const region = regionOf(order.zone);
    const type = await this.types.find(context, operation, region, order.type);
    if (!type) throw this.#refuse(operation, `there is no type ${order.type} in ${region}`, 'type');
    const image = await this.images.find(context, operation, {
      ...{ region, type: order.type, arch: type.arch, images: options.images },
    });
    const disks = this.#disks(operation, order, image);
    const [group] = partIds(order, 'security_group');
    // Before the machine, because it starts by itself; what is allowed already is not refused.
    if (group !== undefined) {
      await allowWorkers(client, context, { id: group, zone: order.zone }, options);
    }
    const request = this.#request(order, { type, image, disks, userData });
    return client.ec2With(
      context,
      { operation, region, isMutation: true },
      (ec2, send) => ec2.runInstances(request, send),
      ({ Instances }) => serverOf(Instances?.[0]),
    );
  }

  /** A new one starts by itself; one that was stopped is started again. */
  async start(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'startServer';
    const server = await this.#get(context, operation, ref);
    if (server.state === 'starting' || server.state === 'running') return;
    await this.#order(context, operation, ref, (ec2, input, options) => ec2.startInstances(input, options));
  }

  /** Hard where the machine does not follow; one that is on its way up begins anyway. */
  async reboot(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'rebootServer';
    const { state, rawState } = await this.#get(context, operation, ref);
    switch (state) {
      case 'starting':
        return;
      case 'stopped':
        return this.#order(context, operation, ref, (ec2, input, options) =>
          ec2.startInstances(input, options),
        );
      case 'running':
        return this.#order(context, operation, ref, (ec2, input, options) =>
          ec2.rebootInstances(input, options),
        );
      default:
        throw this.#refuse(operation, `server ${ref.id} is ${rawState}`, 'state', 'conflict');
    }
  }

  /** EC2 changes it on machines that are stopped alone, and cloud-init runs it once: see `userDataAtEachBoot`. */
  async replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    const operation = 'replaceUserData';
    const packed = this.#packed(operation, userData);
    if (!isKnownForm('server', ref)) throw this.#missing(operation, ref);
    await this.#deps.client.ec2(context, this.#mutation(operation, ref), (ec2, options) =>
      ec2.modifyInstanceAttribute({ InstanceId: ref.id, UserData: { Value: packed } }, options),
    );
  }

  async find(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return absent(this.#get(context, 'findServer', ref));
  }

  /** Accepted, on its way already, or not there. */
  async delete(context: CallContext, ref: ResourceRef): Promise<void> {
    if (!isKnownForm('server', ref)) return;
    await absent(
      this.#order(context, 'deleteServer', ref, (ec2, input, options) =>
        ec2.terminateInstances(input, options),
      ),
    );
  }

  async #get(context: CallContext, operation: string, ref: ResourceRef): Promise<Server> {
    if (!isKnownForm('server', ref)) throw this.#missing(operation, ref);
    const call = { operation, region: regionOf(ref.zone), isMutation: false };
    const found = await this.#deps.client.ec2With(
      context,
      call,
      (ec2, options) => ec2.describeInstances({ InstanceIds: [ref.id] }, options),
      ({ Reservations }) => {
        if (!Reservations) return undefined;
        const instance = Reservations.flatMap(({ Instances }) => Instances ?? [])[0];
        return instance === undefined ? { server: undefined } : wrapped(serverOf(instance));
      },
    );
    if (!found.server) throw this.#missing(operation, ref);
    return found.server;
  }

  async #order(
    context: CallContext,
    operation: string,
    ref: ResourceRef,
    send: (
      ec2: Parameters<Parameters<AwsClient['ec2']>[2]>[0],
      input: { InstanceIds: string[] },
      options: Parameters<Parameters<AwsClient['ec2']>[2]>[1],
    ) => Promise<unknown>,
  ): Promise<void> {
    await this.#deps.client.ec2(context, this.#mutation(operation, ref), (ec2, options) =>
      send(ec2, { InstanceIds: [ref.id] }, options),
    );
  }

  #mutation(operation: string, ref: ResourceRef): ClientCall {
    return { operation, region: regionOf(ref.zone), isMutation: true };
  }

  #request(order: CreateServer, made: Composed): RunInstancesRequest {
    const { options } = this.#deps;
    const subnet = options.subnets.get(order.zone);
    const tags = awsTags(order.owner, order.zone, order.name);
    const [key] = partIds(order, 'key');
    const groups = partIds(order, 'security_group');
    const hasPlacement = subnet === undefined && !isRegion(order.zone);
    return {
      ClientToken: order.owner.attempt,
      MinCount: 1,
      MaxCount: 1,
      ImageId: made.image.id,
      InstanceType: order.type as never,
      UserData: made.userData.toString('base64'),
      BlockDeviceMappings: made.disks,
      // An agent that was left alone for long switches its machine off: then nothing of it may cost any more.
      InstanceInitiatedShutdownBehavior: 'terminate',
      MetadataOptions: { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      TagSpecifications: (['instance', 'volume', 'network-interface'] as const).map((ResourceType) => ({
        ...{ ResourceType, Tags: tags },
      })),
      NetworkInterfaces: [
        {
          DeviceIndex: 0,
          AssociatePublicIpAddress: true,
          DeleteOnTermination: true,
          ...(subnet === undefined ? {} : { SubnetId: subnet }),
          ...(groups.length === 0 ? {} : { Groups: groups }),
          ...(options.wantsEfa && made.type.hasEfa ? { InterfaceType: 'efa' } : {}),
        },
      ],
      ...(hasPlacement ? { Placement: { AvailabilityZone: order.zone } } : {}),
      ...(key === undefined ? {} : { KeyName: key }),
    };
  }

  /** The root dies with the machine; the cache's disk does not, because people may keep it. */
  #disks(operation: string, order: CreateServer, image: ImageFacts): BlockDeviceMapping[] {
    const wantedGib = Math.ceil(order.rootBytes / GIB);
    if (wantedGib < ROOT_GIB_MIN) {
      throw this.#refuse(operation, `a root of ${order.rootBytes} bytes is too small`, 'root_volume');
    }
    if (wantedGib > VOLUME_GIB_MAX) {
      throw this.#refuse(operation, `a volume holds ${VOLUME_GIB_MAX} GiB at most`, 'root_volume');
    }
    const disk = (DeviceName: string, VolumeSize: number, DeleteOnTermination: boolean) => ({
      ...{ DeviceName, Ebs: { VolumeType: 'gp3' as const, VolumeSize, DeleteOnTermination } },
    });
    // EC2 refuses a root that is smaller than its image.
    const root = disk(image.rootDevice, Math.max(wantedGib, image.rootGib), true);
    return this.#deps.options.hasDataVolume ? [root, disk(DATA_DEVICE, wantedGib, false)] : [root];
  }

  /** Always, so that the same text is the same order. */
  #packed(operation: string, userData: string): Buffer {
    const sizeBytes = Buffer.byteLength(userData);
    const packed = gzipSync(userData, { level: 9 });
    if (sizeBytes > USER_DATA_BYTES_MAX || packed.length > PACKED_BYTES_MAX) {
      throw this.#refuse(
        operation,
        `user data of ${sizeBytes} bytes (${packed.length} packed) is too long`,
        'user_data',
      );
    }
    return packed;
  }

  #refuse(operation: string, message: string, code: string, kind: 'invalid' | 'conflict' = 'invalid') {
    return refusal({ provider: this.#deps.client.provider, operation }, kind, message, code);
  }

  #missing(operation: string, ref: ResourceRef) {
    const message = `there is no server ${ref.id} in ${ref.zone}`;
    return refusal({ provider: this.#deps.client.provider, operation }, 'not_found', message);
  }
}

interface Composed {
  readonly type: TypeFacts;
  readonly image: ImageFacts;
  readonly disks: BlockDeviceMapping[];
  readonly userData: Buffer;
}

function wrapped(server: Server | undefined): { server: Server } | undefined {
  return server && { server };
}

function partIds(order: CreateServer, kind: PartKind): string[] {
  return order.parts.filter((part) => part.kind === kind).map((part) => part.ref.id);
}
