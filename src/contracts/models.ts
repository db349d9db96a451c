/** Bodies of the catalogue: models of organisations and of the installation, machines, zones and prices. */
import * as z from 'zod';
import { FLAVOUR_NAME } from './flavours.ts';
import { serviceSchema } from './management.ts';
import { fitSchema } from './model-fit.ts';
import { modelShapeSchema } from './model-shape.ts';

/** No model comes near, and sums of such figures are still exact. */
const BYTES_MAX = 100_000_000_000_000;
const CONFIG_CHARACTERS_MAX = 200_000;

const hfId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)?$/, 'such as owner/name')
  .refine((id) => !id.includes('..') && !id.includes('--'), 'must not hold `..` or `--`')
  .refine((id) => !/^model_/.test(id), 'must not begin like an id of ours, `model_`');
const config = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => JSON.stringify(value).length <= CONFIG_CHARACTERS_MAX,
    `must have at most ${CONFIG_CHARACTERS_MAX} characters`,
  )
  .describe('The config.json of the model, as it was published');
const engineArgs = z
  .array(
    z
      .string()
      .min(1)
      .max(500)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters'),
  )
  .max(64)
  .describe('Added to the arguments of the engine; they hold for replicas that start from now on');
const text = (max: number) => z.string().trim().min(1).max(max);
const bytes = z.int().min(1).max(BYTES_MAX);
const context = z.int().min(1).max(100_000_000);

/** A password in it would be written down for everybody who may read models. */
const ggufSource = z
  .string()
  .max(2_000)
  .refine(
    (text) => text.startsWith('/') || isPlainHttps(text),
    'an https address without a password, or a path that begins with /',
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not hold control characters');

export const ggufSchema = z
  .strictObject({
    source: ggufSource.describe(
      'An https address, or, for models of the installation, the path of a file on the machine',
    ),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits')
      .nullable()
      .exactOptional()
      .describe('Of the file; needed with an address'),
  })
  .refine(({ source, sha256 }) => source.startsWith('/') || sha256 != null, {
    message: 'is needed with an address',
    path: ['sha256'],
  });

function isPlainHttps(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

const facts = {
  name: text(200).optional().describe('What people read; the last part of its id when left out'),
  licence: text(100).nullable().optional(),
  config: config.optional(),
  parameters: z.int().min(1).max(BYTES_MAX).optional(),
  weights_bytes: bytes.optional().describe('Of the files; from `config` when left out'),
  kv_bytes_per_token: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .optional()
    .describe('What the attention keeps of a token over all layers; not beside a `config`, which tells it'),
  context_length: context.optional(),
  engine_args: engineArgs.optional(),
  gguf: ggufSchema
    .optional()
    .describe(
      'The one file that is the model, for llama.cpp on machines without a GPU; given once, and only corrected later',
    ),
} as const;

export const createModelSchema = z.strictObject({ hf_id: hfId, ...facts });
export type CreateModel = z.infer<typeof createModelSchema>;
export const changeModelSchema = z.strictObject({
  ...facts,
  is_active: z
    .boolean()
    .optional()
    .describe('An inactive model is neither deployable nor listed; what serves it goes on'),
});
export type ChangeModel = z.infer<typeof changeModelSchema>;
export const inspectModelSchema = z.strictObject({ config, context_length: context.optional() });

export const inspectedModelSchema = z.object({
  parameters: z.number(),
  weights_bytes: z.number(),
  kv_bytes_per_token: z.number(),
  context_length: z.int(),
  vram_bytes_needed: z.number(),
  disk_bytes_needed: z.number(),
  shape: modelShapeSchema,
  /** How sure the figures are. */
  warnings: z.array(z.string()),
});
export type InspectedModel = z.infer<typeof inspectedModelSchema>;

/** One kind of machine for a model, over all zones where it is offered. */
export const machineFitSchema = z.object({
  instance_type_id: z.string(),
  provider: z.string(),
  instance_type: z.string(),
  gpu_count: z.int(),
  gpu_kind: z.string(),
  vram_bytes_per_gpu: z.number(),
  is_enabled: z.boolean(),
  /** The cheapest of its zones; null when no price is known. */
  price_micros_per_hour: z.int().nullable(),
  zones: z.array(
    z.object({
      zone: z.string(),
      availability: z.enum(['available', 'scarce', 'shortage', 'unknown']),
      price_micros_per_hour: z.int().nullable(),
    }),
  ),
  fit: fitSchema,
});
export type MachineFit = z.infer<typeof machineFitSchema>;
export const modelFitsSchema = z.object({
  model_id: z.string(),
  hf_id: z.string(),
  disk_bytes_needed: z.number(),
  data: z.array(machineFitSchema),
});

/** What is really served now. */
export const runtimeModelSchema = z.object({
  id: z.string(),
  hf_id: z.string(),
  name: z.string(),
  /** Ready and heard of a moment ago: gateways send requests there. */
  replicas_serving: z.int(),
  /** Ready, and silent for longer than a gateway waits. */
  replicas_silent: z.int(),
  replicas_starting: z.int(),
  places: z.array(
    z.object({
      provider: z.string(),
      zone: z.string(),
      instance_type: z.string(),
      serving: z.int(),
      silent: z.int(),
      starting: z.int(),
    }),
  ),
  deployments: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type RuntimeModel = z.infer<typeof runtimeModelSchema>;

// What the installation may rent, for its administrators.
export const ORIGINS = ['seed', 'provider', 'person'] as const;
const origin = z
  .enum(ORIGINS)
  .describe('Whose word it is. What a person changed is left alone until it is given back');

export const catalogueZoneSchema = z.object({
  provider: z.string(),
  code: z.string(),
  region: z.string(),
  is_active: z.boolean(),
  origin,
});
export type CatalogueZone = z.infer<typeof catalogueZoneSchema>;
const code = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dots, hyphens and underscores');
export const createZoneSchema = z.strictObject({ provider: code, code, region: code });
export const changeZoneSchema = z.strictObject({
  region: code.optional(),
  is_active: z.boolean().optional(),
});

const machineFacts = {
  gpu_count: z.int().min(1).max(64),
  gpu_kind: text(60),
  vram_bytes_per_gpu: bytes,
  vcpus: z.int().min(1).max(4_096),
  memory_bytes: bytes,
  arch: z.enum(['x86_64', 'arm64']),
  scratch_bytes_max: z.int().min(0).max(BYTES_MAX),
} as const;
export const createInstanceTypeSchema = z.strictObject({
  provider: code,
  code,
  ...machineFacts,
  arch: machineFacts.arch.default('x86_64'),
  scratch_bytes_max: machineFacts.scratch_bytes_max.default(0),
});
export type CreateInstanceType = z.infer<typeof createInstanceTypeSchema>;
export const changeInstanceTypeSchema = z
  .strictObject({ ...machineFacts, is_active: z.boolean() })
  .partial()
  .extend({
    flavour: z
      .string()
      .regex(FLAVOUR_NAME, 'the name of a flavour')
      .nullable()
      .optional()
      .describe('Of the engines on it, before all that settings say; null names none'),
    give_back: z
      .literal(true)
      .optional()
      .describe('Leave the figures to seeds and the provider again; they are right after the next of them'),
  });
export type ChangeInstanceType = z.infer<typeof changeInstanceTypeSchema>;

export const cataloguePriceSchema = z.object({
  zone: z.string(),
  price: z.object({ nanos_per_hour: z.int(), currency: z.string(), as_of: z.string().nullable() }).nullable(),
  source: z.string().nullable(),
  availability: z.enum(['available', 'scarce', 'shortage', 'unknown']),
  service: serviceSchema,
  origin,
});
export type CataloguePrice = z.infer<typeof cataloguePriceSchema>;
export const setPriceSchema = z.strictObject({
  zone: code,
  /** Null: unknown, which is never free. */
  price: z
    .strictObject({
      per_hour: z
        .string()
        .regex(/^\d{1,6}(?:\.\d{1,9})?$/, 'an exact decimal such as 1.4699')
        .describe('In the currency, without tax'),
      currency: z.enum(['EUR', 'USD']),
      as_of: z.iso.date().optional(),
    })
    .nullable(),
  availability: z.enum(['available', 'scarce', 'shortage', 'unknown']).optional(),
});
export type SetPrice = z.infer<typeof setPriceSchema>;

export const catalogueTypeSchema = z.object({
  id: z.string(),
  provider: z.string(),
  code: z.string(),
  ...machineFacts,
  arch: z.string(),
  gpu_count: z.int().describe('None: it serves what runs on processors'),
  vram_bytes_per_gpu: z.int(),
  vcpus: z.int(),
  gpu_fraction: z.number().nullable(),
  is_active: z.boolean(),
  flavour: z.string().nullable().describe('Named for its engines; null names none'),
  origin,
  prices: z.array(cataloguePriceSchema),
});
export type CatalogueType = z.infer<typeof catalogueTypeSchema>;
