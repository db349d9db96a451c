/**
 * How one provider differs from another beyond its capabilities: what the calls of each adapter do, and what each
 * company does by itself. The seed chooses one for each cloud. `mock` has none of these ways, and any capabilities.
 */
import type { Capabilities, PartKind } from '#providers/provider.ts';
import type { SeededRandom } from './random.ts';

export const MANNERS = ['mock', 'scaleway', 'aws'] as const;
export type MannerName = (typeof MANNERS)[number];

export interface Manner {
  readonly name: MannerName;
  readonly capabilities: Capabilities;
  /** A create carries no user data and its root no tags: both come with `prepareServer`, tags also with a delete. */
  readonly makesBareServers: boolean;
  /** A new server starts without being told to. */
  readonly startsByItself: boolean;
  /** An order to delete is a conflict while the server starts. */
  readonly keepsWhatStarts: boolean;
  /** What is young may be found by one read and not by the next. */
  readonly flickers: boolean;
  /** Being throttled is of the whole account, for a while. */
  readonly throttlesAll: boolean;
  /** Room may turn out to be missing when the order was taken: the server is ended before it ever ran. */
  readonly endsUnstarted: boolean;
  /** New things are invisible for so long at most. */
  readonly lagMsMax: number;
  /** Deleted servers can be read for so long. */
  readonly serverTombstoneMs: number;
  /** The same for everything else. */
  readonly partTombstoneMs: number;
}

/** What is made beside each server, from nothing to everything. */
const PARTS: readonly (readonly PartKind[])[] = [
  [],
  ['security_group', 'address'],
  ['volume', 'address', 'key', 'security_group'],
];
const TOMBSTONE_MS = 3 * 3_600_000;
const USER_DATA_BYTES = 65_536;

export function chooseManner(random: SeededRandom): MannerName {
  return random.pick(['mock', 'mock', 'scaleway', 'aws']);
}

export function mannerOf(name: MannerName, random: SeededRandom): Manner {
  return { mock: mockManner, scaleway: scalewayManner, aws: awsManner }[name](random);
}

function mockManner(random: SeededRandom): Manner {
  const capabilities: Capabilities = {
    idempotentCreate: random.chance(0.5) ? 'token' : 'tag',
    visibilityWindowMs: random.pick([60_000, 120_000, 180_000]),
    tombstones: random.chance(0.75),
    volumesOutliveServer: random.chance(0.7),
    parts: random.pick(PARTS),
    userDataAtEachBoot: random.chance(0.5),
    maxUserDataBytes: USER_DATA_BYTES,
  };
  const tombstoneMs = capabilities.tombstones ? TOMBSTONE_MS : 0;
  return {
    name: 'mock',
    capabilities,
    makesBareServers: false,
    startsByItself: false,
    keepsWhatStarts: false,
    flickers: false,
    throttlesAll: false,
    endsUnstarted: false,
    lagMsMax: capabilities.visibilityWindowMs,
    serverTombstoneMs: tombstoneMs,
    partTombstoneMs: tombstoneMs,
  };
}

/** See `src/providers/scaleway/`. */
function scalewayManner(random: SeededRandom): Manner {
  const hasDataVolume = random.chance(0.5);
  return {
    name: 'scaleway',
    capabilities: {
      idempotentCreate: 'tag',
      visibilityWindowMs: 60_000,
      tombstones: false,
      volumesOutliveServer: true,
      parts: hasDataVolume ? ['security_group', 'address', 'volume'] : ['security_group', 'address'],
      userDataAtEachBoot: true,
      maxUserDataBytes: USER_DATA_BYTES,
    },
    makesBareServers: true,
    startsByItself: false,
    keepsWhatStarts: true,
    flickers: false,
    throttlesAll: false,
    endsUnstarted: false,
    lagMsMax: 60_000,
    serverTombstoneMs: 0,
    partTombstoneMs: 0,
  };
}

/** See `src/providers/aws/`. */
function awsManner(): Manner {
  return {
    name: 'aws',
    capabilities: {
      idempotentCreate: 'token',
      visibilityWindowMs: 300_000,
      tombstones: true,
      volumesOutliveServer: false,
      parts: ['key', 'security_group'],
      userDataAtEachBoot: false,
      maxUserDataBytes: USER_DATA_BYTES,
    },
    makesBareServers: false,
    startsByItself: true,
    keepsWhatStarts: false,
    flickers: true,
    throttlesAll: true,
    endsUnstarted: true,
    lagMsMax: 30_000,
    serverTombstoneMs: 3_600_000,
    partTombstoneMs: 0,
  };
}
