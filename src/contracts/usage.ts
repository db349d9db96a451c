import * as z from 'zod';

/** Why a request ended. `lost`: the worker was gone before its count could be read; the last progress mark is billed. */
export const USAGE_OUTCOMES = ['completed', 'client_closed', 'upstream_failed', 'rejected', 'lost'] as const;
export const usageOutcomeSchema = z.enum(USAGE_OUTCOMES);

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
});
export type UsageRecord = z.infer<typeof usageRecordSchema>;
