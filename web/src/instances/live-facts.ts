import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { LiveEvent } from '#contracts/events.ts';
import type { InstanceDetail, InstanceState, InstanceView } from '#contracts/instances.ts';
import type { Page } from '../api/types.ts';

type InstanceChanged = Extract<LiveEvent, { type: 'instance.changed' }>;

interface Fact {
  id: string;
  state: InstanceState;
  progress: number;
  receivedAtMs: number;
}

const KEPT_MS = 30_000;
const facts = new Map<string, Fact>();

/**
 * Shows what an event said at once, before the list is fetched again. The facts are kept for a while, because an
 * answer asked for before the event must not paint the older state over it (`withRecentFacts`).
 */
export function rememberFacts(client: QueryClient, events: readonly LiveEvent[]): void {
  const fresh = new Map<string, Fact>();
  for (const event of events) {
    if (event.type === 'instance.changed') fresh.set(event.subject_id, factOf(event));
  }
  if (fresh.size === 0) return;
  const now = Date.now();
  for (const [id, fact] of facts) if (now - fact.receivedAtMs > KEPT_MS) facts.delete(id);
  for (const [id, fact] of fresh) facts.set(id, fact);

  client.setQueriesData<InfiniteData<Page<InstanceView>>>({ queryKey: ['instances', 'list'] }, (old) =>
    old
      ? { ...old, pages: old.pages.map((page) => ({ ...page, data: page.data.map(patchFrom(fresh)) })) }
      : old,
  );
  for (const fact of fresh.values()) {
    client.setQueryData<InstanceDetail>(
      ['instances', 'detail', fact.id],
      (old) => old && applyFact(old, fact),
    );
  }
}

/** Lays facts that came after the question over its answer. */
export function withRecentFacts<T extends InstanceView>(instance: T, askedAtMs: number): T {
  const fact = facts.get(instance.id);
  return fact && fact.receivedAtMs >= askedAtMs ? applyFact(instance, fact) : instance;
}

function patchFrom(fresh: ReadonlyMap<string, Fact>) {
  return (instance: InstanceView) => {
    const fact = fresh.get(instance.id);
    return fact ? applyFact(instance, fact) : instance;
  };
}

function applyFact<T extends InstanceView>(instance: T, { state, progress }: Fact): T {
  return {
    ...instance,
    state,
    progress: Math.max(progress, instance.progress),
  };
}

function factOf({ subject_id, summary }: InstanceChanged): Fact {
  return { id: subject_id, ...summary, receivedAtMs: Date.now() };
}
