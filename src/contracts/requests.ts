import * as z from 'zod';
import { listQuerySchema, searchSchema } from './management.ts';
import { usageOutcomeSchema } from './usage.ts';

/** One request at the gateway, as it goes into the log: gateway memory -> request log. Never a body, never a key. */
export const requestRecordSchema = z.object({
  request_id: z.string(),
  org_id: z.string(),
  api_key_id: z.string().nullable(),
  user_id: z.string().nullable(),
  correlation_id: z.string().nullable(),
  endpoint: z.string(),
  model: z.string().nullable(),
  model_id: z.string().nullable(),
  instance_id: z.string().nullable(),
  status: z.int(),
  error_code: z.string().nullable(),
  outcome: usageOutcomeSchema.nullable(),
  streamed: z.boolean(),
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  cached_tokens: z.int().nonnegative(),
  started_at_ms: z.int(),
  duration_ms: z.number(),
  /** From the whole body to the worker that was found for it. */
  queue_ms: z.number().nullable(),
  ttft_ms: z.number().nullable(),
});
export type RequestRecord = z.infer<typeof requestRecordSchema>;

/** A request as people see it. */
export const requestEntrySchema = requestRecordSchema
  .omit({ org_id: true, started_at_ms: true })
  .extend({ started_at: z.iso.datetime() });

const name = z.string().min(1).max(300);

export const REQUEST_SORTS = ['started_at', 'duration_ms', 'tokens'] as const;
export type RequestSort = (typeof REQUEST_SORTS)[number];

export const requestsQuerySchema = listQuerySchema(REQUEST_SORTS, '-started_at')
  .extend({
    q: searchSchema
      .optional()
      .describe(
        "The id of a request, the beginning of the client's own or of an error code, or the name of a model",
      ),
    /** Our id, or the client's own. */
    id: name.optional(),
    status: z.coerce.number().int().min(100).max(599).optional(),
    failed: z
      .enum(['true', 'false'])
      .optional()
      .describe('Only those that failed, also in the middle of a stream, or only the others'),
    error_code: name.optional(),
    api_key_id: name.optional(),
    user_id: name.optional(),
    model: name.optional().describe('As the client named it, or our id'),
    instance_id: name.optional(),
    endpoint: name.optional(),
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
  })
  .refine(
    ({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to),
    'from must be before to',
  );
export type RequestsQuery = z.infer<typeof requestsQuerySchema>;
