/** How a machine that nobody can dial becomes a host: a token that is pasted there once, and what its agent then says. */
import * as z from 'zod';
import { hostPriceSchema } from './hosts.ts';

export const ENROLMENT_STATES = ['open', 'used', 'expired', 'revoked'] as const;
export type EnrolmentState = (typeof ENROLMENT_STATES)[number];

export const createHostEnrolmentSchema = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .nullable()
    .default(null)
    .describe('What the machine is to be called; null: as it calls itself'),
  price: hostPriceSchema.nullable().default({ nanos_per_hour: 0, currency: 'EUR' }),
});
export type CreateHostEnrolment = z.infer<typeof createHostEnrolmentSchema>;

export const hostEnrolmentSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  price: hostPriceSchema.nullable(),
  state: z.enum(ENROLMENT_STATES),
  /** The machine that came with it. */
  host_id: z.string().nullable(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  used_at: z.iso.datetime().nullable(),
  revoked_at: z.iso.datetime().nullable(),
});
export type HostEnrolmentView = z.infer<typeof hostEnrolmentSchema>;

export const createdHostEnrolmentSchema = hostEnrolmentSchema.extend({
  /** What is pasted on the machine; shown once. Null where the answer is repeated. */
  command: z.string().nullable(),
});

const PROBE_LINES_MAX = 200;
const probe = z.array(z.string().max(4_000)).max(PROBE_LINES_MAX);

/** What the one-liner sends. */
export const enrolHostSchema = z.strictObject({
  token: z.string().max(200),
  /** Made on the machine, and kept there until the exchange has ended well. */
  nonce: z.string().regex(/^[0-9a-f]{32,64}$/),
  hostname: z.string().max(300),
  probe,
});
export type EnrolHost = z.infer<typeof enrolHostSchema>;

/** What the agent says each time it asks. */
export const agentAskSchema = z.strictObject({
  host_token: z.string().max(200),
  agent_sha256: z.string().max(64).optional(),
  /** What the machine is; sent when the agent begins, and when it is asked for. */
  probe: probe.optional(),
  done: z
    .strictObject({
      order: z.string().max(100),
      code: z.int().min(0).max(255),
      words: z.string().max(1_000),
    })
    .optional(),
});
export type AgentAsk = z.infer<typeof agentAskSchema>;

export const agentOrderSchema = z.strictObject({
  host_token: z.string().max(200),
  order: z.string().max(100),
});
