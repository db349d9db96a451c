/** API keys: what they may do and how much of it. */
import * as z from 'zod';
import { colourSchema, organisationNameSchema, projectIdSchema } from './organisations.ts';

/** What a key may be used for. Management may get scopes of its own; a key has only those it was given. */
export const KEY_SCOPES = ['inference', 'models.read'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** From the last to the first. A request names one up to the highest of its key. */
export const PRIORITIES = ['batch', 'low', 'normal', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

const REQUESTS_MAX = 1_000_000_000;
const TOKENS_MAX = 1_000_000_000_000;
const MODELS_MAX = 100;

export const limitsSchema = z.object({
  requests_per_minute: z.int().min(1).max(REQUESTS_MAX).nullable(),
  tokens_per_minute: z.int().min(1).max(TOKENS_MAX).nullable(),
  concurrent_requests: z.int().min(1).max(REQUESTS_MAX).nullable(),
});
export type LimitsView = z.infer<typeof limitsSchema>;

/** Those that are left out stay as they are; null takes a limit away. A name that does not exist is refused. */
export const changeLimitsSchema = z.strictObject(limitsSchema.partial().shape);
export type ChangedLimits = z.infer<typeof changeLimitsSchema>;

const name = z.string().min(1).max(100);
const expiresAt = z.iso.datetime().nullable();
const scopes = z
  .array(z.enum(KEY_SCOPES))
  .min(1)
  .max(KEY_SCOPES.length)
  .describe('What the key may be used for');
const models = z
  .array(
    z
      .string()
      .min(1)
      .max(300)
      .regex(/^[^\s*?]+$/, 'must be the name or id of one model; patterns are not supported'),
  )
  .min(1)
  .max(MODELS_MAX)
  .nullable()
  .describe('Models that it may call, by id or Hugging Face name; null is all of the organisation');
const priorityMax = z
  .enum(PRIORITIES)
  .describe('Highest priority that its requests may have; `high` is given by owners and administrators');
const waitsForStart = z
  .boolean()
  .describe('Its requests wait for a model whose machines are starting, as with `x-inventiv-wait: true`');

export const createApiKeySchema = z.object({
  name,
  expires_at: expiresAt.default(null),
  scopes: scopes.default([...KEY_SCOPES]),
  models: models.default(null),
  limits: changeLimitsSchema.default({}),
  priority_max: priorityMax.default('normal'),
  waits_for_start: waitsForStart.default(false),
  project_id: projectIdSchema.default(null),
});

export const changeApiKeySchema = z.strictObject({
  name: name.optional(),
  expires_at: expiresAt.optional(),
  enabled: z.boolean().optional().describe('False refuses the key until it is true again'),
  scopes: scopes.optional(),
  models: models.optional(),
  limits: changeLimitsSchema.optional(),
  priority_max: priorityMax.optional(),
  waits_for_start: waitsForStart.optional(),
  project_id: projectIdSchema.optional(),
});
export type ChangedApiKey = z.output<typeof changeApiKeySchema>;

export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  /** First and last characters, enough to recognise it. */
  hint: z.string(),
  enabled: z.boolean(),
  scopes: z.array(z.enum(KEY_SCOPES)),
  models: z.array(z.string()).nullable(),
  limits: limitsSchema,
  priority_max: z.enum(PRIORITIES),
  waits_for_start: z.boolean(),
  /** What its use is counted under, from when it was put there. */
  project_id: z.string().nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
});
export type ApiKeyView = z.infer<typeof apiKeySchema>;

/** The one answer that carries the secret. */
export const createdApiKeySchema = apiKeySchema.extend({
  /** Null when an Idempotency-Key replays the answer: the secret is shown once. */
  secret: z.string().nullable(),
});

export const organisationSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  colour: z.string().nullable(),
  is_deleting: z.boolean(),
  /** Of all its keys and people together. */
  limits: limitsSchema,
});
export type OrganisationView = z.infer<typeof organisationSchema>;

/** What is left out stays as it is. The short name never changes: models are called by it. */
export const changeOrganisationSchema = z
  .strictObject({
    name: organisationNameSchema.optional(),
    colour: colourSchema.optional(),
    limits: changeLimitsSchema.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'name at least one change');
