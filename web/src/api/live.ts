import type { QueryClient, QueryKey } from '@tanstack/react-query';
import type { EndReason, EventType, LiveEvent, StreamEnd } from '#contracts/events.ts';
import type { SessionView } from '#contracts/management.ts';
import { announceStates } from '../instances/announce-states.ts';
import { rememberFacts } from '../instances/live-facts.ts';
import { isOfInterest } from '../workbench/of-interest.ts';
import { answerOf, api } from './client.ts';
import { setConnectionStatus } from './connection.ts';
import { createEventBatch } from './event-batch.ts';
import { isUnauthenticated } from './problem-error.ts';
import { openSharedStream, type Tell } from './shared-stream.ts';

const COMMIT_INTERVAL_MS = 250;
const REOPEN_DELAY_MS_MIN = 1_000;
const REOPEN_DELAY_MS_MAX = 15_000;
/** How long after an event what follows from it has settled too. */
const SETTLED_MS = 1_200;

/** What each event makes out of date. Only what is on the screen is fetched again. */
const STALE_BY_EVENT: Record<EventType, readonly QueryKey[]> = {
  'instance.changed': [['instances'], ['deployments'], ['served-models'], ['models'], ['volumes']],
  'worker.changed': [['instances']],
  'volume.changed': [['volumes']],
  'deployment.changed': [['deployments'], ['instances']],
  'api_key.changed': [['api-keys']],
  'organisation.changed': [['organisation'], ['organisations'], ['session']],
  'member.changed': [['members']],
  'invitation.changed': [['invitations']],
  'project.changed': [['projects']],
  'provider_account.changed': [['provider-accounts']],
  'host.changed': [['hosts'], ['host-enrolments']],
  'cost.changed': [['costs'], ['volumes']],
  'model.changed': [['models'], ['offers'], ['served-models']],
  'catalogue.changed': [['offers'], ['catalogue']],
  'activation.changed': [
    ['activations'],
    ['instances'],
    ['deployments'],
    ['models'],
    ['api-keys'],
    ['served-models'],
    ['market'],
  ],
  'alert.changed': [['alerts']],
  'usage.changed': [['usage'], ['api-keys'], ['workbench-pending'], ['wallet'], ['market', 'entitlements']],
  'price.changed': [['prices']],
  'market.changed': [['market'], ['served-models']],
  'contract.changed': [['market'], ['served-models']],
  'wallet.changed': [['wallet']],
  'workbench.changed': [['workbench']],
  'webhook.changed': [['webhooks']],
  'setting.changed': [['settings']],
  'audit.changed': [['audit']],
  'session.changed': [['sessions']],
  'account.changed': [['account'], ['organisations']],
  'job.changed': [['jobs']],
  'sweep.changed': [['sweep']],
};
const LIVE_EVENT_TYPES = Object.keys(STALE_BY_EVENT) as EventType[];
/** The session is another one than this page shows. One that is over is noticed when the stream is refused. */
const CHANGES_SESSION: ReadonlySet<EndReason> = new Set([
  'member_removed',
  'organisation_deleted',
  'organisation_switched',
  'role_changed',
]);

/**
 * What is fetched once more a little later. Of what changes often one event is told a second; gateways hear of a
 * ready instance, and the action log is completed, just after the state has changed.
 */
const SETTLING_BY_EVENT: Partial<Record<EventType, readonly QueryKey[]>> = {
  'instance.changed': [['served-models'], ['instances', 'actions']],
  'usage.changed': [['usage'], ['api-keys'], ['workbench-pending'], ['wallet']],
  'webhook.changed': [['webhooks']],
  'audit.changed': [['audit']],
  'model.changed': [['models']],
  'catalogue.changed': [['offers']],
};
const EVERYTHING = Object.values(STALE_BY_EVENT).flat();

/**
 * Follows the event stream while somebody is signed in; beside it only what no event tells of is polled. All tabs of a person share one
 * stream (`shared-stream.ts`). Whenever it breaks or begins, all is fetched again: events between an answer and the
 * stream are in neither, and the fetch winds up the timers of `pollInterval` anew. Returns the function that ends it.
 */
export function startLive(client: QueryClient): () => void {
  const refresher = createRefresher(client);
  const batch = createEventBatch({
    commit: (events) => {
      announceStates(client, events);
      rememberFacts(client, events);
      refresher.now(
        events.flatMap((event) => (isOfInterest(client, event) ? STALE_BY_EVENT[event.type] : [])),
      );
      refresher.later(events.flatMap(({ type }) => SETTLING_BY_EVENT[type] ?? []));
    },
    intervalMs: COMMIT_INTERVAL_MS,
    schedule: (action, delayMs) => window.setTimeout(action, delayMs),
  });

  const stop = openSharedStream(streamName(client), openSource, (news) => {
    if (news.kind === 'event') return batch.add(news.event);
    if (news.kind === 'reset') return refresher.now(EVERYTHING);
    if (news.kind === 'ended') {
      if (CHANGES_SESSION.has(news.reason)) void client.invalidateQueries({ queryKey: ['session'] });
      return;
    }
    const isNewStatus = setConnectionStatus(news.kind === 'opened' ? 'live' : 'retrying');
    if (isNewStatus || news.kind === 'opened') refresher.now(EVERYTHING);
    if (news.kind === 'refused') void noticeEndedSession(client);
  });
  return () => {
    stop();
    refresher.stop();
    setConnectionStatus('connecting');
  };
}

/** Tabs share a stream only if they show the same person, and are of one build: another may know other events. */
function streamName(client: QueryClient): string {
  const session = client.getQueryData<SessionView>(['session']);
  return `inventiv-live ${session?.user.id} ${session?.organisation.id} ${new URL(import.meta.url).pathname}`;
}

/**
 * The stream itself. The browser resumes a broken one with Last-Event-ID, after the time that the server told it; one
 * that was refused, or whose session has ended, is opened again here, slower each time.
 */
function openSource(tell: Tell): () => void {
  let source: EventSource | null = null;
  let reopenDelayMs = REOPEN_DELAY_MS_MIN;
  let reopenTimer = 0;
  const open = () => {
    source = new EventSource('/api/v1/events');
    source.onopen = () => {
      reopenDelayMs = REOPEN_DELAY_MS_MIN;
      tell({ kind: 'opened' });
    };
    const reopenLater = () => {
      reopenTimer = window.setTimeout(open, reopenDelayMs);
      reopenDelayMs = Math.min(reopenDelayMs * 2, REOPEN_DELAY_MS_MAX);
    };
    source.onerror = () => {
      const isRefused = source?.readyState === EventSource.CLOSED;
      tell({ kind: isRefused ? 'refused' : 'broken' });
      if (isRefused) reopenLater();
    };
    source.addEventListener('end', ({ data }: MessageEvent<string>) => {
      const end = parse<StreamEnd>(data);
      if (!end) return;
      tell({ kind: 'ended', reason: end.reason });
      if (end.retry_ms !== null) return;
      // The next try is refused, unless somebody signs in until then.
      source?.close();
      tell({ kind: 'broken' });
      reopenLater();
    });
    source.addEventListener('reset', () => tell({ kind: 'reset' }));
    for (const type of LIVE_EVENT_TYPES) {
      source.addEventListener(type, (message: MessageEvent<string>) => {
        const event = parse<LiveEvent>(message.data);
        if (event) tell({ kind: 'event', event });
      });
    }
  };
  open();
  return () => {
    window.clearTimeout(reopenTimer);
    source?.close();
  };
}

/**
 * Fetches again what events made out of date. A key whose answer is just on its way is left for the next round:
 * that answer may be older than the event, and cutting it off would starve the screen under a steady stream.
 */
function createRefresher(client: QueryClient) {
  const stale = new Map<string, QueryKey>();
  const settling = new Map<string, QueryKey>();
  let roundTimer = 0;
  let settledTimer = 0;
  const runRound = () => {
    for (const [name, queryKey] of stale) {
      if (client.isFetching({ queryKey }) > 0) continue;
      stale.delete(name);
      void client.invalidateQueries({ queryKey });
    }
    if (stale.size > 0) roundTimer = window.setTimeout(runRound, COMMIT_INTERVAL_MS);
  };
  const now = (keys: Iterable<QueryKey>) => {
    const isRoundAhead = stale.size > 0;
    for (const key of keys) stale.set(JSON.stringify(key), key);
    if (!isRoundAhead) runRound();
  };
  return {
    now,
    /** Counted from the last event, because each event has its own fetch at once. */
    later(keys: readonly QueryKey[]) {
      if (keys.length === 0) return;
      for (const key of keys) settling.set(JSON.stringify(key), key);
      window.clearTimeout(settledTimer);
      settledTimer = window.setTimeout(() => {
        const due = [...settling.values()];
        settling.clear();
        now(due);
      }, SETTLED_MS);
    },
    stop() {
      window.clearTimeout(roundTimer);
      window.clearTimeout(settledTimer);
    },
  };
}

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    // Half an event (a proxy cut it) says nothing; the next poll brings the truth.
    return null;
  }
}

/** The stream does not tell why it was refused; asking for the session does. */
async function noticeEndedSession(client: QueryClient): Promise<void> {
  try {
    await answerOf(api.GET('/api/v1/session'));
  } catch (error) {
    if (isUnauthenticated(error)) await client.invalidateQueries({ queryKey: ['session'] });
  }
}
