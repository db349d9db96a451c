import type { EC2 } from '@aws-sdk/client-ec2';
import type { Right } from '#providers/inspection.ts';

/**
 * Every action that this adapter calls, with the right of ours that it belongs to. Each of EC2's is tried dry: AWS
 * says whether it would be allowed, and does nothing. The policy in the guide names exactly these.
 */
export interface Action {
  readonly right: Right;
  readonly name: string;
  /** Undefined: it is called for real, because it only reads and knows no dry run. */
  readonly dry?: (ec2: EC2, options: { abortSignal: AbortSignal }) => Promise<unknown>;
}

const DryRun = true;
const InstanceIds = ['i-00000000000000000'];
const Resources = InstanceIds;
const GroupId = 'sg-00000000000000000';
const group = { IpProtocol: 'tcp', FromPort: 8000, ToPort: 8000, IpRanges: [{ CidrIp: '127.0.0.1/32' }] };
const name = 'inv-dry-run';
/** Of no use to anybody: nobody has its other half. */
const PublicKeyMaterial = Buffer.from(`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)} ${name}`);

export const ACTIONS: readonly Action[] = [
  action('catalogue.read', 'ec2:DescribeInstanceTypes', (ec2, o) => ec2.describeInstanceTypes({ DryRun }, o)),
  action('catalogue.read', 'ec2:DescribeInstanceTypeOfferings', (ec2, o) =>
    ec2.describeInstanceTypeOfferings({ DryRun }, o),
  ),
  action('catalogue.read', 'pricing:GetProducts'),
  action('images.read', 'ec2:DescribeImages', (ec2, o) =>
    ec2.describeImages({ DryRun, Owners: ['self'] }, o),
  ),
  action('servers.read', 'ec2:DescribeInstances', (ec2, o) => ec2.describeInstances({ DryRun }, o)),
  action('servers.write', 'ec2:RunInstances', (ec2, o) =>
    ec2.runInstances(
      { DryRun, MinCount: 1, MaxCount: 1, ImageId: 'ami-00000000000000000', InstanceType: 'g6.xlarge' },
      o,
    ),
  ),
  action('servers.write', 'ec2:StartInstances', (ec2, o) => ec2.startInstances({ DryRun, InstanceIds }, o)),
  action('servers.write', 'ec2:RebootInstances', (ec2, o) => ec2.rebootInstances({ DryRun, InstanceIds }, o)),
  action('servers.write', 'ec2:TerminateInstances', (ec2, o) =>
    ec2.terminateInstances({ DryRun, InstanceIds }, o),
  ),
  action('servers.write', 'ec2:ModifyInstanceAttribute', (ec2, o) =>
    ec2.modifyInstanceAttribute(
      { DryRun, InstanceId: InstanceIds[0], InstanceInitiatedShutdownBehavior: { Value: 'terminate' } },
      o,
    ),
  ),
  action('servers.write', 'ec2:CreateTags', (ec2, o) =>
    ec2.createTags({ DryRun, Resources, Tags: [{ Key: 'inv_expires', Value: '0' }] }, o),
  ),
  action('volumes.read', 'ec2:DescribeVolumes', (ec2, o) => ec2.describeVolumes({ DryRun }, o)),
  action('volumes.write', 'ec2:DeleteVolume', (ec2, o) =>
    ec2.deleteVolume({ DryRun, VolumeId: 'vol-00000000000000000' }, o),
  ),
  action('security_groups.read', 'ec2:DescribeSecurityGroups', (ec2, o) =>
    ec2.describeSecurityGroups({ DryRun }, o),
  ),
  action('security_groups.read', 'ec2:DescribeSubnets', (ec2, o) => ec2.describeSubnets({ DryRun }, o)),
  action('security_groups.write', 'ec2:CreateSecurityGroup', (ec2, o) =>
    ec2.createSecurityGroup({ DryRun, GroupName: name, Description: name }, o),
  ),
  action('security_groups.write', 'ec2:AuthorizeSecurityGroupIngress', (ec2, o) =>
    ec2.authorizeSecurityGroupIngress({ DryRun, GroupId, IpPermissions: [group] }, o),
  ),
  action('security_groups.write', 'ec2:DeleteSecurityGroup', (ec2, o) =>
    ec2.deleteSecurityGroup({ DryRun, GroupId }, o),
  ),
  action('keys.read', 'ec2:DescribeKeyPairs', (ec2, o) => ec2.describeKeyPairs({ DryRun }, o)),
  action('keys.write', 'ec2:ImportKeyPair', (ec2, o) =>
    ec2.importKeyPair({ DryRun, KeyName: name, PublicKeyMaterial }, o),
  ),
  action('keys.write', 'ec2:DeleteKeyPair', (ec2, o) => ec2.deleteKeyPair({ DryRun, KeyName: name }, o)),
];

function action(right: Right, called: string, dry?: Action['dry']): Action {
  return { right, name: called, ...(dry ? { dry } : {}) };
}
