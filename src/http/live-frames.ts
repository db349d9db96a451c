/** Live events as they go out: each is written as text once, whoever reads it. */
import {
  type EndReason,
  type EventViewer,
  type LiveEvent,
  liveEventSchema,
  maySee,
  type ResetReason,
  type StreamEnd,
} from '#contracts/events.ts';
import type { EventPosition, StoredEvent } from '#database/events.ts';

/** Positions are two counters, compared one after the other; as one number that is one comparison. */
export type Order = bigint;
const SEQ_BITS = 64n;

export interface LiveFrame {
  readonly position: EventPosition;
  readonly order: Order;
  /** Of two with the same key the later one says all. */
  readonly key: string;
  readonly event: LiveEvent;
  readonly orgId: string | null;
  readonly userId: string | null;
  readonly text: string;
}

export function orderOf(position: EventPosition): Order {
  const [xid = '0', seq = '0'] = position.split('-');
  return (BigInt(xid) << SEQ_BITS) | BigInt(seq);
}

/** Undefined for what this version does not know: another that runs beside it may write it. Nobody is told of that. */
export function frameOf({ position, orgId, userId, ...body }: StoredEvent): LiveFrame | undefined {
  const { data: event } = liveEventSchema.safeParse(body);
  if (!event) return undefined;
  const text = `id: ${position}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  const key = `${event.type} ${event.subject_id} ${orgId} ${userId}`;
  return { position, order: orderOf(position), key, event, orgId, userId, text };
}

export function isFor(viewer: EventViewer, { event, orgId, userId }: LiveFrame): boolean {
  return maySee(viewer, { type: event.type, orgId, userId });
}

/** An id alone moves the reader's position without an event. */
export function positionFrame(position: EventPosition): Pick<LiveFrame, 'key' | 'order' | 'text'> {
  return { key: 'position', order: orderOf(position), text: `id: ${position}\n\n` };
}

export function resetFrame(
  position: EventPosition,
  reason: ResetReason,
): Pick<LiveFrame, 'key' | 'order' | 'text'> {
  const text = `id: ${position}\nevent: reset\ndata: ${JSON.stringify({ reason })}\n\n`;
  return { key: 'reset', order: orderOf(position), text };
}

/** `retry:` is what a browser obeys that knows nothing of `end`. */
export function endText(reason: EndReason, retryMs: number | null): string {
  const end: StreamEnd = { reason, retry_ms: retryMs };
  const retry = retryMs === null ? '' : `retry: ${retryMs}\n`;
  return `${retry}event: end\ndata: ${JSON.stringify(end)}\n\n`;
}

/**
 * What is delivered at one moment, cut to what each reader may see. Readers of one organisation and role get the very
 * same bytes, which are made once.
 */
export class Delivery {
  readonly #frames: readonly LiveFrame[];
  readonly #isPersonal: boolean;
  readonly #shared = new Map<string, Portion>();

  constructor(frames: readonly LiveFrame[]) {
    this.#frames = frames;
    this.#isPersonal = frames.some(({ userId }) => userId !== null);
  }

  portionFor(viewer: EventViewer): Portion {
    const { orgId, userId, role, isPlatformAdmin } = viewer;
    const kind = `${orgId} ${role} ${isPlatformAdmin} ${this.#isPersonal ? userId : ''}`;
    const known = this.#shared.get(kind);
    if (known) return known;
    const frames = this.#frames.filter((frame) => isFor(viewer, frame));
    const portion = { frames, bytes: Buffer.from(frames.map(({ text }) => text).join('')) };
    this.#shared.set(kind, portion);
    return portion;
  }
}

export interface Portion {
  readonly frames: readonly LiveFrame[];
  readonly bytes: Buffer;
}
