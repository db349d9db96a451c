/** How requests to each model fare: how many, how many fail, how long they wait. */
import * as z from 'zod';

const STEPS_MAX = 200;
const DAYS_MAX = 31;
const DAY_SECONDS = 86_400;

export const signalsQuerySchema = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    step_seconds: z.coerce.number().int().min(10).max(DAY_SECONDS).default(3_600),
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'from must be before to')
  .refine(
    ({ from, to }) => Date.parse(to) - Date.parse(from) <= DAYS_MAX * DAY_SECONDS * 1_000,
    `at most ${DAYS_MAX} days: this is read request by request`,
  )
  .refine(
    ({ from, to, step_seconds: step }) => (Date.parse(to) - Date.parse(from)) / 1_000 / step <= STEPS_MAX,
    `at most ${STEPS_MAX} steps: choose a larger step_seconds or a shorter window`,
  );

const counts = { requests: z.int(), failed: z.int() };
const percentile = z.number().nullable().describe('Milliseconds; null when no request has it');

export const signalsSchema = z.object({
  step_seconds: z.int(),
  models: z
    .array(
      z.object({
        /** Null: requests that named no model of ours. */
        model_id: z.string().nullable(),
        model: z.string().nullable(),
        ...counts,
        ttft_p50_ms: percentile,
        ttft_p95_ms: percentile,
        queue_p50_ms: percentile,
        queue_p95_ms: percentile,
        duration_p50_ms: percentile,
        duration_p95_ms: percentile,
        steps: z
          .array(
            z.object({ at: z.iso.datetime(), ...counts, ttft_p50_ms: percentile, ttft_p95_ms: percentile }),
          )
          .describe('Those in which there were requests'),
      }),
    )
    .describe('The most used first'),
  errors: z
    .array(z.object({ status: z.int(), error_code: z.string().nullable(), requests: z.int() }))
    .describe('Why requests failed, the most frequent first'),
});
export type Signals = z.output<typeof signalsSchema>;
