import * as z from 'zod';

/**
 * What an account at AWS consists of: an access key and where to order. The rest is optional, and all of it is words
 * and switches, so that it fits into any form.
 */

/** An availability zone, or a whole region, in which EC2 itself chooses the zone. */
export const ZONE = /^[a-z]{2}(?:-[a-z]+){1,2}-\d[a-z]?$/;

/** Ubuntu of AWS with NVIDIA's driver, Docker and container toolkit; the newest one that fits is taken. */
export const DEFAULT_IMAGES: readonly string[] = [
  'Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *',
  'Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) *',
];
export const DEFAULT_ZONES: readonly string[] = ['eu-west-3', 'eu-central-1'];
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

const SUBNET = /^[a-z]{2}(?:-[a-z]+){1,2}-\d[a-z]?=subnet-[0-9a-f]{8,17}$/;

export const awsCredentialSchema = z.strictObject({
  access_key_id: z
    .string()
    .trim()
    .regex(/^[A-Z0-9]{16,128}$/, 'must be an access key id, as IAM shows it'),
  secret_access_key: z.string().trim().min(1).max(200),
  /** Of a temporary credential. */
  session_token: z.string().trim().min(1).max(4_000).optional(),
  /** Availability zones or regions to look at and to order in. */
  zones: listOf(ZONE, 'eu-west-3a,eu-central-1').optional(),
  /** Ids or names of images, with * for anything; the first of them that fits the type is taken. */
  images: listOf(/^[\w()[\]./'@ *:-]{3,128}$/, 'ami-0123456789abcdef0').optional(),
  /** Where machines are put, by zone; the default subnet of the zone when it is left out. */
  subnets: listOf(SUBNET, 'eu-west-3a=subnet-0123456789abcdef0').optional(),
  /** A volume for the model cache is made with each machine, and can be kept. */
  data_volume: z.boolean().optional(),
  /** Elastic Fabric Adapter on types that have it. */
  efa: z.boolean().optional(),
  /** Networks from which machines are reached; everybody, when it is left out. */
  inbound_from: listOf(/^[0-9a-f.:]{2,39}\/\d{1,3}$/i, '203.0.113.0/24').optional(),
});

export type AwsCredential = z.infer<typeof awsCredentialSchema>;

/** How the adapter is to make machines. */
export interface AwsOptions {
  readonly zones: readonly string[];
  readonly images: readonly string[];
  readonly subnets: ReadonlyMap<string, string>;
  readonly hasDataVolume: boolean;
  readonly wantsEfa: boolean;
  readonly inboundFrom: readonly string[];
}

export function optionsOf(credential: AwsCredential): AwsOptions {
  const listed = (text: string | undefined) => (text === undefined ? undefined : wordsOf(text));
  const subnets = (listed(credential.subnets) ?? []).map((pair) => pair.split('=') as [string, string]);
  return {
    zones: listed(credential.zones) ?? DEFAULT_ZONES,
    images: listed(credential.images) ?? DEFAULT_IMAGES,
    subnets: new Map(subnets),
    hasDataVolume: credential.data_volume ?? false,
    wantsEfa: credential.efa ?? false,
    inboundFrom: listed(credential.inbound_from) ?? DEFAULT_SOURCES,
  };
}
