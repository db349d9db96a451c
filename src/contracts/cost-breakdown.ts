/** What costs come from, and how much of them served nobody. */
import * as z from 'zod';
import { projectFilterSchema } from './organisations.ts';

export const COST_GROUPINGS = ['project', 'deployment', 'model', 'provider', 'kind'] as const;
export type CostGrouping = (typeof COST_GROUPINGS)[number];

const STEPS_MAX = 200;
const IDLE_DAYS_MAX = 31;
const DAY_MS = 86_400_000;

const window = { from: z.iso.datetime(), to: z.iso.datetime() };
const isForwards = ({ from, to }: { from: string; to: string }) => Date.parse(from) < Date.parse(to);

export const costBreakdownQuerySchema = z
  .object({
    by: z.enum(COST_GROUPINGS),
    ...window,
    step_seconds: z.coerce
      .number()
      .int()
      .min(60)
      .max(31 * 86_400)
      .default(86_400),
    project_id: projectFilterSchema,
  })
  .refine(isForwards, 'from must be before to')
  .refine(
    ({ from, to, step_seconds: step }) => (Date.parse(to) - Date.parse(from)) / 1_000 / step <= STEPS_MAX,
    `at most ${STEPS_MAX} steps: choose a larger step_seconds or a shorter window`,
  );

export const costBreakdownSchema = z.object({
  currency: z.literal('EUR'),
  by: z.enum(COST_GROUPINGS),
  step_seconds: z.int(),
  /** When each step begins; the last one may be shorter. */
  steps: z.array(z.iso.datetime()),
  total_micros: z.int(),
  groups: z
    .array(
      z.object({
        /** Id of what it is grouped by; null for what belongs to none. */
        value: z.string().nullable(),
        name: z.string().nullable(),
        micros: z.int(),
        /** Of each step; they add up to `micros`. */
        step_micros: z.array(z.int()),
      }),
    )
    .describe('The dearest first'),
});
export type CostBreakdown = z.output<typeof costBreakdownSchema>;

export const idleCostsQuerySchema = z
  .object(window)
  .refine(isForwards, 'from must be before to')
  .refine(
    ({ from, to }) => Date.parse(to) - Date.parse(from) <= IDLE_DAYS_MAX * DAY_MS,
    `at most ${IDLE_DAYS_MAX} days: this is read request by request`,
  );

export const idleCostsSchema = z.object({
  currency: z.literal('EUR'),
  micros: z.int(),
  /** Of the time in which no request was being served. */
  idle_micros: z.int(),
  data: z
    .array(
      z.object({
        deployment_id: z.string().nullable(),
        name: z.string().nullable(),
        micros: z.int(),
        idle_micros: z.int(),
      }),
    )
    .describe('By deployment, what cost most idle first'),
});
export type IdleCosts = z.output<typeof idleCostsSchema>;
