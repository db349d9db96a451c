import * as z from 'zod';

/**
 * What an account at Scaleway consists of: an API key's secret and the project in which everything is made. The rest
 * is optional, and all of it is words and switches, so that it fits into any form.
 */
const uuid = z
  .string()
  .trim()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a UUID, as the console shows it');

export const ZONE = /^[a-z]{2}-[a-z]{3}-[1-9]$/;

/** Where GPUs were offered when this was written; an account may name others. */
export const DEFAULT_ZONES: readonly string[] = ['fr-par-1', 'fr-par-2', 'pl-waw-2'];
/** Operating systems with driver, Docker and container toolkit; the first that fits the type is taken. */
export const DEFAULT_IMAGES: readonly string[] = ['ubuntu_noble_gpu_os_12', 'ubuntu_jammy_gpu_os_12'];
const DEFAULT_SOURCES: readonly string[] = ['0.0.0.0/0'];

/** Kept as it was sent: a credential is read again, in this same form, each time it is used. */
const listOf = (form: RegExp, example: string) =>
  z
    .string()
    .max(2_000)
    .refine((text) => wordsOf(text).length > 0 && wordsOf(text).every((word) => form.test(word)), {
      message: `must be a list with commas, such as ${example}`,
    });

function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const UUID_SOURCE = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const NETWORK = new RegExp(`^[a-z]{2}-[a-z]{3}-[1-9]=${UUID_SOURCE}$`, 'i');

export const scalewayCredentialSchema = z.strictObject({
  /** Secret half of an API key; its access key is not needed. */
  secret_key: uuid,
  project_id: uuid,
  /** Zones to look at and to order in. */
  zones: listOf(ZONE, 'fr-par-2,pl-waw-2').optional(),
  /** Labels of images in the marketplace, the first that fits is taken. */
  images: listOf(/^[a-z0-9_]{1,80}$/, 'ubuntu_noble_gpu_os_12').optional(),
  /** `auto` takes the local disk where a type has one, else a block volume. */
  root_volume: z.enum(['auto', 'block', 'local']).optional(),
  /** A block volume for the model cache is made for each machine. */
  data_volume: z.boolean().optional(),
  /** Private networks that machines join, by zone. */
  private_networks: listOf(NETWORK, 'fr-par-2=11111111-2222-3333-4444-555555555555').optional(),
  /** Networks from which machines are reached; everybody, when it is left out. */
  inbound_from: listOf(/^[0-9a-f.:]{2,39}\/\d{1,3}$/i, '203.0.113.0/24').optional(),
});

export type ScalewayCredential = z.infer<typeof scalewayCredentialSchema>;

/** How the adapter is to make machines. */
export interface ScalewayOptions {
  readonly projectId: string;
  readonly zones: readonly string[];
  readonly images: readonly string[];
  readonly rootVolume: 'auto' | 'block' | 'local';
  readonly hasDataVolume: boolean;
  readonly privateNetworks: ReadonlyMap<string, string>;
  readonly inboundFrom: readonly string[];
}

export function optionsOf(credential: ScalewayCredential): ScalewayOptions {
  const listed = (text: string | undefined) => (text === undefined ? undefined : wordsOf(text));
  const networks = (listed(credential.private_networks) ?? []).map(
    (pair) => pair.split('=') as [string, string],
  );
  return {
    projectId: credential.project_id,
    zones: listed(credential.zones) ?? DEFAULT_ZONES,
    images: listed(credential.images) ?? DEFAULT_IMAGES,
    rootVolume: credential.root_volume ?? 'auto',
    hasDataVolume: credential.data_volume ?? false,
    privateNetworks: new Map(networks),
    inboundFrom: listed(credential.inbound_from) ?? DEFAULT_SOURCES,
  };
}
