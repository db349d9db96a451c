import * as z from 'zod';

/** Of one booking; thousand times a million euros is more than anybody moves at once. */
const AMOUNT_MAX_MICROS = 1_000_000_000_000_000;
const note = z.string().trim().max(500).default('');

export const walletSchema = z.object({
  currency: z.literal('EUR'),
  /** Below zero when more was used than was there: requests that were under way are served to their end. */
  balance_micros: z.int(),
  /** How far it may go below zero; null is no limit. */
  credit_micros: z.int().nullable(),
  /** False: what costs something is refused until the wallet is topped up. */
  can_spend: z.boolean(),
});
export type WalletView = z.infer<typeof walletSchema>;

export const walletEntrySchema = z.object({
  /** What caused it, such as `usage:<request id>`. */
  ref: z.string(),
  kind: z.enum(['top_up', 'transfer_in', 'transfer_out', 'usage', 'fee', 'income']),
  amount_micros: z.int(),
  /** Slug of the organisation on the other side; null for the platform. */
  counterparty: z.string().nullable(),
  note: z.string(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
});

export const transferSchema = z.strictObject({
  to: z.string().min(1).max(100).describe('Slug or id of the organisation that gets it'),
  amount_micros: z.int().min(1).max(AMOUNT_MAX_MICROS),
  note,
});

export const topUpSchema = z.strictObject({
  amount_micros: z
    .int()
    .min(-AMOUNT_MAX_MICROS)
    .max(AMOUNT_MAX_MICROS)
    .refine((amount) => amount !== 0, 'not zero')
    .describe('Negative takes back, never more than is there'),
  note,
});

export const creditSchema = z.strictObject({
  credit_micros: z.int().min(0).max(AMOUNT_MAX_MICROS).nullable().describe('Null is no limit'),
});

const chargeBackRowSchema = z.object({
  organisation: z
    .object({ id: z.string(), slug: z.string(), name: z.string() })
    .describe('On the other side'),
  offering: z.object({ id: z.string(), name: z.string() }),
  contract_id: z.string().nullable(),
  requests: z.int(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int(),
  usage_micros: z.int(),
  fee_micros: z.int(),
});
const sideSchema = z.object({
  rows: z.array(chargeBackRowSchema),
  requests: z.int(),
  total_micros: z.int(),
});
export const chargeBackSchema = z.object({
  currency: z.literal('EUR'),
  /** What this organisation owes others. */
  consumed: sideSchema,
  /** What others owe this organisation. */
  provided: sideSchema,
});
