/** Webhooks: endpoints of an organisation that are told of business events. */
import * as z from 'zod';
import { businessEventTypeSchema, WEBHOOK_EVENT_TYPES } from './business-events.ts';
import { listQuerySchema } from './management.ts';

const url = z.string().min(1).max(2_000).describe('https:// address that is sent a POST for each event');
const description = z.string().max(300);
const eventTypes = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .max(WEBHOOK_EVENT_TYPES.length)
  .describe('What it is told of; empty: everything');

export const createWebhookSchema = z.object({
  url,
  description: description.default(''),
  event_types: eventTypes.default([]),
});

export const changeWebhookSchema = z.strictObject({
  url: url.optional(),
  description: description.optional(),
  event_types: eventTypes.optional(),
  enabled: z
    .boolean()
    .optional()
    .describe('False: nothing is sent, and what happens meanwhile is not sent later'),
});

export const rotateSecretSchema = z.object({
  overlap_hours: z
    .int()
    .min(0)
    .max(168)
    .default(24)
    .describe('How long deliveries are signed with the former secret too'),
});

export const webhookSchema = z.object({
  id: z.string(),
  url: z.string(),
  description: z.string(),
  event_types: z.array(businessEventTypeSchema),
  enabled: z.boolean(),
  /** Why it was turned off, where nobody asked for it. */
  disabled_because: z.enum(['failing', 'gone']).nullable(),
  /** Since when nothing has arrived. */
  failing_since: z.iso.datetime().nullable(),
  /** Until when the former secret signs too. */
  former_secret_until: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
});
export type WebhookView = z.output<typeof webhookSchema>;

/** The answers that carry the secret. */
export const webhookWithSecretSchema = webhookSchema.extend({
  /** Null when an Idempotency-Key replays the answer: the secret is shown once. */
  secret: z.string().nullable(),
});

export const DELIVERY_STATES = ['pending', 'delivered', 'failed'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

export const DELIVERY_SORTS = ['created_at'] as const;
export type DeliverySort = (typeof DELIVERY_SORTS)[number];

export const deliveriesQuerySchema = listQuerySchema(DELIVERY_SORTS, '-created_at').extend({
  state: z.enum(DELIVERY_STATES).optional(),
  event_type: businessEventTypeSchema.optional(),
  event_id: z.string().max(200).optional(),
});

export const deliverySchema = z.object({
  id: z.string(),
  /** As in the header `webhook-id`: the same at each attempt, and when it is sent again. */
  event_id: z.string(),
  event_type: businessEventTypeSchema,
  state: z.enum(DELIVERY_STATES),
  /** Since it was made, or sent again by somebody. */
  attempts: z.int(),
  next_attempt_at: z.iso.datetime().nullable(),
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});

export const deliveryDetailSchema = deliverySchema.extend({
  /** What was sent, exactly. */
  body: z.string(),
  attempt_log: z.array(
    z.object({
      number: z.int(),
      at: z.iso.datetime(),
      duration_ms: z.int(),
      status: z.int().nullable(),
      error: z.string().nullable(),
      /** The beginning of the answer. */
      answer: z.string().nullable(),
    }),
  ),
});

export const resentSchema = z.object({ resent: z.int() });
