import * as z from 'zod';

/** Work of the whole installation by kind. Finished work has no row. */
export const jobCountsSchema = z.object({
  kind: z.string(),
  /** To be done now, and in nobody's hands. */
  due: z.int(),
  /** In the hands of a process. */
  running: z.int(),
  /** To be done later. */
  waiting: z.int(),
  /** Failed for good. */
  dead: z.int(),
  /** How long the oldest due job has been waiting; null when none is due. */
  oldest_due_seconds: z.number().nullable(),
});

export const deadLetterSchema = z.object({
  kind: z.string(),
  subject_id: z.string(),
  org_id: z.string().nullable(),
  attempts: z.int(),
  last_error: z.string().nullable(),
  correlation_id: z.string(),
  dead_at: z.iso.datetime(),
});

export const retryDeadLetterSchema = z.object({
  kind: z.string().min(1).max(100),
  subject_id: z.string().min(1).max(200),
});
