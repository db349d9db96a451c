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

export const USAGE_GROUPINGS = [
  'day',
  'model',
  'project',
  'outcome',
  'api_key',
  'user',
  'instance',
  'endpoint',
] as const;
export type UsageGrouping = (typeof USAGE_GROUPINGS)[number];
export const USAGE_GROUP_SORTS = ['value', 'requests', 'tokens'] as const;
export type UsageGroupSort = (typeof USAGE_GROUP_SORTS)[number];

export const usageGroupsQuerySchema = listQuerySchema(USAGE_GROUP_SORTS, '-tokens')
  .extend({
    by: z.enum(USAGE_GROUPINGS),
    project_id: projectFilterSchema,
    model_id: id.optional(),
    outcome: z.enum(USAGE_OUTCOMES).optional(),
    api_key_id: id.optional(),
    user_id: id.optional(),
    from: z.iso.datetime().optional().describe('From then on; midnights of UTC are answered fastest'),
    to: z.iso.datetime().optional(),
  })
  .refine(
    ({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to),
    'from must be before to',
  );
export type UsageGroupsQuery = z.infer<typeof usageGroupsQuerySchema>;

/** Sums of one group; `value` is the id or name that it is grouped by, null for what belongs to none. */
export const usageGroupSchema = z.object({
  value: z.string().nullable(),
  requests: z.int(),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int(),
});
