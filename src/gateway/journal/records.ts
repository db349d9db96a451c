import * as z from 'zod';
import { usageRecordSchema, usageTermsSchema } from '#contracts/usage.ts';

const count = z.int().nonnegative();

/** Where a request was sent, enough to ask that agent for its count even after a restart of the gateway. */
export const journalWorkerSchema = z.object({
  instance_id: z.string(),
  address: z.string(),
  data_port: z.int(),
  epoch: z.int(),
});
export type JournalWorker = z.infer<typeof journalWorkerSchema>;

/** Written before dispatch: from here on the request will be billed, whatever happens. */
export const openedSchema = z.object({
  request_id: z.string(),
  org_id: z.string(),
  api_key_id: z.string().nullable(),
  project_id: z.string().nullish(),
  user_id: z.string().nullable(),
  model_id: z.string(),
  endpoint: z.string(),
  streamed: z.boolean(),
  started_at_ms: z.int(),
  worker: journalWorkerSchema,
  terms: usageTermsSchema.exactOptional(),
});
export type Opened = z.infer<typeof openedSchema>;

export const markSchema = z.object({
  request_id: z.string(),
  at_ms: z.int(),
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: count,
});
export type Mark = z.infer<typeof markSchema>;

export const journalRecordSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open'), open: openedSchema }),
  /** Sent to another worker after the first could not take it. */
  z.object({ kind: z.literal('move'), request_id: z.string(), worker: journalWorkerSchema }),
  /** Counts so far of a long stream: what is billed when nobody can be asked any more. */
  z.object({ kind: z.literal('mark'), mark: markSchema }),
  z.object({ kind: z.literal('close'), usage: usageRecordSchema }),
]);
export type JournalRecord = z.infer<typeof journalRecordSchema>;
