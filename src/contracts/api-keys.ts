/** API keys: what they may do and how much of it. */
import * as z from 'zod';
import { activationSchema } from './activation.ts';
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

const BUDGET_MAX = 1_000_000_000_000_000;
const budgetMicros = z.int().min(0).max(BUDGET_MAX).nullable();

/** Millionths of a euro that may be used up, by days and months of UTC and for good; null is no budget. */
export const budgetSchema = z.object({
  day_micros: budgetMicros,
  month_micros: budgetMicros,
  total_micros: budgetMicros,
});
export type BudgetView = z.infer<typeof budgetSchema>;

/** Those that are left out stay as they are; null takes a budget away. */
export const changeBudgetSchema = z.strictObject(budgetSchema.partial().shape);
export type ChangedBudget = z.infer<typeof changeBudgetSchema>;

/** Whose a key is. One of the organisation is made and changed by its owners and administrators. */
export const KEY_OWNERS = ['user', 'organisation'] as const;
export type KeyOwner = (typeof KEY_OWNERS)[number];

/** `inactive`: an activation is missing. `suspended`: who vouches for it may not have it any more. */
export const KEY_STATES = ['active', 'inactive', 'disabled', 'suspended', 'expired', 'revoked'] as const;
export type KeyState = (typeof KEY_STATES)[number];

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
  owner: z.enum(KEY_OWNERS).default('user'),
  budget: changeBudgetSchema.default({}),
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
  budget: changeBudgetSchema
    .optional()
    .describe('Lower it, or set one; owners and managers also raise it and take it away'),
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
  owner: z.enum(KEY_OWNERS),
  /** Who vouches for it, and whose it is unless it is the organisation's. It never may more than they may now. */
  user: z.object({ id: z.string(), username: z.string() }),
  state: z.enum(KEY_STATES),
  /** What is left of `scopes` and `priority_max` when they are cut to what its person may now. */
  effective: z.object({ scopes: z.array(z.enum(KEY_SCOPES)), priority_max: z.enum(PRIORITIES) }),
  budget: budgetSchema,
  /** Used up so far, as far as it has a price; null where nobody counts. */
  spent: z.object({ day_micros: z.number(), month_micros: z.number(), total_micros: z.number() }).nullable(),
  rotated_at: z.iso.datetime().nullable(),
  /** The secret that was replaced, while it still works. */
  previous_secret: z.object({ hint: z.string(), until: z.iso.datetime() }).nullable(),
  activation: activationSchema,
});
export type ApiKeyView = z.infer<typeof apiKeySchema>;

/** The one answer that carries the secret. */
export const createdApiKeySchema = apiKeySchema.extend({
  /** Null when an Idempotency-Key replays the answer: the secret is shown once. */
  secret: z.string().nullable(),
});

/** A day, unless another moment is named; null ends the old secret at once. */
export const rotateApiKeySchema = z.strictObject({
  previous_until: z.iso
    .datetime()
    .nullable()
    .optional()
    .describe('Until when the old secret still works; a day when left out, null ends it at once'),
});

export const API_KEY_SORTS = ['created_at', 'name', 'last_used_at'] as const;
export type ApiKeySort = (typeof API_KEY_SORTS)[number];

export const apiKeyQuerySchema = z.object({
  owner: z
    .string()
    .max(100)
    .default('me')
    .describe('`me`, `organisation`, `all` that you may see, or the id of a person'),
  q: z.string().min(1).max(200).optional().describe('A part of the name, in any case, or the whole id'),
  name: z.string().max(100).optional().describe('A part of the name, in any case'),
  state: z.enum(KEY_STATES).optional(),
  project_id: z
    .string()
    .max(100)
    .optional()
    .describe('Only those of this project; `none`: only those of no project'),
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
