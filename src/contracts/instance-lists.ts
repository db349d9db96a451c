/** How instances and what was done to them are asked for. */
import * as z from 'zod';
import { ACTION_SORTS, INSTANCE_SORTS, instanceStateSchema, WORKER_SORTS } from './instances.ts';
import { listQuerySchema, searchSchema } from './management.ts';
import { projectFilterSchema } from './organisations.ts';

const text = z.string().min(1).max(200);

export const instancesQuerySchema = listQuerySchema(INSTANCE_SORTS, '-created_at').extend({
  q: searchSchema
    .optional()
    .describe(
      'A part of the name, zone, type, model, deployment or project, in any case; or of the id from its beginning',
    ),
  state: instanceStateSchema.optional(),
  ended: z.stringbool().optional().describe('Only machines that were given back, or only the others'),
  deployment: z.string().max(100).optional(),
  provider: text.optional(),
  zone: text.optional(),
  instance_type: text.optional().describe("The provider's own name, or our id"),
  model: text.optional().describe('Hugging Face id, or ours'),
  project_id: projectFilterSchema,
  from: z.iso.datetime().optional().describe('Made from then on'),
  to: z.iso.datetime().optional().describe('Made before then'),
  include_archived: z.stringbool().default(false),
});
export type InstancesQuery = z.output<typeof instancesQuerySchema>;

/** Agents on the machines that are not at rest. */
export const workersQuerySchema = listQuerySchema(WORKER_SORTS, 'instance_id').extend({
  q: searchSchema
    .optional()
    .describe(
      'A part of the name or the version, in any case; or of the id of the instance from its beginning',
    ),
  outdated: z
    .stringbool()
    .optional()
    .describe('Only another build than new machines get, or only the others'),
});
export type WorkersQuery = z.output<typeof workersQuerySchema>;

const actionFields = {
  q: searchSchema
    .optional()
    .describe(
      'A part of a code, the beginning of an error code, or the id or name of an instance, or a correlation id',
    ),
  component: text.optional(),
  code: text.optional().describe('Such as `PROVIDER_CREATE`'),
  status: z.enum(['started', 'succeeded', 'failed']).optional(),
  error_code: text.optional(),
  correlation_id: text.optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
};
/** What was done to one instance. */
export const instanceActionsQuerySchema = listQuerySchema(ACTION_SORTS, '-at').extend(actionFields);
/** What was done to all of them. */
export const actionsQuerySchema = instanceActionsQuerySchema.extend({ instance_id: text.optional() });
export type ActionsQuery = z.output<typeof actionsQuerySchema>;
