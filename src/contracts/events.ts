import * as z from 'zod';

/** Facts told live over GET /api/v1/events (SSE). `event:` is the type, `data:` this body, `id:` resumes with Last-Event-ID. */
export const EVENT_TYPES = [
  'instance.changed',
  'deployment.changed',
  'api_key.changed',
  'organisation.changed',
  'member.changed',
  'invitation.changed',
  'project.changed',
  'provider_account.changed',
  'cost.changed',
  'model.changed',
  /** Something was activated, or an activation was taken back; the id is `<kind>:<id>`. */
  'activation.changed',
  /** An alert was opened or closed. */
  'alert.changed',
  /** Requests were added to the ledger; told at most once a second per organisation. */
  'usage.changed',
  /** Offerings, plans, contracts, requests for access, entitlements. */
  'market.changed',
  'wallet.changed',
  /** A conversation, chat project or prompt of the workbench; its id opens nothing for who may not read it. */
  'workbench.changed',
] as const;
export const eventTypeSchema = z.enum(EVENT_TYPES);
export type EventType = z.infer<typeof eventTypeSchema>;

export const liveEventSchema = z.object({
  type: eventTypeSchema,
  /** The id of what changed; the reader fetches it again. */
  subject_id: z.string(),
  at: z.iso.datetime(),
  /** The small part that most readers need, such as `state` and `progress` of an instance. */
  summary: z.record(z.string(), z.unknown()),
});
export type LiveEvent = z.infer<typeof liveEventSchema>;
