import type { Instance, KeyPairInfo, SecurityGroup, Tag, Volume as VolumeAnswer } from '@aws-sdk/client-ec2';
import type {
  OwnedResource,
  Ownership,
  Part,
  PartKind,
  Server,
  ServerState,
  Volume,
} from '#providers/provider.ts';
import { ownerOf, tagsOf, tagValue } from '#providers/tags.ts';

/**
 * AWS's answers in our words. What a wrong guess would cost money for is demanded: an answer without an id or a state
 * is undefined here, and an error for whoever asked. States that are new to us become `unknown`.
 */
const SERVER_STATES: Readonly<Record<string, ServerState>> = {
  pending: 'starting',
  running: 'running',
  stopping: 'stopping',
  stopped: 'stopped',
  'shutting-down': 'stopping',
  terminated: 'gone',
};

/** Why EC2 ended a machine that it had taken the order for, before it ever ran; the other reasons are ours. */
const NEVER_RAN: Readonly<Record<string, Server['neverRanFor']>> = {
  'Server.InsufficientInstanceCapacity': 'stock_out',
  // Of the launch: another host may do it.
  'Server.InternalError': 'stock_out',
  'Client.VolumeLimitExceeded': 'quota',
};

const MADE_TAG = 'inv_made';
const ZONE_TAG = 'inv_zone';
export const GIB = 2 ** 30;

/** Tags are pairs at AWS; the words in them are the same everywhere. */
export function awsTags(owner: Ownership, zone: string, name: string, madeAtMs?: number): Tag[] {
  const words = [...tagsOf(owner), `${ZONE_TAG}=${zone}`];
  if (madeAtMs !== undefined) words.push(`${MADE_TAG}=${madeAtMs}`);
  const pairs = words.map((word) => {
    const end = word.indexOf('=');
    return { Key: word.slice(0, end), Value: word.slice(end + 1) };
  });
  return [...pairs, { Key: 'Name', Value: name }];
}

export function wordsOf(tags: readonly Tag[] | undefined): string[] {
  return (tags ?? []).map(({ Key, Value }) => `${Key ?? ''}=${Value ?? ''}`);
}

export function nameOf(tags: readonly Tag[] | undefined): string | undefined {
  return tagValue(wordsOf(tags), 'Name');
}

/** What it was ordered in; where nothing says so, where it is. */
export function zoneOf(tags: readonly Tag[] | undefined, where: string | undefined): string {
  return tagValue(wordsOf(tags), ZONE_TAG) ?? where ?? '';
}

export function serverOf(answer: Instance | undefined): Server | undefined {
  const raw = answer?.State?.Name;
  if (!answer?.InstanceId || !raw) return undefined;
  const state = SERVER_STATES[raw] ?? 'unknown';
  const zone = zoneOf(answer.Tags, answer.Placement?.AvailabilityZone);
  const beganAtMs = launchedAtMs(answer);
  const why = answer.StateReason?.Code;
  const neverRanFor = state === 'gone' ? NEVER_RAN[why ?? ''] : undefined;
  return {
    ref: { id: answer.InstanceId, zone },
    state,
    rawState: why && state !== 'running' ? `${raw} (${why})` : raw,
    type: answer.InstanceType ?? '',
    owner: ownerOf(wordsOf(answer.Tags)),
    address: state === 'running' ? answer.PublicIpAddress : undefined,
    volumes: (answer.BlockDeviceMappings ?? []).flatMap(({ Ebs }) =>
      Ebs?.VolumeId ? [{ id: Ebs.VolumeId, zone }] : [],
    ),
    billedFromMs: beganAtMs,
    // A machine that is pending is not billed.
    billedToMs: neverRanFor && beganAtMs ? beganAtMs : state === 'gone' ? endedAtMs(answer) : undefined,
    createdAtMs: beganAtMs ?? 0,
    ...(neverRanFor ? { neverRanFor } : {}),
  };
}

/** The launch time is that of the last start; its first network interface has been there since the first one. */
function launchedAtMs(answer: Instance): number | undefined {
  const times = (answer.NetworkInterfaces ?? []).map(({ Attachment }) => Attachment?.AttachTime);
  const known = [answer.LaunchTime, ...times].flatMap((time) => (time ? [time.getTime()] : []));
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Told in words only: `User initiated (2026-11-21 10:00:00 GMT)`. */
function endedAtMs({ StateTransitionReason }: Instance): number | undefined {
  const [, day, time] = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) GMT\)/.exec(StateTransitionReason ?? '') ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}

export function volumeOf(answer: VolumeAnswer | undefined): Volume | undefined {
  if (!answer?.VolumeId || !answer.State || answer.Size === undefined) return undefined;
  const attachedTo = answer.Attachments?.find((one) => one.InstanceId)?.InstanceId;
  return {
    ref: { id: answer.VolumeId, zone: zoneOf(answer.Tags, answer.AvailabilityZone) },
    kind: answer.VolumeType ?? 'block',
    sizeBytes: answer.Size * GIB,
    // Made from the image of the operating system; our own volumes are made empty.
    isBoot: Boolean(answer.SnapshotId),
    state: volumeStateOf(answer.State, attachedTo),
    owner: ownerOf(wordsOf(answer.Tags)),
    attachedTo,
    billedFromMs: answer.CreateTime?.getTime(),
    billedToMs: undefined,
    nanosPerHour: undefined,
  };
}

function volumeStateOf(state: string, attachedTo: string | undefined): Volume['state'] {
  if (state === 'deleted') return 'gone';
  if (attachedTo !== undefined || state === 'in-use') return 'attached';
  return state === 'available' ? 'available' : 'unknown';
}

export function partOfGroup(
  answer: SecurityGroup | undefined,
  region: string,
  user: string | undefined,
): Part | undefined {
  return answer?.GroupId ? partOf('security_group', answer.GroupId, answer.Tags, region, user) : undefined;
}

/** Known by its name: that is what machines are ordered with. */
export function partOfKey(answer: KeyPairInfo | undefined, region: string): Part | undefined {
  return answer?.KeyName ? partOf('key', answer.KeyName, answer.Tags, region, undefined) : undefined;
}

/** Both cost nothing and tell no time of their own, so a tag of ours does. */
function partOf(
  kind: PartKind,
  id: string,
  tags: readonly Tag[] | undefined,
  region: string,
  attachedTo: string | undefined,
): Part {
  return {
    kind,
    ref: { id, zone: zoneOf(tags, region) },
    state: 'present',
    owner: ownerOf(wordsOf(tags)),
    attachedTo,
    address: undefined,
    sizeBytes: undefined,
    createdAtMs: madeAtOf(tags),
    billedFromMs: undefined,
    billedToMs: undefined,
    nanosPerHour: undefined,
  };
}

function madeAtOf(tags: readonly Tag[] | undefined): number {
  const word = tagValue(wordsOf(tags), MADE_TAG) ?? '';
  return /^\d{1,15}$/.test(word) ? Number(word) : 0;
}

export function ownedOf(resource: Part | Server | Volume, kind: OwnedResource['kind']): OwnedResource {
  const createdAtMs = 'createdAtMs' in resource ? resource.createdAtMs : (resource.billedFromMs ?? 0);
  const attachedTo = 'attachedTo' in resource ? resource.attachedTo : undefined;
  return { kind, ref: resource.ref, owner: resource.owner, attachedTo, createdAtMs };
}
