import * as z from 'zod';

const clockTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day such as 08:30, or 24:00');

/** Hours of some days of the week, by the clock at the machine. One that ends before it begins ends the next day. */
export const openWindowSchema = z
  .object({
    /** Days on which it begins; Monday is 1, Sunday 7. */
    days: z.array(z.int().min(1).max(7)).min(1).max(7),
    from: clockTime,
    to: clockTime,
  })
  .refine(({ from, to }) => from !== to && from !== '24:00', {
    error: 'a window must have a length: for a whole day give 00:00 and 24:00',
  });
export type OpenWindow = z.infer<typeof openWindowSchema>;

/** What the owner of a machine lets others use of it. Outside of it the machine finishes what it has and gets no more. */
export const machineTermsSchema = z.object({
  /** A name of the time zone database, such as Europe/Paris; its changes between summer and winter are followed. */
  time_zone: z.string().min(1).max(64),
  /** Open in any of them; none is always. */
  windows: z.array(openWindowSchema).max(50),
  /** From midnight to midnight of that time zone; null is no limit. */
  requests_per_day: z.int().nonnegative().nullable(),
  /** Of prompts and answers together. */
  tokens_per_day: z.int().nonnegative().nullable(),
});
export type MachineTerms = z.infer<typeof machineTermsSchema>;

export const CLOSED_REASONS = ['outside_hours', 'requests_used_up', 'tokens_used_up'] as const;
export type ClosedReason = (typeof CLOSED_REASONS)[number];

export const machineTermsViewSchema = machineTermsSchema.extend({
  /** Null while nobody has set any: the machine is open all the time. */
  updated_at: z.iso.datetime().nullable(),
  is_open: z.boolean(),
  closed_because: z.enum(CLOSED_REASONS).nullable(),
  day_began_at: z.iso.datetime(),
  requests_today: z.int().nonnegative(),
  tokens_today: z.int().nonnegative(),
});
export type MachineTermsView = z.infer<typeof machineTermsViewSchema>;
