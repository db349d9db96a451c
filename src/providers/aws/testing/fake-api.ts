import type * as Ec2 from '@aws-sdk/client-ec2';
import { FAKE_IMAGES, FAKE_TYPES } from './fake-catalogue.ts';
import type { FakeRequest } from './fake-faults.ts';
import { groupView, instanceView, keyView, volumeView } from './fake-views.ts';
import { type FakeGroup, type FakeKey, type FakeWorld, type Made, tagMap, tagsFor } from './fake-world.ts';
import { Refused } from './refused.ts';

/** EC2's actions over the pretended world. What they take and give has the types of AWS's own SDK. */
interface Call {
  readonly world: FakeWorld;
  readonly region: string;
}
type Handler = (call: Call, input: never) => object;

const HANDLERS: Readonly<Record<string, Handler>> = {
  RunInstances: runInstances,
  DescribeInstances: describeInstances,
  StartInstances: (call: Call, input: Ec2.StartInstancesRequest) =>
    onEach(call, input, (instance) => call.world.start(instance)),
  RebootInstances: (call: Call, input: Ec2.RebootInstancesRequest) =>
    onEach(call, input, (instance) => call.world.reboot(instance)),
  TerminateInstances: (call: Call, input: Ec2.TerminateInstancesRequest) =>
    onEach(call, input, (instance) => call.world.terminate(instance)),
  ModifyInstanceAttribute: modifyInstance,
  DescribeVolumes: describeVolumes,
  DeleteVolume: deleteVolume,
  CreateSecurityGroup: createGroup,
  AuthorizeSecurityGroupIngress: authorize,
  DescribeSecurityGroups: describeGroups,
  DeleteSecurityGroup: deleteGroup,
  ImportKeyPair: importKey,
  DescribeKeyPairs: describeKeys,
  DeleteKeyPair: deleteKey,
  CreateTags: createTags,
  DescribeImages: describeImages,
  DescribeInstanceTypes: describeTypes,
  DescribeInstanceTypeOfferings: describeOfferings,
  DescribeSubnets: describeSubnets,
};

export function answerOf(world: FakeWorld, { region, action, input }: FakeRequest): object {
  world.settle();
  const handler = HANDLERS[action];
  if (!handler) throw new Refused('InvalidAction', `The action ${action} is not pretended`);
  return handler({ world, region }, input as never);
}

function runInstances({ world, region }: Call, input: Ec2.RunInstancesRequest): Ec2.Reservation {
  const instance = world.run(region, input);
  return { ReservationId: instance.id.replace('i-', 'r-'), Instances: [instanceView(world, instance)] };
}

function describeInstances(
  { world, region }: Call,
  input: Ec2.DescribeInstancesRequest,
): Ec2.DescribeInstancesResult {
  const rows = world.seen(world.instances, region);
  const asked = named(rows, input.InstanceIds, 'i', 'InvalidInstanceID');
  const found = filtered(asked, input.Filters, {
    'instance-id': ({ id }) => [id],
    'instance-state-name': ({ state }) => [state],
    'client-token': ({ order }) => [order.ClientToken ?? ''],
    'network-interface.group-id': ({ groups, state }) => (state === 'terminated' ? [] : groups),
  });
  if (input.InstanceIds?.length && input.MaxResults !== undefined) {
    throw new Refused('InvalidParameterCombination', 'InstanceIds and MaxResults cannot be used together');
  }
  const { page, next } = paged(found, input);
  return {
    Reservations: page.map((instance) => ({
      ReservationId: instance.id.replace('i-', 'r-'),
      Instances: [instanceView(world, instance)],
    })),
    ...next,
  };
}

function onEach(
  { world, region }: Call,
  { InstanceIds }: { InstanceIds?: string[] | undefined },
  act: (instance: ReturnType<FakeWorld['run']>) => void,
): object {
  const rows = world.seen(world.instances, region);
  for (const instance of named(rows, InstanceIds, 'i', 'InvalidInstanceID')) act(instance);
  return {};
}

function modifyInstance({ world, region }: Call, input: Ec2.ModifyInstanceAttributeRequest): object {
  const rows = world.seen(world.instances, region);
  const [instance] = named(rows, [input.InstanceId ?? ''], 'i', 'InvalidInstanceID');
  if (!instance) return {};
  if (instance.state !== 'stopped')
    throw new Refused('IncorrectInstanceState', 'The instance is not stopped');
  instance.userData = Buffer.from(input.UserData?.Value ?? '').toString('base64');
  return {};
}

function describeVolumes(
  { world, region }: Call,
  input: Ec2.DescribeVolumesRequest,
): Ec2.DescribeVolumesResult {
  const asked = named(world.seen(world.volumes, region), input.VolumeIds, 'vol', 'InvalidVolume');
  const { page, next } = paged(filtered(asked, input.Filters, {}), input);
  return { Volumes: page.map(volumeView), ...next };
}

function deleteVolume({ world, region }: Call, input: Ec2.DeleteVolumeRequest): object {
  const rows = world.seen(world.volumes, region);
  const [volume] = named(rows, [input.VolumeId ?? ''], 'vol', 'InvalidVolume');
  if (!volume) return {};
  if (volume.instance) throw new Refused('VolumeInUse', `Volume ${volume.id} is attached`);
  world.end(() => world.volumes.delete(volume.id));
  return {};
}

function createGroup({ world, region }: Call, input: Ec2.CreateSecurityGroupRequest) {
  if (world.zonesOf(region).length === 0) throw Refused.value(region, 'Region');
  const name = input.GroupName ?? '';
  const isTaken = [...world.groups.values()].some((group) => group.region === region && group.name === name);
  if (isTaken) throw new Refused('InvalidGroup.Duplicate', `The security group '${name}' already exists`);
  const group: FakeGroup = {
    ...world.made('sg', region, tagsFor('security-group', input.TagSpecifications)),
    ...{ name, vpc: input.VpcId ?? 'vpc-0default', rules: new Set() },
  };
  world.groups.set(group.id, group);
  return { GroupId: group.id } satisfies Ec2.CreateSecurityGroupResult;
}

function authorize({ world, region }: Call, input: Ec2.AuthorizeSecurityGroupIngressRequest): object {
  const rows = world.seen(world.groups, region);
  const [group] = named(rows, [input.GroupId ?? ''], 'sg', 'InvalidGroup');
  const rules = (input.IpPermissions ?? []).flatMap((rule) => {
    const sources = [
      ...(rule.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
      ...(rule.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
      ...(rule.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
    ];
    return sources.map((source) => `${source} ${rule.IpProtocol} ${rule.FromPort ?? 'all'}`);
  });
  if (rules.some((rule) => group?.rules.has(rule))) {
    throw new Refused('InvalidPermission.Duplicate', 'the specified rule already exists');
  }
  for (const rule of rules) group?.rules.add(rule);
  return {};
}

function describeGroups({ world, region }: Call, input: Ec2.DescribeSecurityGroupsRequest) {
  const asked = named(world.seen(world.groups, region), input.GroupIds, 'sg', 'InvalidGroup');
  const found = filtered(asked, input.Filters, { 'group-name': ({ name }) => [name] });
  const { page, next } = paged(found, input);
  return { SecurityGroups: page.map(groupView), ...next } satisfies Ec2.DescribeSecurityGroupsResult;
}

function deleteGroup({ world, region }: Call, input: Ec2.DeleteSecurityGroupRequest): object {
  const rows = world.seen(world.groups, region);
  const [group] = named(rows, [input.GroupId ?? ''], 'sg', 'InvalidGroup');
  if (!group) return {};
  if (world.userOf(group)) throw new Refused('DependencyViolation', `${group.id} has a dependent object`);
  world.end(() => world.groups.delete(group.id));
  return {};
}

function importKey({ world, region }: Call, input: Ec2.ImportKeyPairRequest) {
  if (world.zonesOf(region).length === 0) throw Refused.value(region, 'Region');
  const name = input.KeyName ?? '';
  const isTaken = [...world.keys.values()].some((key) => key.region === region && key.name === name);
  if (isTaken) throw new Refused('InvalidKeyPair.Duplicate', `The keypair '${name}' already exists`);
  const material = Buffer.from(input.PublicKeyMaterial ?? '').toString();
  if (!material.startsWith('ssh-')) throw new Refused('InvalidKey.Format', 'Key is not in a valid format');
  const key: FakeKey = {
    ...world.made('key', region, tagsFor('key-pair', input.TagSpecifications)),
    ...{ name, material },
  };
  world.keys.set(key.id, key);
  return { KeyName: name, KeyPairId: key.id } satisfies Ec2.ImportKeyPairResult;
}

function describeKeys({ world, region }: Call, input: Ec2.DescribeKeyPairsRequest) {
  const rows = world.seen(world.keys, region);
  for (const name of input.KeyNames ?? []) {
    if (!rows.some((key) => key.name === name)) throw Refused.notFound('InvalidKeyPair.NotFound', name);
  }
  const asked = input.KeyNames?.length ? rows.filter(({ name }) => input.KeyNames?.includes(name)) : rows;
  const found = filtered(asked, input.Filters, { 'key-name': ({ name }) => [name] });
  return { KeyPairs: found.map(keyView) } satisfies Ec2.DescribeKeyPairsResult;
}

function deleteKey({ world, region }: Call, input: Ec2.DeleteKeyPairRequest): object {
  const key = world.seen(world.keys, region).find(({ name }) => name === input.KeyName);
  if (key) world.end(() => world.keys.delete(key.id));
  return {};
}

/** Also of a machine that is over, as long as it is shown. */
function createTags({ world, region }: Call, input: Ec2.CreateTagsRequest): object {
  const tags = tagMap(input.Tags ?? []);
  for (const id of input.Resources ?? []) {
    const all = [world.instances, world.volumes, world.groups, world.keys];
    const found = all.flatMap((things) => world.seen<Made>(things, region)).find((one) => one.id === id);
    if (!found) throw Refused.notFound('InvalidID', id);
    for (const [key, value] of tags) found.tags.set(key, value);
  }
  return {};
}

function describeImages(_call: Call, input: Ec2.DescribeImagesRequest): Ec2.DescribeImagesResult {
  for (const id of input.ImageIds ?? []) {
    if (!FAKE_IMAGES.some(({ ImageId }) => ImageId === id))
      throw Refused.notFound('InvalidAMIID.NotFound', id);
  }
  const asked = input.ImageIds?.length
    ? FAKE_IMAGES.filter(({ ImageId }) => input.ImageIds?.includes(ImageId ?? ''))
    : FAKE_IMAGES.filter(
        ({ ImageOwnerAlias, OwnerId }) => input.Owners?.includes(ImageOwnerAlias ?? OwnerId ?? '') ?? true,
      );
  return {
    Images: matching(asked, input.Filters, {
      name: ({ Name }) => [Name ?? ''],
      state: ({ State }) => [State ?? ''],
      architecture: ({ Architecture }) => [Architecture ?? ''],
      'root-device-type': ({ RootDeviceType }) => [RootDeviceType ?? ''],
    }),
  };
}

function describeTypes(
  _call: Call,
  input: Ec2.DescribeInstanceTypesRequest,
): Ec2.DescribeInstanceTypesResult {
  for (const type of input.InstanceTypes ?? []) {
    if (!FAKE_TYPES.some(({ InstanceType }) => InstanceType === type)) {
      const message = `The following supplied instance types do not exist: [${type}]`;
      throw new Refused('InvalidInstanceType', message);
    }
  }
  const asked = input.InstanceTypes?.length
    ? FAKE_TYPES.filter(({ InstanceType }) => input.InstanceTypes?.includes(InstanceType as never))
    : FAKE_TYPES;
  const found = matching(asked, input.Filters, {
    'instance-type': ({ InstanceType }) => [InstanceType ?? ''],
  });
  const { page, next } = paged(found, input);
  return { InstanceTypes: page, ...next };
}

/** Everything in every zone but the largest, which is in the first one only. */
function describeOfferings({ world, region }: Call, input: Ec2.DescribeInstanceTypeOfferingsRequest) {
  const rows = world.zonesOf(region).flatMap((Location, index) =>
    FAKE_TYPES.filter(({ InstanceType }) => index === 0 || InstanceType !== 'p5.48xlarge').map(
      ({ InstanceType }): Ec2.InstanceTypeOffering => ({
        ...(InstanceType ? { InstanceType } : {}),
        ...{ Location, LocationType: 'availability-zone' },
      }),
    ),
  );
  const found = matching(rows, input.Filters, {
    'instance-type': ({ InstanceType }) => [InstanceType ?? ''],
  });
  const { page, next } = paged(found, input);
  return { InstanceTypeOfferings: page, ...next };
}

function describeSubnets(_call: Call, input: Ec2.DescribeSubnetsRequest): Ec2.DescribeSubnetsResult {
  return {
    Subnets: (input.SubnetIds ?? []).map((SubnetId) => {
      if (SubnetId === 'subnet-00000000') throw Refused.notFound('InvalidSubnetID.NotFound', SubnetId);
      return { SubnetId, VpcId: `vpc-of-${SubnetId}` };
    }),
  };
}

/** Those with these ids; one that cannot be one is malformed, one that is not there is not found. */
function named<T extends Made>(
  rows: readonly T[],
  ids: readonly string[] | undefined,
  prefix: string,
  code: string,
): T[] {
  if (!ids || ids.length === 0) return [...rows];
  return ids.map((id) => {
    if (!new RegExp(`^${prefix}-[0-9a-f]{8,17}$`).test(id)) {
      throw new Refused(`${code}.Malformed`, `Invalid id: "${id}"`);
    }
    const row = rows.find((one) => one.id === id);
    if (!row) throw Refused.notFound(`${code}.NotFound`, id);
    return row;
  });
}

type Fields<T> = Readonly<Record<string, (row: T) => readonly string[]>>;

/** With filters of tags, which all things have. */
function filtered<T extends Made>(
  rows: readonly T[],
  filters: Ec2.Filter[] | undefined,
  fields: Fields<T>,
): T[] {
  const tags = (filters ?? []).flatMap(({ Name = '' }) =>
    Name.startsWith('tag:') ? [[Name, (row: T) => valuesOf(row, Name.slice(4))] as const] : [],
  );
  const known = { ...fields, 'tag-key': (row: T) => [...row.tags.keys()], ...Object.fromEntries(tags) };
  return matching(rows, filters, known);
}

function valuesOf({ tags }: Made, key: string): string[] {
  const value = tags.get(key);
  return value === undefined ? [] : [value];
}

function matching<T>(rows: readonly T[], filters: Ec2.Filter[] | undefined, fields: Fields<T>): T[] {
  const tests = (filters ?? []).map(({ Name = '', Values = [] }) => {
    const read = fields[Name];
    if (!read) throw new Refused('InvalidParameterValue', `The filter '${Name}' is invalid`);
    const forms = Values.map((value) => new RegExp(`^${escapedForm(value)}$`));
    return (row: T) => read(row).some((told) => forms.some((form) => form.test(told)));
  });
  return rows.filter((row) => tests.every((test) => test(row)));
}

/** A star and a question mark stand for anything. */
function escapedForm(value: string): string {
  return value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
}

function paged<T>(
  rows: readonly T[],
  { MaxResults, NextToken }: { MaxResults?: number | undefined; NextToken?: string | undefined },
): { page: T[]; next: { NextToken?: string } } {
  if (MaxResults !== undefined && (MaxResults < 5 || MaxResults > 1_000)) {
    throw Refused.value(MaxResults, 'maxResults');
  }
  const start = NextToken === undefined ? 0 : Number(Buffer.from(NextToken, 'base64url').toString());
  if (!Number.isSafeInteger(start)) throw new Refused('InvalidNextToken', 'The token is invalid');
  const end = start + (MaxResults ?? 1_000);
  const next = end < rows.length ? { NextToken: Buffer.from(String(end)).toString('base64url') } : {};
  return { page: rows.slice(start, end), next };
}
