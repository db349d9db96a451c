/**
 * One event stream for all tabs of a person. A browser keeps at most six HTTP/1.1 connections per host: with a stream
 * per tab the seventh tab would load nothing.
 *
 * The tab that holds the lead (an exclusive lock of the browser) opens the stream and passes on what it hears; the
 * others listen. When the leading tab closes or crashes, the browser gives the lead to the next one, which opens the
 * stream anew: `opened` then tells every tab to read all again, since what happened in between was told to nobody.
 */
import type { EndReason, LiveEvent } from '#contracts/events.ts';

export type StreamNews =
  /** A stream begins: what was read before may be out of date. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'broken' }
  /** Broken, and the server did not take it back; perhaps the session has ended. */
  | { readonly kind: 'refused' }
  /** The server cannot tell what was missed. */
  | { readonly kind: 'reset' }
  /** The server closes it and says why; it is opened again, as after each break. */
  | { readonly kind: 'ended'; readonly reason: EndReason }
  | { readonly kind: 'event'; readonly event: LiveEvent };

export type Tell = (news: StreamNews) => void;
/** Opens the stream and keeps it open; returns the function that closes it. */
export type OpenSource = (tell: Tell) => () => void;

type TabMessage =
  | StreamNews
  /** A listening tab wants to know whether anybody leads. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'answer'; readonly isLive: boolean };

export interface TabChannel {
  post(message: TabMessage): void;
  /** Receives what other tabs post, never what this one did. */
  listen(receive: (message: TabMessage) => void): void;
  close(): void;
}

export interface SharedStreamParts {
  readonly openSource: OpenSource;
  readonly channel: TabChannel;
  /** Calls `onLead` once the lead is ours; returns the function that gives it up or stops waiting for it. */
  readonly waitForLead: (onLead: () => void) => () => void;
  /** Repeats `action`; returns the function that ends it. */
  readonly every: (intervalMs: number, action: () => void) => () => void;
}

export const ASK_INTERVAL_MS = 5_000;
/** Together 20 s of silence. */
const UNANSWERED_MAX = 4;

/** Leads or listens, whichever falls to this tab, and tells the same either way. Returns the function that ends it. */
export function shareStream({ openSource, channel, waitForLead, every }: SharedStreamParts, tell: Tell) {
  let closeSource: (() => void) | null = null;
  let isLive: boolean | null = null;
  let unanswered = 0;

  const note: Tell = (news) => {
    if (news.kind === 'opened') isLive = true;
    if (news.kind === 'broken' || news.kind === 'refused') isLive = false;
    tell(news);
  };
  channel.listen((message) => {
    if (message.kind === 'ask') {
      if (closeSource && isLive !== null) channel.post({ kind: 'answer', isLive });
      return;
    }
    if (closeSource) return;
    unanswered = 0;
    if (message.kind !== 'answer') note(message);
    else if (message.isLive !== isLive) note({ kind: message.isLive ? 'opened' : 'broken' });
  });
  const giveUpLead = waitForLead(() => {
    isLive = null;
    closeSource = openSource((news) => {
      channel.post(news);
      note(news);
    });
  });
  // The listeners ask rather than the leader beats, and questions are counted rather than seconds: a tab in the
  // background has its timers slowed to one a minute but answers at once, and after a sleep nobody is late.
  const stopAsking = every(ASK_INTERVAL_MS, () => {
    if (closeSource) return;
    unanswered += 1;
    if (unanswered > UNANSWERED_MAX && isLive !== false) note({ kind: 'broken' });
    channel.post({ kind: 'ask' });
  });
  channel.post({ kind: 'ask' });

  return () => {
    stopAsking();
    // The stream ends before the lead goes on, so that never two are open.
    closeSource?.();
    giveUpLead();
    channel.close();
  };
}

/**
 * The same with the means of this browser. Where they are missing, which is so on plain http beyond localhost, each
 * tab has a stream of its own.
 */
export function openSharedStream(name: string, openSource: OpenSource, tell: Tell): () => void {
  if (!('locks' in navigator) || !('BroadcastChannel' in window)) return openSource(tell);
  return shareStream(
    { openSource, channel: openTabChannel(name), waitForLead: (onLead) => waitForLock(name, onLead), every },
    tell,
  );
}

function openTabChannel(name: string): TabChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    listen: (receive) => {
      channel.onmessage = ({ data }: MessageEvent<TabMessage>) => receive(data);
    },
    close: () => channel.close(),
  };
}

function waitForLock(name: string, onHeld: () => void): () => void {
  const waiting = new AbortController();
  const held = Promise.withResolvers<void>();
  const hold = () => {
    // Granted in the very moment in which it was given up.
    if (waiting.signal.aborted) return;
    onHeld();
    return held.promise;
  };
  navigator.locks.request(name, { signal: waiting.signal }, hold).catch(() => {
    // A browser that refuses locks altogether: a stream per tab, whose news at worst are heard twice.
    if (!waiting.signal.aborted) onHeld();
  });
  return () => {
    waiting.abort();
    held.resolve();
  };
}

function every(intervalMs: number, action: () => void): () => void {
  const timer = window.setInterval(action, intervalMs);
  return () => window.clearInterval(timer);
}
