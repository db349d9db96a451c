import * as z from 'zod';
import type {
  OwnedResource,
  Part,
  PartKind,
  ProviderOffer,
  ResourceKind,
  ResourceRef,
  Server,
  ServerState,
  Volume,
} from '#providers/provider.ts';
import { ownerOf } from '#providers/tags.ts';

/**
 * The cloud's answers, read with as few demands as possible: unknown fields are ignored, unknown states become
 * `unknown`. What is demanded is what a wrong guess would cost money for: ids, and the times of billing.
 */
const time = z.number().nullish();

export const serverSchema = z.object({
  id: z.string().min(1),
  zone: z.string().min(1),
  type: z.string(),
  state: z.string(),
  state_detail: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  address: z.string().nullish(),
  volumes: z.array(z.object({ id: z.string().min(1), zone: z.string().nullish() })).nullish(),
  created_at_ms: z.number(),
  billed_from_ms: time,
  billed_to_ms: time,
});

export const volumeSchema = z.object({
  id: z.string().min(1),
  zone: z.string().min(1),
  kind: z.string().nullish(),
  size_bytes: z.number(),
  boot: z.boolean().nullish(),
  state: z.string(),
  tags: z.array(z.string()).nullish(),
  attached_to: z.string().nullish(),
  created_at_ms: z.number(),
  billed_from_ms: time,
  billed_to_ms: time,
  nanos_per_hour: z.number().nullish(),
});

/** Whatever stands beside servers; a group may be used by several. */
export const partSchema = z.object({
  id: z.string().min(1),
  zone: z.string().min(1),
  state: z.string(),
  tags: z.array(z.string()).nullish(),
  address: z.string().nullish(),
  size_bytes: z.number().nullish(),
  attached_to: z.union([z.string(), z.array(z.string())]).nullish(),
  created_at_ms: z.number(),
  billed_from_ms: time,
  billed_to_ms: time,
  nanos_per_hour: z.number().nullish(),
});

export const offerSchema = z.object({
  zone: z.string(),
  type: z.string(),
  gpu_count: z.number(),
  gpu_kind: z.string(),
  vram_bytes_per_gpu: z.number(),
  vcpus: z.number(),
  memory_bytes: z.number(),
  nanos_per_hour: z.number().nullish(),
  currency: z.string().nullish(),
  as_of: z.string().nullish(),
  availability: z.string().nullish(),
});

/** Of anything that carries tags. */
export const taggedSchema = z.object({ tags: z.array(z.string()).nullish() });

/** Of each kind: where it is in the API, and the field that holds one of them. */
export const COLLECTIONS = {
  server: { path: 'servers', field: 'server' },
  volume: { path: 'volumes', field: 'volume' },
  address: { path: 'addresses', field: 'address' },
  key: { path: 'keys', field: 'key' },
  security_group: { path: 'security_groups', field: 'security_group' },
} as const satisfies Record<ResourceKind, { path: string; field: string }>;

/** What is being deleted is still there, and may still be billed. */
const PART_STATES: Readonly<Record<string, Part['state']>> = {
  present: 'present',
  available: 'present',
  attached: 'present',
  deleting: 'present',
  gone: 'gone',
};

const SERVER_STATES: readonly ServerState[] = ['stopped', 'starting', 'running', 'stopping', 'gone', 'error'];
const VOLUME_STATES = ['available', 'attached', 'gone'] as const;
const AVAILABILITIES = ['available', 'scarce', 'shortage'] as const;

export function serverOf(answer: z.infer<typeof serverSchema>): Server {
  return {
    ref: { id: answer.id, zone: answer.zone },
    state: oneOf(SERVER_STATES, answer.state) ?? 'unknown',
    rawState: answer.state_detail ? `${answer.state} (${answer.state_detail})` : answer.state,
    type: answer.type,
    owner: ownerOf(answer.tags ?? []),
    address: answer.address ?? undefined,
    volumes: (answer.volumes ?? []).map((volume) => ({ id: volume.id, zone: volume.zone ?? answer.zone })),
    billedFromMs: answer.billed_from_ms ?? undefined,
    billedToMs: answer.billed_to_ms ?? undefined,
    createdAtMs: answer.created_at_ms,
  };
}

export function volumeOf(answer: z.infer<typeof volumeSchema>): Volume {
  return {
    ref: { id: answer.id, zone: answer.zone },
    kind: answer.kind ?? 'unknown',
    sizeBytes: answer.size_bytes,
    isBoot: answer.boot ?? false,
    state: oneOf(VOLUME_STATES, answer.state) ?? 'unknown',
    owner: ownerOf(answer.tags ?? []),
    attachedTo: answer.attached_to ?? undefined,
    billedFromMs: answer.billed_from_ms ?? undefined,
    billedToMs: answer.billed_to_ms ?? undefined,
    nanosPerHour: answer.nanos_per_hour ?? undefined,
  };
}

export function partOf(kind: PartKind, answer: z.infer<typeof partSchema>): Part {
  return {
    kind,
    ref: { id: answer.id, zone: answer.zone },
    state: PART_STATES[answer.state] ?? 'unknown',
    owner: ownerOf(answer.tags ?? []),
    attachedTo: [answer.attached_to ?? []].flat()[0],
    address: answer.address ?? undefined,
    sizeBytes: answer.size_bytes ?? undefined,
    createdAtMs: answer.created_at_ms,
    billedFromMs: answer.billed_from_ms ?? undefined,
    billedToMs: answer.billed_to_ms ?? undefined,
    nanosPerHour: answer.nanos_per_hour ?? undefined,
  };
}

export function ownedOf(
  kind: ResourceKind,
  answer: {
    id: string;
    zone: string;
    tags?: readonly string[] | null | undefined;
    attached_to?: string | readonly string[] | null | undefined;
    created_at_ms: number;
  },
): OwnedResource {
  return {
    kind,
    ref: { id: answer.id, zone: answer.zone },
    owner: ownerOf(answer.tags ?? []),
    attachedTo: [answer.attached_to ?? []].flat()[0],
    createdAtMs: answer.created_at_ms,
  };
}

export function offerOf(answer: z.infer<typeof offerSchema>): ProviderOffer {
  const { nanos_per_hour: nanos, currency, as_of: asOf } = answer;
  const isPriced = typeof nanos === 'number' && typeof currency === 'string' && typeof asOf === 'string';
  return {
    zone: answer.zone,
    type: answer.type,
    gpuCount: answer.gpu_count,
    gpuKind: answer.gpu_kind,
    vramBytesPerGpu: answer.vram_bytes_per_gpu,
    vcpus: answer.vcpus,
    memoryBytes: answer.memory_bytes,
    price: isPriced ? { nanosPerHour: nanos, currency, asOf } : null,
    availability: oneOf(AVAILABILITIES, answer.availability ?? '') ?? 'unknown',
  };
}

function oneOf<T extends string>(known: readonly T[], value: string): T | undefined {
  return known.find((candidate) => candidate === value);
}

export function refPath(kind: ResourceKind, ref: ResourceRef, verb = ''): string {
  return `/v1/${COLLECTIONS[kind].path}/${encodeURIComponent(ref.id)}${verb}`;
}
