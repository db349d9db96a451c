import * as z from 'zod';

/** What the sweep saw and did at one account; '' is the installation's own credentials. */
export const reconcileProviderSchema = z.object({
  provider: z.string(),
  account: z.string(),
  round: z.string().nullable(),
  state: z.enum(['complete', 'void', 'not_swept']),
  listed: z.int(),
  wanted: z.int(),
  missing: z.int(),
  orphans: z.int(),
  deleted: z.int(),
  gone: z.int(),
  adopted: z.int(),
  /** Held back until a person confirms. */
  reported: z.int(),
  held: z.enum(['breaker', 'restored']).nullable(),
  duration_ms: z.int().nullable(),
  errors: z.array(z.string()),
});
export const reconcileReportSchema = z.object({ providers: z.array(reconcileProviderSchema) });
export type ReconcileReport = z.infer<typeof reconcileReportSchema>;

export const reconcileRequestSchema = z.object({
  provider: z.string().min(1).max(60).optional().describe('One provider; all of them when left out'),
  instance: z.string().min(1).max(100).optional().describe('One instance, and the account it is rented on'),
});
export const reconcileSchema = z.object({
  id: z.string(),
  provider: z.string().nullable(),
  instance_id: z.string().nullable(),
  state: z.enum(['queued', 'running', 'done', 'failed']),
  requested_by: z.string(),
  requested_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
  /** Reconcilers that were woken. */
  woken: z.int(),
  report: reconcileReportSchema.nullable(),
});
export type ReconcileView = z.infer<typeof reconcileSchema>;

const roundSchema = z.object({
  id: z.string(),
  provider: z.string(),
  account: z.string(),
  state: z.enum(['acting', 'complete', 'void']),
  held: z.enum(['breaker', 'restored']).nullable(),
  epoch: z.int(),
  listed: z.int(),
  wanted: z.int(),
  missing: z.int(),
  orphans: z.int(),
  reported: z.int(),
  adopted: z.int(),
  deleted: z.int(),
  gone: z.int(),
  errors: z.array(z.string()),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});
const findingSchema = z.object({
  id: z.string(),
  provider: z.string(),
  account: z.string(),
  kind: z.string(),
  zone: z.string(),
  ref: z.string(),
  attempt: z.string(),
  instance: z.string(),
  why: z.string(),
  state: z.enum(['held', 'deleting', 'gone', 'wanted']),
  created_at: z.iso.datetime(),
  first_seen_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  delete_called_at: z.iso.datetime().nullable(),
  last_error: z.string().nullable(),
  approved_by: z.string().nullable(),
  closed_at: z.iso.datetime().nullable(),
});
export const sweepSchema = z.object({
  /** The newest round of each account that deletes nothing until it is confirmed. */
  held: z.array(roundSchema),
  rounds: z.array(roundSchema),
  findings: z.array(findingSchema),
  epochs: z.array(
    z.object({
      number: z.int(),
      gap_from: z.iso.datetime().nullable(),
      began_at: z.iso.datetime(),
      alive_until: z.iso.datetime(),
    }),
  ),
  confirmations: z.array(
    z.object({
      id: z.string(),
      provider: z.string(),
      account: z.string(),
      round: z.string(),
      epoch: z.int(),
      findings: z.int(),
      confirmed_by: z.string(),
      confirmed_at: z.iso.datetime(),
    }),
  ),
  failing_renewals: z.array(
    z.object({
      provider: z.string(),
      account: z.string(),
      kind: z.string(),
      zone: z.string(),
      ref: z.string(),
      expires_at: z.iso.datetime(),
      failing_since: z.iso.datetime(),
      last_error: z.string().nullable(),
    }),
  ),
});
export type SweepView = z.infer<typeof sweepSchema>;

export const confirmSweepSchema = z.object({
  round: z.string().min(1).max(100).describe('Id of the held round that was read'),
});
export const confirmedSweepSchema = z.object({
  provider: z.string(),
  account: z.string(),
  /** Findings that may be deleted now. */
  findings: z.int(),
});

// Volumes as things of their own
export const patchVolumeSchema = z.object({
  keep: z.boolean().describe('Whether it survives the end of its instance'),
});
export const volumeSchema = z.object({
  id: z.string(),
  instance_id: z.string(),
  instance: z.string(),
  instance_state: z.string(),
  provider: z.string(),
  /** The organisation's account there; null: the installation's own. */
  account_id: z.string().nullable(),
  zone: z.string(),
  provider_ref: z.string(),
  kind: z.string(),
  size_bytes: z.number(),
  is_boot: z.boolean(),
  keep: z.boolean(),
  /** In euros; null when unknown. */
  price_micros_per_hour: z.int().nullable(),
  created_at: z.iso.datetime(),
  delete_asked_at: z.iso.datetime().nullable(),
  deleted_at: z.iso.datetime().nullable(),
  /** The instance that it was given to and that has not ended. */
  used_by: z.string().nullable(),
  used_by_name: z.string().nullable(),
});
export type OwnVolume = z.infer<typeof volumeSchema>;
