/**
 * What is told live over GET /api/v1/events (SSE). `event:` is the type, `data:` the body, and `id:` is sent back as
 * Last-Event-ID to go on from there. An event says that something changed; who shows it reads it again.
 */
import * as z from 'zod';
import { activationSideSchema } from './activation.ts';
import { instanceStateSchema } from './instances.ts';
import { type Action, isAllowed } from './permissions.ts';
import type { OrganisationRole } from './roles.ts';

interface LiveEventRule {
  /** Whoever may do this in the organisation hears of it; null: nobody by their role. */
  readonly see: Action | null;
  /** Whoever may do this hears of what is their own. */
  readonly own?: Action;
  /** Who hears of it where it belongs to no organisation: administrators of the platform, or all who may `see`. */
  readonly installation?: 'administrators' | 'everybody';
  readonly summary: z.ZodObject;
}

const nothing = z.object({});

/** Each kind of thing that pages show. Written by commands, or by triggers where many ways lead to one table. */
export const LIVE_EVENTS = {
  'instance.changed': {
    see: 'instances.read',
    summary: z.object({ state: instanceStateSchema, progress: z.number() }),
  },
  /** An agent registered, was shut out, or got into another state; the id is its instance's. */
  'worker.changed': { see: 'instances.read', summary: nothing },
  'volume.changed': { see: 'instances.read', summary: nothing },
  'deployment.changed': {
    see: 'deployments.read',
    summary: z.object({ name: z.string(), status: z.string().optional() }),
  },
  'api_key.changed': {
    see: 'api_keys.read_all',
    own: 'api_keys.own',
    summary: z.object({ state: z.string(), happened: z.string() }),
  },
  'organisation.changed': {
    see: 'organisation.read',
    summary: z.object({ state: z.string().optional() }),
  },
  'member.changed': { see: 'members.read', summary: z.object({ role: z.string().nullable() }) },
  'invitation.changed': { see: 'members.invite', summary: nothing },
  'project.changed': { see: 'projects.read', summary: nothing },
  'provider_account.changed': {
    see: 'providers.read',
    summary: z.object({ state: z.string(), check: z.string().optional() }),
  },
  /** A machine of one's own: what is known of it, or who uses it. */
  'host.changed': { see: 'providers.read', summary: nothing },
  'cost.changed': { see: 'costs.read', summary: nothing },
  'model.changed': { see: 'models.read', installation: 'everybody', summary: nothing },
  /** Providers' offers, zones and prices. */
  'catalogue.changed': { see: 'catalogue.read', installation: 'everybody', summary: nothing },
  /** Something was activated, or an activation was taken back; the id is `<kind>:<id>`. */
  'activation.changed': {
    see: 'activation.read',
    summary: z.object({ missing: z.array(activationSideSchema) }),
  },
  /** An alert was opened or closed. */
  'alert.changed': {
    see: 'alerts.read',
    installation: 'administrators',
    summary: z.object({ code: z.string(), is_open: z.boolean() }),
  },
  /** Requests were added to the ledger, of the organisation or of one's own; at most once a second each. */
  'usage.changed': { see: 'usage.read', own: 'api_keys.own', summary: nothing },
  /** What an organisation counts its own use at. */
  'price.changed': { see: 'prices.read', summary: nothing },
  /** Offerings, plans, entitlements. */
  'market.changed': { see: 'offerings.read', summary: nothing },
  /** Contracts between organisations, and requests for access. */
  'contract.changed': { see: 'contracts.read', summary: nothing },
  'wallet.changed': { see: 'costs.read', summary: nothing },
  /** A conversation, chat project or prompt of the workbench; its id opens nothing for who may not read it. */
  'workbench.changed': { see: 'workbench.use', summary: z.object({ for_few: z.boolean() }) },
  /** An endpoint, or the deliveries to it. */
  'webhook.changed': { see: 'webhooks.read', summary: nothing },
  'setting.changed': { see: 'settings.read', installation: 'everybody', summary: nothing },
  /** The audit log grew; at most once a second. */
  'audit.changed': { see: 'audit.read', installation: 'administrators', summary: nothing },
  /** Of oneself alone, in whichever organisation one is: where one is signed in. */
  'session.changed': { see: null, summary: nothing },
  /** The same: the account, and the organisations one is in. */
  'account.changed': { see: null, summary: nothing },
  /** Work failed for good, or was taken up again; the id is the kind of work. */
  'job.changed': { see: null, installation: 'administrators', summary: nothing },
  'sweep.changed': { see: null, installation: 'administrators', summary: nothing },
} as const satisfies Record<string, LiveEventRule>;

export type EventType = keyof typeof LIVE_EVENTS;
export type SummaryOf<T extends EventType> = z.infer<(typeof LIVE_EVENTS)[T]['summary']>;
export const EVENT_TYPES = Object.keys(LIVE_EVENTS) as EventType[];

/** One type with its summary, as a body of the stream. */
interface LiveEventOf<T extends EventType> {
  readonly type: T;
  /** The id of what changed, or `all`; the reader fetches it again. */
  readonly subject_id: string;
  readonly at: string;
  readonly summary: SummaryOf<T>;
}
export type LiveEvent = { [T in EventType]: LiveEventOf<T> }[EventType];

const eventSchemas = EVENT_TYPES.map((type) =>
  z.object({
    type: z.literal(type),
    subject_id: z.string().min(1),
    at: z.iso.datetime(),
    summary: LIVE_EVENTS[type].summary,
  }),
);
type EventSchema = (typeof eventSchemas)[number];
/** The union by `type`, built from the table above. */
export const liveEventSchema = z.discriminatedUnion(
  'type',
  eventSchemas as [EventSchema, ...EventSchema[]],
) as unknown as z.ZodType<LiveEvent>;

/** Who may have an event: the organisation it belongs to (null: none) and the person whose own it is. */
export interface Audience {
  readonly type: EventType;
  readonly orgId: string | null;
  readonly userId: string | null;
}

export interface EventViewer {
  readonly orgId: string;
  readonly userId: string;
  readonly role: OrganisationRole;
  readonly isPlatformAdmin: boolean;
}

export function maySee(viewer: EventViewer, { type, orgId, userId }: Audience): boolean {
  const { see, own, installation }: LiveEventRule = LIVE_EVENTS[type];
  const seesAll = see !== null && isAllowed(viewer.role, see);
  if (orgId === null) {
    if (userId !== null) return userId === viewer.userId;
    return installation === 'everybody' ? seesAll : viewer.isPlatformAdmin;
  }
  if (orgId !== viewer.orgId) return false;
  return seesAll || (own !== undefined && userId === viewer.userId && isAllowed(viewer.role, own));
}

/** `event: reset`: what was missed cannot be told, so everything on the screen is read again. */
export const RESET_REASONS = ['unknown_position', 'too_much_missed'] as const;
export const streamResetSchema = z.object({ reason: z.enum(RESET_REASONS) });
export type ResetReason = (typeof RESET_REASONS)[number];

/** `event: end`: the last word of a stream that the api closes. */
export const END_REASONS = [
  /** Signed out, or the session was revoked. */
  'session_ended',
  'session_expired',
  /** The session goes on under a new token, as after a change of the password. */
  'token_replaced',
  'user_disabled',
  'member_removed',
  'organisation_deleted',
  'organisation_switched',
  'role_changed',
  /** The reader does not keep up. */
  'too_slow',
  /** The api ends or is replaced. */
  'restarting',
  /** The api could not make sure for some seconds that this session still may read. */
  'unverified',
] as const;
export const streamEndSchema = z.object({
  reason: z.enum(END_REASONS),
  /** How long to wait before opening the stream again; null: sign in first. */
  retry_ms: z.int().nullable(),
});
export type EndReason = (typeof END_REASONS)[number];
export type StreamEnd = z.infer<typeof streamEndSchema>;
