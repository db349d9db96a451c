import * as z from 'zod';
import { activationSchema, activationSideSchema } from './activation.ts';
import { instanceSchema } from './instances.ts';
import { fitSchema } from './model-fit.ts';
import { modelShapeSchema } from './model-shape.ts';
import { roleSchema } from './roles.ts';

export { ORGANISATION_ROLES, type OrganisationRole, roleSchema } from './roles.ts';

/** A cursor holds a sort key, which may be a long name. */
const CURSOR_MAX = 4_000;

/** Bodies of /api/v1. Lists are `{data, has_more, next_cursor}`; cursors are opaque. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(CURSOR_MAX).optional(),
});
/** The same with an order that may be chosen: the name of a field, from the least on, or with `-` from the greatest. */
export function listQuerySchema<const Keys extends readonly [string, ...string[]]>(
  keys: Keys,
  first: Keys[number] | `-${Keys[number]}`,
) {
  type Sort = Keys[number] | `-${Keys[number]}`;
  const sorts = keys.flatMap((key) => [key, `-${key}`]) as [Sort, ...Sort[]];
  return pageQuerySchema.extend({
    sort: z
      .enum(sorts)
      .default(first as Sort as never)
      .describe('A field, from the least on; with `-` before it from the greatest on'),
  });
}
/** Any part of what people call a thing, in any case. */
export const searchSchema = z.string().min(1).max(200);
export function listOf<T extends z.ZodType>(item: T) {
  return pageOf(item).extend({ total: z.int().describe('Of all pages together, exactly') });
}
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), has_more: z.boolean(), next_cursor: z.string().nullable() });
}

// Sessions
export const loginRequestSchema = z.object({
  login: z.string().min(1).max(255).describe('User name or e-mail address'),
  password: z.string().min(1).max(1024),
  code: z
    .string()
    .max(40)
    .optional()
    .describe('Six digits of an authenticator app, or a recovery code, where that is turned on'),
});
export const sessionSchema = z.object({
  user: z.object({
    id: z.string(),
    username: z.string(),
    email: z.string(),
    is_platform_admin: z.boolean(),
    language: z.enum(['en', 'fr']),
  }),
  organisation: z.object({
    id: z.string(),
    slug: z.string(),
    name: z.string(),
    kind: z.enum(['team', 'personal']),
    role: roleSchema,
  }),
  expires_at: z.iso.datetime(),
});
export type SessionView = z.infer<typeof sessionSchema>;

// Catalogue
export const modelSchema = z.object({
  id: z.string(),
  hf_id: z.string(),
  name: z.string(),
  parameters: z.number().nullable(),
  weights_bytes: z.number(),
  kv_bytes_per_token: z
    .number()
    .nullable()
    .describe('What the attention keeps of a token; null when unknown'),
  vram_bytes_needed: z.number().describe('The least: weights, and a short request beside them'),
  disk_bytes_needed: z.number().describe('Recommended size of the disk'),
  context_length: z.int(),
  licence: z.string().nullable(),
  shape: modelShapeSchema.nullable(),
  engine_args: z.array(z.string()),
  gguf: z
    .object({ source: z.string(), sha256: z.string().nullable() })
    .nullable()
    .describe('The file that is the model, for llama.cpp on processors; null for models that vLLM serves'),
  is_active: z.boolean(),
  is_own: z.boolean().describe("Your organisation's alone; else everybody's"),
  origin: z.enum(['seed', 'person']).describe('Whose word it is; what a person changed, seeds leave alone'),
  version: z.int().describe('Raised by each change; the audit log says what changed'),
  /** Ready instances of the active organisation that serve it now. */
  ready_instances: z.int(),
  /** For the active organisation. What was never decided on is activated by who deploys it first, as far as they may. */
  activation: activationSchema,
});
export type ModelView = z.infer<typeof modelSchema>;

export const serviceSchema = z
  .enum(['offered', 'ending', 'unlisted'])
  .describe(
    '`ending`: its provider gives it up; `unlisted`: its provider lists it no more. Neither can be ordered anew.',
  );

/** A price that was seen. */
export const offerPriceSchema = z.object({
  provider: z.string(),
  zone: z.string(),
  instance_type: z.string(),
  nanos_per_hour: z.int(),
  currency: z.string(),
  source: z.string().nullable().describe('Who said so'),
  seen_from: z.iso.datetime(),
  seen_until: z.iso.datetime().nullable().describe('Null while it holds'),
});
export type OfferPrice = z.infer<typeof offerPriceSchema>;

export const offerSpeedSchema = z.object({
  /** From the memory's bandwidth, at full use by many requests; null for a GPU whose bandwidth is not known. */
  estimated_tokens_per_second: z.number().nullable(),
  /** The most that your machines of this kind were seen to produce with the model; null when never. */
  measured_tokens_per_second: z.number().nullable(),
  /** Of produced tokens at the higher of both speeds; null when the price is unknown. */
  micros_per_million_tokens: z.int().nullable(),
  basis: z.enum(['estimated', 'measured']),
});
export type OfferSpeed = z.infer<typeof offerSpeedSchema>;
export const offerSchema = z.object({
  instance_type_id: z.string(),
  provider: z.string(),
  zone: z.string(),
  instance_type: z.string(),
  gpu_count: z.int(),
  gpu_kind: z.string(),
  vram_bytes_per_gpu: z
    .number()
    .describe('What may be counted on: as measured, where machines of the type were measured'),
  vram_bytes_nominal: z.number().describe('As it is sold'),
  vram_measured_on: z.int().describe('On how many machines the memory was measured; 0 is not at all'),
  vcpus: z.int(),
  memory_bytes: z.number(),
  /** What the provider asks; `as_of` is null when the day of the price is unknown. */
  price: z.object({ nanos_per_hour: z.int(), currency: z.string(), as_of: z.string().nullable() }).nullable(),
  /** Converted at a dated rate when the price is not in euros; null when unknown. */
  price_micros_per_hour: z.int().nullable(),
  availability: z.enum(['available', 'scarce', 'shortage', 'unknown']),
  service: serviceSchema,
  told_at: z.iso.datetime().nullable().describe('When the availability was told; null when nobody told'),
  age_seconds: z.int().nullable().describe('How long ago that was'),
  stale: z
    .enum(['late', 'failed'])
    .nullable()
    .describe('Why this may not be so any more: the provider was not asked for long, or gave no answer'),
  is_enabled: z.boolean(),
  /** What its provider lacks for the active organisation; GET /api/v1/activations tells who can give it. */
  provider_missing: z.array(activationSideSchema),
  /** Present when asked with `model_id`. */
  fit: fitSchema.nullable(),
  /** From order to readiness, the median of earlier starts of the kind of machine; null when there was none. */
  usual_start_ms: z.int().nullable(),
  /** How many starts that is learned from, at most fifty. */
  usual_start_of: z.int(),
  /** What the model would produce on it, and what that costs; with `model_id` where the model fits. */
  speed: offerSpeedSchema.nullable(),
});
export type Offer = z.infer<typeof offerSchema>;

// Deployments
export const DEPLOYMENT_SORTS = ['created_at', 'name'] as const;
export type DeploymentSort = (typeof DEPLOYMENT_SORTS)[number];

export const createDeploymentSchema = z.object({
  name: z
    .string()
    .min(1)
    .max(60)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and hyphens'),
  model_id: z.string().optional().describe('Id or Hugging Face id of the model; mandatory'),
  provider: z.string().default('mock'),
  account_id: z
    .string()
    .max(100)
    .optional()
    .describe("The organisation's account on the provider; needed when it has several"),
  zone: z.string(),
  instance_type: z.string(),
  fallbacks: z
    .array(
      z.object({
        zone: z.string(),
        instance_type_id: z.string().describe("Id, or the provider's own name, of the instance type"),
      }),
    )
    .max(99)
    .default([])
    .describe('Tried in this order when the provider has no room for the first'),
  replicas: z.int().min(1).max(50).default(1),
  volume_ids: z
    .array(z.string().max(100))
    .max(8)
    .default([])
    .describe('Kept volumes that the machine is made with; they stay kept when it ends'),
  project_id: z.string().max(100).nullable().default(null).describe('Project that its costs belong to'),
});
export type CreateDeployment = z.input<typeof createDeploymentSchema>;
export const deploymentSchema = z.object({
  id: z.string(),
  name: z.string(),
  model_id: z.string(),
  model: z.string(),
  provider: z.string(),
  zone: z.string(),
  instance_type: z.string(),
  /** Tried in this order when the provider has no room for the first. */
  fallbacks: z.array(z.object({ zone: z.string(), instance_type_id: z.string() })),
  project_id: z.string().nullable(),
  replicas: z.int(),
  ready_replicas: z.int(),
  status: z.enum(['active', 'terminating', 'terminated']),
  created_at: z.iso.datetime(),
  instances: z.array(instanceSchema),
});
export type DeploymentView = z.infer<typeof deploymentSchema>;

// Costs and usage
export const costSummarySchema = z.object({
  currency: z.literal('EUR'),
  /** What runs now. */
  micros_per_hour: z.int(),
  micros_per_minute: z.int(),
  cumulative_micros: z.int(),
  today_micros: z.int(),
  month_micros: z.int(),
  /** Running resources whose price is unknown. */
  unpriced_resources: z.int(),
  at: z.iso.datetime(),
});
export type CostSummary = z.infer<typeof costSummarySchema>;
export const costSeriesSchema = z.object({
  step_seconds: z.int(),
  points: z.array(z.object({ at: z.iso.datetime(), micros: z.int(), cumulative_micros: z.int() })),
});
export const costIntervalSchema = z.object({
  id: z.string(),
  resource_kind: z.enum(['server', 'volume', 'address']),
  resource_ref: z.string(),
  instance_id: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime().nullable(),
  /** In euros. */
  nanos_per_hour: z.int().nullable(),
  /** Null while open or when the price is unknown. */
  micros: z.int().nullable(),
});
export const usageEntrySchema = z.object({
  request_id: z.string(),
  model_id: z.string(),
  instance_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
  user_id: z.string().nullable(),
  project_id: z.string().nullable(),
  endpoint: z.string(),
  outcome: z.string(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int(),
  ttft_ms: z.number().nullable(),
  duration_ms: z.int(),
  started_at: z.iso.datetime(),
  /** Another organisation's model, and what it cost; null for what your organisation serves itself. */
  offering_id: z.string().nullable(),
  charged_micros: z.int().nullable(),
});
export const usageSummarySchema = z.object({
  requests: z.int(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int(),
});
