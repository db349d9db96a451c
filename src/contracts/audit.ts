/** The audit log: who changed what, from where. */
import * as z from 'zod';
import { listQuerySchema, searchSchema } from './management.ts';

const YEAR_FORM = /^[1-9]\d{3}-/;
const moment = z.iso.datetime().regex(YEAR_FORM, 'must be in the years 1000 to 9999');

export const auditFilterSchema = z.object({
  actor: z.string().max(200).optional().describe('Id or name of who did it'),
  action: z
    .string()
    .max(200)
    .optional()
    .describe('Such as `api_keys.create`, or `api_keys` for all of that kind'),
  subject: z.string().max(200).optional().describe('Id of what was changed, or its kind, such as `settings`'),
  outcome: z.enum(['done', 'denied']).optional(),
  correlation_id: z.string().max(200).optional(),
  q: searchSchema
    .optional()
    .describe('Exactly who, what or which request or correlation it was, or the beginning of an action'),
  from: moment.optional(),
  to: moment.optional(),
});
export type AuditFilterQuery = z.output<typeof auditFilterSchema>;

export const AUDIT_SORTS = ['at'] as const;
export type AuditSort = (typeof AUDIT_SORTS)[number];

export const auditQuerySchema = listQuerySchema(AUDIT_SORTS, '-at').extend(auditFilterSchema.shape);

const values = z.record(z.string(), z.unknown()).nullable();

export const auditEntrySchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  /** Denied: somebody signed in tried it, and was not allowed to. */
  outcome: z.enum(['done', 'denied']),
  actor: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string().nullable() }),
  /** The name of the route. */
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string().nullable() }),
  /** What changed, as it was; null where it was not there, or is not told. Secrets are `[hidden]`. */
  before: values,
  /** What it became, or what was asked for. */
  after: values,
  ip: z.string().nullable(),
  user_agent: z.string().nullable(),
  request_id: z.string(),
  correlation_id: z.string(),
});
export type AuditEntryView = z.output<typeof auditEntrySchema>;
