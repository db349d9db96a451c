import type * as Ec2 from '@aws-sdk/client-ec2';
import type { FakeGroup, FakeInstance, FakeKey, FakeVolume, FakeWorld, State } from './fake-world.ts';

/** Things of the pretended world as EC2 tells of them. */
const CODES: Readonly<Record<State, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function instanceView(world: FakeWorld, instance: FakeInstance): Ec2.Instance {
  const { id, state, order, zone, groups } = instance;
  const launched = seconds(instance.atMs);
  const isOver = state === 'terminated';
  return {
    InstanceId: id,
    ...(order.InstanceType ? { InstanceType: order.InstanceType } : {}),
    ...(order.ImageId ? { ImageId: order.ImageId } : {}),
    ...(order.ClientToken ? { ClientToken: order.ClientToken } : {}),
    State: { Code: CODES[state], Name: state },
    StateTransitionReason: instance.transition,
    ...(instance.why ? { StateReason: { Code: instance.why, Message: instance.why } } : {}),
    Placement: { AvailabilityZone: zone },
    LaunchTime: launched,
    ...(instance.address ? { PublicIpAddress: instance.address } : {}),
    Tags: tagsOf(instance.tags),
    SecurityGroups: isOver ? [] : groups.map((GroupId) => ({ GroupId })),
    NetworkInterfaces: isOver ? [] : [{ Attachment: { DeviceIndex: 0, AttachTime: launched } }],
    BlockDeviceMappings: world.volumesOf(instance).map((volume) => ({
      DeviceName: volume.device,
      Ebs: { VolumeId: volume.id, DeleteOnTermination: volume.diesWithInstance, Status: 'attached' },
    })),
  };
}

export function volumeView(volume: FakeVolume): Ec2.Volume {
  return {
    VolumeId: volume.id,
    Size: volume.sizeGib,
    VolumeType: volume.type as never,
    AvailabilityZone: volume.zone,
    State: volume.instance ? 'in-use' : 'available',
    CreateTime: new Date(volume.atMs),
    ...(volume.snapshot ? { SnapshotId: volume.snapshot } : {}),
    Tags: tagsOf(volume.tags),
    Attachments: volume.instance
      ? [{ InstanceId: volume.instance, Device: volume.device, State: 'attached' }]
      : [],
  };
}

export function groupView({ id, name, vpc, tags }: FakeGroup): Ec2.SecurityGroup {
  return { GroupId: id, GroupName: name, VpcId: vpc, Tags: tagsOf(tags) };
}

export function keyView({ id, name, tags }: FakeKey): Ec2.KeyPairInfo {
  return { KeyPairId: id, KeyName: name, KeyType: 'ed25519', Tags: tagsOf(tags) };
}

function tagsOf(tags: ReadonlyMap<string, string>): Ec2.Tag[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** EC2 tells launches in whole seconds. */
function seconds(atMs: number): Date {
  return new Date(Math.floor(atMs / 1_000) * 1_000);
}
