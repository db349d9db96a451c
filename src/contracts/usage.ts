import * as z from 'zod';
import { tokenPriceSchema } from './token-price.ts';

/** Why a request ended. `lost`: the worker was gone before its count could be read; the last progress mark is billed. */
export const USAGE_OUTCOMES = ['completed', 'client_closed', 'upstream_failed', 'rejected', 'lost'] as const;
export const usageOutcomeSchema = z.enum(USAGE_OUTCOMES);

/** Under which terms another organisation's model was used: as they were when the request was admitted. */
export const usageTermsSchema = z.object({
  provider_org_id: z.string(),
  offering_id: z.string(),
  entitlement_id: z.string(),
  contract_id: z.string().nullable(),
  /** The version of the price; null when nothing is asked for. */
  terms_id: z.string().nullable(),
  price: tokenPriceSchema,
  /** Tokens that are paid for or given: while some are left nothing is charged. */
  allowance: z.object({ id: z.string(), tokens: z.int().nonnegative() }).nullable(),
});
export type UsageTerms = z.infer<typeof usageTermsSchema>;

/** One record per admitted request, idempotent by `request_id`: gateway journal -> finops ledger. */
export const usageRecordSchema = z.object({
  request_id: z.string(),
  org_id: z.string(),
  api_key_id: z.string().nullable(),
  /** Of the key, at the moment of use; records of before have none. */
  project_id: z.string().nullish(),
  user_id: z.string().nullable(),
  model_id: z.string(),
  instance_id: z.string().nullable(),
  endpoint: z.string(),
  outcome: usageOutcomeSchema,
  http_status: z.int().nullable(),
  error_code: z.string().nullable(),
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  cached_tokens: z.int().nonnegative(),
  started_at_ms: z.int(),
  ended_at_ms: z.int(),
  ttft_ms: z.number().nullable(),
  streamed: z.boolean(),
  /** For the log of requests. Unknown of what a killed gateway left open. */
  model: z.string().nullable().optional(),
  correlation_id: z.string().nullable().optional(),
  duration_ms: z.number().optional(),
  queue_ms: z.number().nullable().optional(),
  /** Absent when an organisation uses what it serves itself. */
  terms: usageTermsSchema.exactOptional(),
});
export type UsageRecord = z.infer<typeof usageRecordSchema>;

/** Whether a record in JSON was used under terms: a quote inside of a text is escaped, so this is a member. */
export function hasTerms(row: string): boolean {
  return row.includes('"terms":{');
}
