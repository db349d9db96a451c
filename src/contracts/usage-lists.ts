/** How the usage ledger is asked for. */
import * as z from 'zod';
import { listQuerySchema } from './management.ts';
import { projectFilterSchema } from './organisations.ts';
import { USAGE_OUTCOMES } from './usage.ts';

export const USAGE_SORTS = ['started_at', 'tokens'] as const;
export type UsageSort = (typeof USAGE_SORTS)[number];

const id = z.string().min(1).max(300);

export const usageQuerySchema = listQuerySchema(USAGE_SORTS, '-started_at')
  .extend({
    request_id: id.optional(),
    project_id: projectFilterSchema,
    api_key_id: id.optional(),
    user_id: id.optional(),
    model_id: id.optional(),
    instance_id: id.optional(),
    outcome: z.enum(USAGE_OUTCOMES).optional(),
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
  })
  .refine(
    ({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to),
    'from must be before to',
  );
export type UsageQuery = z.infer<typeof usageQuerySchema>;
