/** What the provider in memory keeps of each resource, and how it tells of it. For unit tests only. */
import type {
  CreatePart,
  CreateServer,
  Part,
  PartKind,
  ResourceKind,
  Server,
  ServerState,
  Volume,
} from '#providers/provider.ts';

export interface FakeServer {
  readonly id: string;
  readonly order: CreateServer;
  readonly createdAtMs: number;
  readonly volumeId: string;
  /** What it would tell: not always what was ordered. */
  readonly type: string;
  /** What it runs at its next boot, and what it ran at the last one that was ordered. */
  userData: string;
  bootedUserData: string | undefined;
  /** Where it is to be had, when that has changed. */
  address?: string;
  state: ServerState;
  goneAtMs: number | undefined;
  visibleFromMs: number;
  neverRanFor?: Server['neverRanFor'];
}

export interface FakeVolume {
  readonly id: string;
  readonly zone: string;
  readonly serverId: string;
  readonly createdAtMs: number;
  state: 'attached' | 'available' | 'gone';
  goneAtMs: number | undefined;
}

export interface FakePart {
  readonly id: string;
  readonly kind: PartKind;
  readonly order: CreatePart;
  readonly createdAtMs: number;
  visibleFromMs: number;
  goneAtMs: number | undefined;
}

/** Anything that was billed, and when. */
export interface BillLine {
  readonly instance: string;
  readonly kind: ResourceKind;
  readonly ref: string;
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

const VOLUME_NANOS = 11_800_000;
export const ADDRESS_NANOS = 4_000_000;

export function viewServer(server: FakeServer): Server {
  return {
    ref: { id: server.id, zone: server.order.zone },
    state: server.state,
    rawState: server.state,
    type: server.type,
    owner: server.order.owner,
    address: server.state === 'running' ? (server.address ?? '127.0.0.1') : undefined,
    volumes: [
      { id: server.volumeId, zone: server.order.zone },
      ...server.order.parts.flatMap((part) => (part.kind === 'volume' ? [part.ref] : [])),
    ],
    billedFromMs: server.createdAtMs,
    billedToMs: server.goneAtMs,
    createdAtMs: server.createdAtMs,
    neverRanFor: server.neverRanFor,
  };
}

export function viewVolume(volume: FakeVolume): Volume {
  return {
    ref: { id: volume.id, zone: volume.zone },
    kind: 'block',
    sizeBytes: 100e9,
    isBoot: true,
    state: volume.state,
    owner: undefined,
    attachedTo: volume.state === 'attached' ? volume.serverId : undefined,
    billedFromMs: volume.createdAtMs,
    billedToMs: volume.goneAtMs,
    nanosPerHour: VOLUME_NANOS,
  };
}

export function viewPart(part: FakePart, user: FakeServer | undefined): Part {
  return {
    kind: part.kind,
    ref: { id: part.id, zone: part.order.zone },
    state: part.goneAtMs === undefined ? 'present' : 'gone',
    owner: part.order.owner,
    attachedTo: user?.id,
    address: part.kind === 'address' ? '127.0.0.1' : undefined,
    sizeBytes: part.order.sizeBytes,
    createdAtMs: part.createdAtMs,
    billedFromMs: part.createdAtMs,
    billedToMs: part.goneAtMs,
    nanosPerHour: {
      volume: VOLUME_NANOS,
      address: ADDRESS_NANOS,
      key: undefined,
      security_group: undefined,
    }[part.kind],
  };
}

export function viewDataVolume(part: FakePart, user: FakeServer | undefined): Volume {
  const { ref, owner, attachedTo, sizeBytes, billedFromMs, billedToMs } = viewPart(part, user);
  return {
    ref,
    kind: 'block',
    sizeBytes: sizeBytes ?? 0,
    isBoot: false,
    state: billedToMs === undefined ? (attachedTo ? 'attached' : 'available') : 'gone',
    owner,
    attachedTo,
    billedFromMs,
    billedToMs,
    nanosPerHour: VOLUME_NANOS,
  };
}
