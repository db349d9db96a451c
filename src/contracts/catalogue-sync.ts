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

/** How old what the catalogue says of a provider is. */
export const catalogueProviderSchema = z.object({
  provider: z.string(),
  name: z.string(),
  is_enabled: z.boolean(),
  zones: z.int(),
  types: z.int(),
  /** Machines in zones, and how many of them have no price. */
  offers: z.int(),
  unpriced: z.int(),
  /** The day of the newest price; null when no day is known. */
  newest_price_of: z.string().nullable(),
  /** When the provider was asked last, and what went wrong then; null: never, what is known came with the program. */
  synced_at: z.iso.datetime().nullable(),
  sync_error: z.string().nullable(),
});
export type CatalogueProvider = z.infer<typeof catalogueProviderSchema>;

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
