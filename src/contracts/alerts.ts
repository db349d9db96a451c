import * as z from 'zod';

/** Something that does not get on by itself. One is open per code and subject; it is closed when its cause ends. */

export const ALERT_SEVERITIES = ['warning', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

export const alertSchema = z.object({
  id: z.string(),
  /** Null: the affair of the whole installation. */
  org_id: z.string().nullable(),
  code: z.string(),
  severity: z.enum(ALERT_SEVERITIES),
  subject_kind: z.string(),
  subject_id: z.string(),
  details: z.record(z.string(), z.unknown()),
  correlation_id: z.string(),
  opened_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  closed_at: z.iso.datetime().nullable(),
});
export type AlertView = z.infer<typeof alertSchema>;
