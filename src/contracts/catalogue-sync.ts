import * as z from 'zod';

/** What one provider offered when it was asked. */
export const syncedProviderSchema = z.object({
  provider: z.string(),
  offers: z.int(),
  zones: z.int(),
  types: z.int(),
  /** Offers whose price the provider did not tell. */
  unpriced: z.int(),
  duration_ms: z.int(),
  error: z.string().nullable(),
});
export const catalogueSyncReportSchema = z.object({ providers: z.array(syncedProviderSchema) });
export type CatalogueSyncReport = z.infer<typeof catalogueSyncReportSchema>;

export const catalogueSyncRequestSchema = z.object({
  provider: z.string().min(1).max(60).optional().describe('One provider; all enabled ones when left out'),
});
export const catalogueSyncSchema = z.object({
  id: z.string(),
  provider: z.string().nullable(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  requested_by: z.string(),
  requested_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  report: catalogueSyncReportSchema.nullable(),
});
export type CatalogueSyncView = z.infer<typeof catalogueSyncSchema>;
