/**
 * Facts that others act on: kept for a time, never changed, offered as webhooks. docs/reference/events.md describes
 * each; a test keeps the two alike. What people watch live is in events.ts: hints, of which nobody keeps any.
 */
import * as z from 'zod';

interface EventDefinition {
  readonly about: string;
  readonly data: z.ZodObject;
}

const costEdge = z.object({
  instance_id: z.string(),
  resource_kind: z.enum(['server', 'volume', 'address']),
  resource_ref: z.string().describe("The provider's name of the resource."),
  provider: z.string(),
  zone: z.string(),
  billed_at: z.iso.datetime().describe('The billable moment.'),
  price_nanos_per_hour: z.int().nullable().describe('Billionths of the currency; null: unknown.'),
  currency: z.string().nullable(),
});

const apiKey = z.object({ api_key_id: z.string(), name: z.string(), user_id: z.string().nullable() });
const alert = z.object({ alert_id: z.string(), code: z.string() });

export const BUSINESS_EVENTS = {
  INSTANCE_STATE_CHANGED: {
    about: 'An instance came into another state. `from` is null for a new one.',
    data: z.object({
      instance_id: z.string(),
      from: z.string().nullable(),
      to: z.string(),
      reason: z.string(),
      version: z.int().describe('Counts the changes of this instance, without gaps.'),
    }),
  },
  INSTANCE_COST_START: { about: 'A server, volume or address costs from `billed_at` on.', data: costEdge },
  INSTANCE_COST_STOP: { about: 'It costs no more from `billed_at` on.', data: costEdge },
  TOKENS_CONSUMED: {
    about:
      'Requests of one key, user and model that came into the ledger together. The sums of these events equal the ledger.',
    data: z.object({
      api_key_id: z.string().nullable(),
      user_id: z.string().nullable(),
      model_id: z.string(),
      requests: z.int(),
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      cached_tokens: z.int(),
      first_request_id: z.string().describe('The lowest and the highest id of these requests.'),
      last_request_id: z.string(),
      started_at: z.iso.datetime().describe('When the earliest of them began and the latest ended.'),
      ended_at: z.iso.datetime(),
    }),
  },
  API_KEY_CREATED: { about: 'An API key was made.', data: apiKey },
  API_KEY_REVOKED: { about: 'An API key was revoked, for good.', data: apiKey },
  DEPLOYMENT_CREATED: {
    about: 'A deployment was ordered; its instances tell how they get on.',
    data: z.object({
      deployment_id: z.string(),
      name: z.string(),
      model_id: z.string(),
      replicas: z.int(),
    }),
  },
  DEPLOYMENT_DELETED: {
    about: 'A deployment is to go; its instances tell when they are gone.',
    data: z.object({ deployment_id: z.string(), name: z.string() }),
  },
  ALERT_OPENED: { about: 'Something does not get on by itself.', data: alert },
  ALERT_CLOSED: { about: 'It does again.', data: alert },
  WEBHOOK_TEST: {
    about: 'Sent when somebody tries an endpoint out, to this endpoint only.',
    data: z.object({ endpoint_id: z.string() }),
  },
} as const satisfies Record<string, EventDefinition>;

export type BusinessEventType = keyof typeof BUSINESS_EVENTS;
export type BusinessEventData<T extends BusinessEventType> = z.output<(typeof BUSINESS_EVENTS)[T]['data']>;

export const BUSINESS_EVENT_TYPES = Object.keys(BUSINESS_EVENTS) as [
  BusinessEventType,
  ...BusinessEventType[],
];
export const businessEventTypeSchema = z.enum(BUSINESS_EVENT_TYPES);

/** Types that endpoints may be told of; a test event comes without having been chosen. */
export const WEBHOOK_EVENT_TYPES = BUSINESS_EVENT_TYPES.filter((type) => type !== 'WEBHOOK_TEST') as [
  BusinessEventType,
  ...BusinessEventType[],
];
