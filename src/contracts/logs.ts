import * as z from 'zod';
import {
  INSTALL_LINE_CHARACTERS_MAX,
  INSTALL_LINES_MAX,
  LOG_LEVELS,
  LOG_LINE_CHARACTERS_MAX,
  LOG_LINES_PER_BATCH_MAX,
  LOG_SOURCES,
} from './log-limits.ts';

export const logSourceSchema = z.enum(LOG_SOURCES);
export const logLevelSchema = z.enum(LOG_LEVELS);

/** The agent's files; the engine's lines are in the agent's. */
export const logFileSchema = z.enum(['agent', 'install']);
export type LogFileName = z.infer<typeof logFileSchema>;

/**
 * POST /internal/worker/logs with `Authorization: Bearer <worker token>`. The lines of a file are counted; a line that
 * is sent again is known by its number. A gap in the numbers is a loss on the machine.
 */
export const workerLogsRequestSchema = z.object({
  instance_id: z.string().max(100),
  epoch: z.int(),
  file: logFileSchema,
  from_seq: z.int().nonnegative(),
  lines: z
    .array(
      z.object({
        source: logSourceSchema,
        /** By the machine's clock. */
        at_ms: z.int().min(0).max(4_102_444_800_000),
        level: logLevelSchema,
        line: z.string().max(LOG_LINE_CHARACTERS_MAX),
      }),
    )
    .min(1)
    .max(LOG_LINES_PER_BATCH_MAX),
});
export type WorkerLogsRequest = z.infer<typeof workerLogsRequestSchema>;

/** The number of the next line that is not known yet. */
export const workerLogsResponseSchema = z.object({ next_seq: z.int() });
export type WorkerLogsResponse = z.infer<typeof workerLogsResponseSchema>;

/**
 * POST /internal/worker/install-log, by a machine that has no agent yet. The last lines of its `install.log` as they
 * are; those that came before are known by their time and text, so the script sends them again without counting.
 */
export const installLogRequestSchema = z.object({
  instance_id: z.string().max(100),
  bootstrap_token: z.string().max(200),
  lines: z.array(z.string().max(INSTALL_LINE_CHARACTERS_MAX)).min(1).max(INSTALL_LINES_MAX),
});
export type InstallLogRequest = z.infer<typeof installLogRequestSchema>;

export const logLineSchema = z.object({
  /** Counted for each instance in the order of arrival. */
  line_no: z.int(),
  /** By the machine's clock, but not later than its arrival. */
  at: z.iso.datetime(),
  received_at: z.iso.datetime(),
  source: logSourceSchema,
  level: logLevelSchema,
  line: z.string(),
});
export type LogLineView = z.infer<typeof logLineSchema>;

export const instanceLogsSchema = z.object({
  /** Oldest first. */
  data: z.array(logLineSchema),
  /** The lines before these; null when there are none. */
  older_cursor: z.string().nullable(),
  /** The lines after these, also those that are yet to come; null while there is none at all. */
  newer_cursor: z.string().nullable(),
});
