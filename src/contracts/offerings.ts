import * as z from 'zod';
import { pageQuerySchema } from './management.ts';
import { tokenPriceSchema } from './token-price.ts';

/** Models that organisations offer each other. Names are `<slug of the provider>/<code>`, as clients say them. */
export const VISIBILITIES = ['public', 'unlisted', 'private'] as const;
export const ACCESS_KINDS = ['free', 'subscription', 'request', 'per_token', 'trial'] as const;
export const ENTITLEMENT_SOURCES = ['free', 'per_token', 'trial', 'subscription', 'contract'] as const;
const TOKENS_MAX = 1_000_000_000_000;
const MICROS_MAX = 1_000_000_000_000;

const visibility = z
  .enum(VISIBILITIES)
  .describe('public: everybody finds it; unlisted: who knows its name; private: who has a contract');
const title = z.string().trim().min(1).max(100);
const text = z.string().trim().max(2_000);
const note = z.string().trim().max(500);
const trialTokens = z
  .int()
  .min(1)
  .max(TOKENS_MAX)
  .describe('Tokens of a trial, of prompt and answer together');
const trialDays = z.int().min(1).max(365).nullable();
export const CONTRACT_STATES = ['proposed', 'upcoming', 'active', 'ended'] as const;
export const ACCESS_REQUEST_STATES = ['requested', 'approved', 'refused', 'withdrawn'] as const;
export const AGREEMENT_SIDES = ['consumed', 'provided'] as const;
const organisationRef = z.object({ id: z.string(), slug: z.string(), name: z.string() });
const reference = z.string().min(1).max(200);

export const createOfferingSchema = z
  .strictObject({
    code: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, dots, dashes')
      .describe('Clients name the model `<your slug>/<code>`'),
    model_id: z.string().min(1).max(300),
    name: title,
    description: text.default(''),
    visibility: visibility.default('private'),
    access: z.enum(ACCESS_KINDS),
    trial_tokens: trialTokens.optional(),
    trial_days: trialDays.optional(),
  })
  .refine(
    ({ access, trial_tokens }) => (access === 'trial') === (trial_tokens !== undefined),
    'trial_tokens belongs to access `trial`, which needs it',
  )
  .refine(
    ({ access, trial_days }) => access === 'trial' || (trial_days ?? null) === null,
    'trial_days belongs to access `trial`',
  );

export const changeOfferingSchema = z.strictObject({
  name: title.optional(),
  description: text.optional(),
  visibility: visibility.optional(),
});

export const OFFERING_SORTS = ['created_at', 'name'] as const;
export type OfferingSort = (typeof OFFERING_SORTS)[number];

export const offeringSchema = z.object({
  id: z.string(),
  /** `<slug>/<code>`: what clients send as `model`. */
  model_name: z.string(),
  organisation: organisationRef,
  model: z.object({ id: z.string(), hf_id: z.string() }),
  name: z.string(),
  description: z.string(),
  visibility: z.enum(VISIBILITIES),
  access: z.enum(ACCESS_KINDS),
  trial_tokens: z.int().nullable(),
  trial_days: z.int().nullable(),
  state: z.enum(['draft', 'published', 'withdrawn']),
  /** Of the list, today; null when there is none. */
  price: tokenPriceSchema.nullable(),
  created_at: z.iso.datetime(),
  published_at: z.iso.datetime().nullable(),
});
export type OfferingView = z.infer<typeof offeringSchema>;

export const newPriceSchema = z.strictObject({
  price: tokenPriceSchema,
  starts_at: z.iso.datetime().optional().describe('Now, when left out; never in the past'),
});

export const priceVersionSchema = z.object({
  id: z.string(),
  version: z.int(),
  price: tokenPriceSchema,
  starts_at: z.iso.datetime(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
});

export const createContractSchema = z.strictObject({
  offering_id: reference,
  consumer: reference.describe('Slug or id of the organisation that may use it'),
  price: tokenPriceSchema,
  starts_at: z.iso.datetime().optional(),
  ends_at: z.iso.datetime().optional(),
  note: note.default(''),
});

export const contractSchema = z.object({
  id: z.string(),
  offering: z.object({ id: z.string(), model_name: z.string() }),
  provider: organisationRef,
  consumer: organisationRef,
  /** proposed: the consumer has not accepted it. */
  state: z.enum(CONTRACT_STATES),
  price: tokenPriceSchema.nullable(),
  starts_at: z.iso.datetime(),
  ends_at: z.iso.datetime().nullable(),
  accepted_at: z.iso.datetime().nullable(),
  note: z.string(),
  created_at: z.iso.datetime(),
});
export type ContractView = z.infer<typeof contractSchema>;

const side = z.enum(AGREEMENT_SIDES);
const ofOffering = { offering_id: z.string().min(1).max(100).optional() };
export const contractsQuerySchema = pageQuerySchema.extend({
  side: side.optional(),
  state: z.enum(CONTRACT_STATES).optional(),
  ...ofOffering,
});
export const accessRequestsQuerySchema = pageQuerySchema.extend({
  side: side.optional(),
  state: z.enum(ACCESS_REQUEST_STATES).optional(),
  ...ofOffering,
});
export const entitlementsQuerySchema = pageQuerySchema.extend({
  side: side.default('consumed'),
  ended: z.stringbool().optional(),
  ...ofOffering,
});

export const requestAccessSchema = z.strictObject({
  offering: reference.describe('Id or name of the offering'),
  note: note.default(''),
});
export const approveAccessSchema = z.strictObject({
  price: tokenPriceSchema
    .optional()
    .describe('The list price when left out. A higher one is a proposal that the consumer must accept'),
  starts_at: z.iso.datetime().optional(),
  ends_at: z.iso.datetime().optional(),
  answer: note.default(''),
});
export const refuseAccessSchema = z.strictObject({ answer: note.default('') });

export const accessRequestSchema = z.object({
  id: z.string(),
  offering: z.object({ id: z.string(), model_name: z.string() }),
  provider: organisationRef,
  consumer: organisationRef,
  state: z.enum(ACCESS_REQUEST_STATES),
  note: z.string(),
  answer: z.string(),
  contract_id: z.string().nullable(),
  created_at: z.iso.datetime(),
  decided_at: z.iso.datetime().nullable(),
});
export type AccessRequestView = z.infer<typeof accessRequestSchema>;

export const takeUpSchema = z.strictObject({
  offering: reference.describe('Id or name of the offering'),
  plan_id: reference.optional().describe('Of a subscription'),
});

export const entitlementSchema = z.object({
  id: z.string(),
  offering: z.object({ id: z.string(), model_name: z.string() }),
  provider: organisationRef,
  consumer: organisationRef,
  source: z.enum(ENTITLEMENT_SOURCES),
  contract_id: z.string().nullable(),
  plan_id: z.string().nullable(),
  state: z.enum(['upcoming', 'active', 'ended']),
  price: tokenPriceSchema.nullable(),
  /** Of a trial or of the month that is paid for. */
  allowance: z.object({ tokens: z.int(), used: z.int(), ends_at: z.iso.datetime().nullable() }).nullable(),
  starts_at: z.iso.datetime(),
  ends_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
});
export type EntitlementView = z.infer<typeof entitlementSchema>;

export const createPlanSchema = z.strictObject({
  offering_id: reference,
  name: title,
  fee_micros: z.int().min(0).max(MICROS_MAX).describe('Per month, in micro-euros'),
  included_tokens: z.int().min(1).max(TOKENS_MAX),
});
export const planSchema = z.object({
  id: z.string(),
  offering_id: z.string(),
  name: z.string(),
  fee_micros: z.int(),
  included_tokens: z.int(),
  is_retired: z.boolean(),
  created_at: z.iso.datetime(),
});
export type PlanView = z.infer<typeof planSchema>;
