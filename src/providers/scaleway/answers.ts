import * as z from 'zod';
import type { OwnedResource, Part, PartKind, Server, ServerState, Volume } from '#providers/provider.ts';
import { ownerOf, tagValue } from '#providers/tags.ts';

/**
 * Scaleway's answers, read with as few demands as possible: unknown fields are ignored, unknown states become
 * `unknown`. What is demanded is what a wrong guess would cost money for: ids, and when something was made.
 */
const id = z.string().min(1);
const tags = z.array(z.string()).nullish();
const time = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((ms) => Number.isFinite(ms), { message: 'not a time' });

const addressSchema = z.object({ id: id.nullish(), address: z.string().nullish() });

export const serverSchema = z.object({
  id,
  zone: z.string().min(1),
  commercial_type: z.string(),
  state: z.string(),
  state_detail: z.string().nullish(),
  tags,
  creation_date: time,
  public_ip: addressSchema.nullish(),
  public_ips: z.array(addressSchema).nullish(),
  volumes: z
    .record(z.string(), z.object({ id, volume_type: z.string().nullish(), zone: z.string().nullish(), tags }))
    .nullish(),
  private_nics: z.array(z.object({ private_network_id: z.string().nullish() })).nullish(),
});
export type ServerAnswer = z.infer<typeof serverSchema>;

export const blockVolumeSchema = z.object({
  id,
  zone: z.string().min(1),
  name: z.string().nullish(),
  size: z.number(),
  status: z.string(),
  tags,
  created_at: time,
  parent_snapshot_id: z.string().nullish(),
  references: z
    .array(
      z.object({ product_resource_type: z.string().nullish(), product_resource_id: z.string().nullish() }),
    )
    .nullish(),
});
export type BlockVolumeAnswer = z.infer<typeof blockVolumeSchema>;

export const localVolumeSchema = z.object({
  id,
  zone: z.string().min(1),
  size: z.number(),
  volume_type: z.string(),
  state: z.string(),
  tags,
  creation_date: time,
  server: z.object({ id: z.string().nullish() }).nullish(),
});
export type LocalVolumeAnswer = z.infer<typeof localVolumeSchema>;

/** Scaleway does not tell when an address was reserved, so a tag of ours does. */
export const ipSchema = z.object({
  id,
  zone: z.string().min(1),
  address: z.string().nullish(),
  tags,
  server: z.object({ id: z.string().nullish() }).nullish(),
});

export const groupSchema = z.object({
  id,
  zone: z.string().min(1),
  tags,
  creation_date: time.nullish(),
  servers: z.array(z.object({ id: z.string().nullish() })).nullish(),
});

const SERVER_STATES: Readonly<Record<string, ServerState>> = {
  stopped: 'stopped',
  'stopped in place': 'stopped',
  starting: 'starting',
  running: 'running',
  stopping: 'stopping',
  locked: 'error',
};

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const MADE_TAG = 'inv_made';

export function serverOf(answer: ServerAnswer): Server {
  const state = SERVER_STATES[answer.state] ?? 'unknown';
  return {
    ref: { id: answer.id, zone: answer.zone },
    state,
    rawState: answer.state_detail ? `${answer.state} (${answer.state_detail})` : answer.state,
    type: answer.commercial_type,
    owner: ownerOf(answer.tags ?? []),
    // A flexible address stays on a machine that does not run, and leads nowhere then.
    address: state === 'running' ? addressOf(answer) : undefined,
    volumes: Object.values(answer.volumes ?? {}).map((volume) => ({
      id: volume.id,
      zone: volume.zone ?? answer.zone,
    })),
    billedFromMs: answer.creation_date,
    billedToMs: undefined,
    createdAtMs: answer.creation_date,
  };
}

function addressOf(answer: ServerAnswer): string | undefined {
  const told = [...(answer.public_ips ?? []), ...(answer.public_ip ? [answer.public_ip] : [])];
  return told.map(({ address }) => address ?? '').find((address) => IPV4.test(address));
}

export function blockVolumeOf(answer: BlockVolumeAnswer): Volume {
  const user = blockUserOf(answer);
  return {
    ref: { id: answer.id, zone: answer.zone },
    kind: 'block',
    sizeBytes: answer.size,
    // Made from the image of the operating system; our own volumes are made empty.
    isBoot: typeof answer.parent_snapshot_id === 'string',
    state: blockStateOf(answer, user),
    owner: ownerOf(answer.tags ?? []),
    attachedTo: user,
    billedFromMs: answer.created_at,
    billedToMs: undefined,
    nanosPerHour: undefined,
  };
}

function blockStateOf(answer: BlockVolumeAnswer, user: string | undefined): Volume['state'] {
  if (answer.status === 'deleted') return 'gone';
  if (user !== undefined || answer.status === 'in_use') return 'attached';
  return answer.status === 'available' ? 'available' : 'unknown';
}

export function blockUserOf(answer: BlockVolumeAnswer): string | undefined {
  return answer.references?.find((one) => one.product_resource_id)?.product_resource_id ?? undefined;
}

export function localVolumeOf(answer: LocalVolumeAnswer): Volume {
  const attachedTo = answer.server?.id ?? undefined;
  return {
    ref: { id: answer.id, zone: answer.zone },
    kind: answer.volume_type === 'scratch' ? 'scratch' : 'local',
    sizeBytes: answer.size,
    isBoot: answer.volume_type === 'l_ssd',
    state: attachedTo ? 'attached' : answer.state === 'available' ? 'available' : 'unknown',
    owner: ownerOf(answer.tags ?? []),
    attachedTo,
    billedFromMs: answer.creation_date,
    billedToMs: undefined,
    nanosPerHour: undefined,
  };
}

export function partOfVolume(volume: Volume, createdAtMs: number): Part {
  return {
    kind: 'volume',
    ref: volume.ref,
    state: volume.state === 'gone' ? 'gone' : 'present',
    owner: volume.owner,
    attachedTo: volume.attachedTo,
    address: undefined,
    sizeBytes: volume.sizeBytes,
    createdAtMs,
    billedFromMs: createdAtMs,
    billedToMs: undefined,
    nanosPerHour: undefined,
  };
}

export function partOfIp(answer: z.infer<typeof ipSchema>): Part {
  const madeAtMs = madeAtOf(answer.tags ?? []);
  return {
    ...emptyPart('address', answer),
    attachedTo: answer.server?.id ?? undefined,
    address: answer.address ?? undefined,
    createdAtMs: madeAtMs,
    billedFromMs: madeAtMs,
  };
}

export function partOfGroup(answer: z.infer<typeof groupSchema>): Part {
  return {
    ...emptyPart('security_group', answer),
    attachedTo: answer.servers?.find((server) => server.id)?.id ?? undefined,
    createdAtMs: answer.creation_date ?? madeAtOf(answer.tags ?? []),
  };
}

function emptyPart(
  kind: PartKind,
  answer: {
    readonly id: string;
    readonly zone: string;
    readonly tags?: readonly string[] | null | undefined;
  },
): Part {
  return {
    kind,
    ref: { id: answer.id, zone: answer.zone },
    state: 'present',
    owner: ownerOf(answer.tags ?? []),
    attachedTo: undefined,
    address: undefined,
    sizeBytes: undefined,
    createdAtMs: 0,
    billedFromMs: undefined,
    billedToMs: undefined,
    nanosPerHour: undefined,
  };
}

export function ownedOf(resource: Part | Server | Volume, kind: OwnedResource['kind']): OwnedResource {
  const createdAtMs = 'createdAtMs' in resource ? resource.createdAtMs : (resource.billedFromMs ?? 0);
  const attachedTo = 'attachedTo' in resource ? resource.attachedTo : undefined;
  return { kind, ref: resource.ref, owner: resource.owner, attachedTo, createdAtMs };
}

/** When it was ordered, for what Scaleway gives no time of its own. */
export function madeTag(atMs: number): string {
  return `${MADE_TAG}=${atMs}`;
}

function madeAtOf(tagWords: readonly string[]): number {
  const word = tagValue(tagWords, MADE_TAG) ?? '';
  return /^\d{1,15}$/.test(word) ? Number(word) : 0;
}
