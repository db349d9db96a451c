import type { Tag } from '@aws-sdk/client-ec2';
import type { Clock } from '#kernel/env.ts';
import { absent, refusal } from '#providers/call-errors.ts';
import type { CallContext, CreatePart, Part, PartKind, ResourceRef } from '#providers/provider.ts';
import { awsTags, nameOf, partOfGroup, partOfKey } from './answers.ts';
import type { AwsClient, ClientCall } from './client.ts';
import type { AwsOptions } from './credential.ts';
import { hasCode } from './errors.ts';
import { isKnownForm, regionOf, requireZone } from './zones.ts';

/**
 * What stands beside a server: a security group and a key, each with tags from its first moment. Neither takes a
 * client token, but their names are unique, so the attempt is in the name: what is refused as a duplicate is read,
 * and is the same part when it was ordered alike.
 */
export interface PartsDeps {
  readonly client: AwsClient;
  readonly clock: Clock;
  readonly options: AwsOptions;
}

/** Of the worker agent; everything else stays closed from outside. */
const WORKER_PORTS: readonly number[] = [8000, 8080];

export class Parts {
  readonly #deps: PartsDeps;

  constructor(deps: PartsDeps) {
    this.#deps = deps;
  }

  async create(context: CallContext, order: CreatePart): Promise<Part> {
    const operation = 'createPart';
    requireZone(this.#deps.client.provider, operation, order.zone);
    if (order.kind !== 'security_group' && order.kind !== 'key') {
      throw this.#unsupported(operation, order.kind);
    }
    try {
      return order.kind === 'key'
        ? await this.#createKey(context, order)
        : await this.#createGroup(context, order);
    } catch (error) {
      if (!hasCode(error, 'InvalidGroup.Duplicate', 'InvalidKeyPair.Duplicate')) throw error;
      return this.#sameAs(context, order, error);
    }
  }

  async find(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    const operation = 'findPart';
    if (kind === 'security_group') return this.#findGroup(context, operation, ref);
    if (kind === 'key') return this.#findKey(context, operation, ref);
    throw this.#unsupported(operation, kind);
  }

  async delete(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    const operation = 'deletePart';
    if (kind !== 'security_group' && kind !== 'key') throw this.#unsupported(operation, kind);
    if (!isKnownForm(kind, ref)) return;
    const call = { operation, region: regionOf(ref.zone), isMutation: true };
    await absent(
      this.#deps.client.ec2(context, call, async (ec2, options) => {
        if (kind === 'key') await ec2.deleteKeyPair({ KeyName: ref.id }, options);
        else await ec2.deleteSecurityGroup({ GroupId: ref.id }, options);
      }),
    );
  }

  /** Closed until its machine is ordered: what a crash leaves lets nobody in. */
  async #createGroup(context: CallContext, order: CreatePart): Promise<Part> {
    const { client } = this.#deps;
    const vpc = await this.#vpcOf(context, order.zone);
    const tags = this.#tagsOf(order);
    return client.ec2With(
      context,
      callOf('createPart', order.zone, true),
      (ec2, options) =>
        ec2.createSecurityGroup(
          {
            GroupName: uniqueName(order),
            Description: 'Worker of Inventiv Agents',
            TagSpecifications: [{ ResourceType: 'security-group', Tags: tags }],
            ...(vpc === undefined ? {} : { VpcId: vpc }),
          },
          options,
        ),
      ({ GroupId }) =>
        partOfGroup(
          { ...(GroupId === undefined ? {} : { GroupId }), Tags: tags },
          regionOf(order.zone),
          undefined,
        ),
    );
  }

  async #createKey(context: CallContext, order: CreatePart): Promise<Part> {
    const tags = this.#tagsOf(order);
    return this.#deps.client.ec2With(
      context,
      callOf('createPart', order.zone, true),
      (ec2, options) =>
        ec2.importKeyPair(
          {
            KeyName: uniqueName(order),
            PublicKeyMaterial: Buffer.from(order.publicKey ?? ''),
            TagSpecifications: [{ ResourceType: 'key-pair', Tags: tags }],
          },
          options,
        ),
      ({ KeyName }) =>
        partOfKey({ ...(KeyName === undefined ? {} : { KeyName }), Tags: tags }, regionOf(order.zone)),
    );
  }

  /** What bears the name already: ours, of the same order, or a conflict. */
  async #sameAs(context: CallContext, order: CreatePart, duplicate: unknown): Promise<Part> {
    const [found] = await this.#named(context, order);
    if (!found || nameOf(found.tags) !== order.name) throw duplicate;
    return found.part;
  }

  async #named(context: CallContext, order: CreatePart) {
    const { client } = this.#deps;
    const region = regionOf(order.zone);
    const call = callOf('createPart', order.zone, false);
    const name = uniqueName(order);
    const told = (part: Part | undefined, tags: Tag[] | undefined) => (part ? [{ part, tags }] : []);
    if (order.kind === 'key') {
      const Filters = [{ Name: 'key-name', Values: [name] }];
      const { KeyPairs } = await client.ec2(context, call, (ec2, options) =>
        ec2.describeKeyPairs({ Filters }, options),
      );
      return (KeyPairs ?? []).flatMap((key) => told(partOfKey(key, region), key.Tags));
    }
    const Filters = [{ Name: 'group-name', Values: [name] }];
    const { SecurityGroups } = await client.ec2(context, call, (ec2, options) =>
      ec2.describeSecurityGroups({ Filters }, options),
    );
    return (SecurityGroups ?? []).flatMap((group) => told(partOfGroup(group, region, undefined), group.Tags));
  }

  async #findGroup(context: CallContext, operation: string, ref: ResourceRef): Promise<Part | undefined> {
    if (!isKnownForm('security_group', ref)) return undefined;
    const { client } = this.#deps;
    const group = await absent(
      client.ec2With(
        context,
        callOf(operation, ref.zone, false),
        (ec2, options) => ec2.describeSecurityGroups({ GroupIds: [ref.id] }, options),
        ({ SecurityGroups }) => SecurityGroups,
      ),
    );
    if (!group?.[0]) return undefined;
    const user = await userOfGroup(client, context, operation, ref);
    return partOfGroup(group[0], regionOf(ref.zone), user);
  }

  async #findKey(context: CallContext, operation: string, ref: ResourceRef): Promise<Part | undefined> {
    if (!isKnownForm('key', ref)) return undefined;
    const keys = await absent(
      this.#deps.client.ec2With(
        context,
        callOf(operation, ref.zone, false),
        (ec2, options) => ec2.describeKeyPairs({ KeyNames: [ref.id] }, options),
        ({ KeyPairs }) => KeyPairs,
      ),
    );
    return partOfKey(keys?.[0], regionOf(ref.zone));
  }

  /** Undefined: that of the region's default network. */
  async #vpcOf(context: CallContext, zone: string): Promise<string | undefined> {
    const { client, options } = this.#deps;
    const subnet = options.subnets.get(zone);
    if (subnet === undefined) return undefined;
    const operation = 'createPart';
    const subnets = await client.ec2With(
      context,
      callOf(operation, zone, false),
      (ec2, send) => ec2.describeSubnets({ SubnetIds: [subnet] }, send),
      ({ Subnets }) => Subnets,
    );
    const vpc = subnets[0]?.VpcId;
    if (vpc !== undefined) return vpc;
    throw refusal({ provider: client.provider, operation }, 'invalid', `there is no subnet ${subnet}`);
  }

  #tagsOf(order: CreatePart): Tag[] {
    return awsTags(order.owner, order.zone, order.name, this.#deps.clock.now());
  }

  #unsupported(operation: string, kind: PartKind) {
    const { provider } = this.#deps.client;
    return refusal(
      { provider, operation },
      'unsupported',
      `a machine at AWS comes with its ${kind}, which is not made before it`,
    );
  }
}

/**
 * Lets workers be reached; may be done any number of times. With EFA the machines of a group may say anything to each
 * other, which EFA demands.
 */
export async function allowWorkers(
  client: AwsClient,
  context: CallContext,
  group: ResourceRef,
  options: AwsOptions,
): Promise<void> {
  const isV6 = (source: string) => source.includes(':');
  const ranges = (wanted: (source: string) => boolean) => options.inboundFrom.filter(wanted);
  const rules = WORKER_PORTS.flatMap((port) =>
    options.inboundFrom.length === 0
      ? []
      : [
          {
            ...{ IpProtocol: 'tcp', FromPort: port, ToPort: port },
            IpRanges: ranges((source) => !isV6(source)).map((CidrIp) => ({ CidrIp })),
            Ipv6Ranges: ranges(isV6).map((CidrIpv6) => ({ CidrIpv6 })),
          },
        ],
  );
  const among = options.wantsEfa ? [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group.id }] }] : [];
  try {
    // Its effect is the same however often it happens, so the machine's order does not become doubtful by it.
    await client.ec2(context, callOf('createServer', group.zone, false), (ec2, send) =>
      ec2.authorizeSecurityGroupIngress({ GroupId: group.id, IpPermissions: [...rules, ...among] }, send),
    );
  } catch (error) {
    if (!hasCode(error, 'InvalidPermission.Duplicate')) throw error;
  }
}

/** A machine that has it and is not over yet. */
async function userOfGroup(
  client: AwsClient,
  context: CallContext,
  operation: string,
  ref: ResourceRef,
): Promise<string | undefined> {
  const Filters = [{ Name: 'network-interface.group-id', Values: [ref.id] }];
  const reservations = await client.list(
    context,
    operation,
    regionOf(ref.zone),
    async (ec2, token, options) => {
      const answer = await ec2.describeInstances({ Filters, MaxResults: 100, ...token }, options);
      return { rows: answer.Reservations, next: answer.NextToken };
    },
  );
  return reservations
    .flatMap(({ Instances }) => Instances ?? [])
    .find(({ State }) => State?.Name !== 'terminated')?.InstanceId;
}

function callOf(operation: string, zone: string, isMutation: boolean): ClientCall {
  return { operation, region: regionOf(zone), isMutation };
}

function uniqueName(order: CreatePart): string {
  return `inv-${order.owner.attempt}`;
}
