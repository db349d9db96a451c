import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { backoffMs } from '#kernel/retry.ts';
import {
  type CallContext,
  type OwnedResource,
  type Ownership,
  type Provider,
  ProviderError,
  type ResourceKind,
} from './provider.ts';
import { type Finding, judge } from './reap-verdict.ts';

/**
 * Deletes at a provider what nobody has renewed, when there is no database to ask: the last net under a control plane
 * that is gone for good. It knows only what the tags say.
 *
 * Nothing is decided on a list that is not complete. Each resource is looked at again right before its delete, so what
 * a control plane renews meanwhile stays. A delete is over when a complete list lacks the resource and a look at it
 * says so too; until then it is repeated. Killed at any instant, it can simply be run again.
 */
export interface ReapOrder {
  /** Undefined: of every installation. */
  readonly installation: string | undefined;
  /** Undefined: every zone in which the provider offers something. */
  readonly zones: readonly string[] | undefined;
  /** False: it is only told what would be deleted. */
  readonly isDeleting: boolean;
  /** How long deletes may take altogether. */
  readonly limitMs: number;
  readonly callTimeoutMs: number;
}

export interface ReapReport {
  readonly provider: string;
  readonly zones: readonly string[];
  /** Everything with a tag of ours, as the first complete list showed it. */
  readonly findings: readonly Finding[];
  /** Proven gone. */
  readonly deleted: readonly OwnedResource[];
  /** Wanted gone and not proven so in time, with what was said last. */
  readonly left: readonly { readonly resource: OwnedResource; readonly reason: string }[];
}

/** Nothing was deleted, because it is not known what there is. */
export class ReapRefused extends Error {
  override readonly name = 'ReapRefused';
}

const LIST_TRIES = 5;
/** A provider that wants to be left alone for longer gets its way: reap is run again later. */
const LIST_WAIT_MS_MAX = 30_000;
const BACKOFF = { firstMs: 200, maxMs: 5_000 };
const ORDER: readonly ResourceKind[] = ['server', 'volume', 'address', 'security_group', 'key'];

export async function reap(env: Env, provider: Provider, order: ReapOrder): Promise<ReapReport> {
  const reaper = new Reaper(env, provider, order);
  return reaper.run();
}

/** Servers first, because what they use cannot be deleted before; within a kind as the provider listed them. */
export function inDeletingOrder<R extends { readonly kind: ResourceKind }>(resources: readonly R[]): R[] {
  return resources.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

class Reaper {
  readonly #env: Env;
  readonly #provider: Provider;
  readonly #order: ReapOrder;
  /** What was decided to go and is not proven gone yet, with what was said last. */
  readonly #doomed = new Map<string, { resource: OwnedResource; reason: string }>();
  readonly #deleted: OwnedResource[] = [];

  constructor(env: Env, provider: Provider, order: ReapOrder) {
    this.#env = env;
    this.#provider = provider;
    this.#order = order;
  }

  async run(): Promise<ReapReport> {
    const zones = await this.#ask('the zones', () => this.#zones());
    const listed = await this.#ask('a complete list', () => this.#list(zones));
    const findings = this.#judge(listed);
    if (this.#order.isDeleting) await this.#deleteAll(zones, findings);
    return {
      provider: this.#provider.id,
      zones,
      findings,
      deleted: this.#deleted,
      left: [...this.#doomed.values()],
    };
  }

  async #deleteAll(zones: readonly string[], first: readonly Finding[]): Promise<void> {
    const deadline = this.#env.clock.monotonic() + this.#order.limitMs;
    let findings = first;
    let idleRounds = 0;
    for (;;) {
      const waitMs = await this.#deleteRound(findings);
      const deletedBefore = this.#deleted.length;
      const listed = await this.#list(zones).catch((error: unknown) => this.#failed(error));
      // A list that is not complete proves nothing: the round is void, what is doomed stays so.
      if (listed) {
        findings = this.#judge(listed);
        await this.#settle(listed, findings);
        if (this.#doomed.size === 0 && !findings.some(({ verdict }) => verdict === 'expired')) return;
      }
      const leftMs = deadline - this.#env.clock.monotonic();
      if (leftMs <= 0) return;
      idleRounds = this.#deleted.length > deletedBefore ? 1 : idleRounds + 1;
      const pauseMs = Math.max(waitMs, backoffMs(BACKOFF, idleRounds, this.#env.random));
      await this.#env.sleep(Math.min(pauseMs, leftMs));
    }
  }

  /** Gives how long the provider asks to be left alone. */
  async #deleteRound(findings: readonly Finding[]): Promise<number> {
    const expired = inDeletingOrder(findings.filter(({ verdict }) => verdict === 'expired'));
    const servers = new Set(expired.filter(({ kind }) => kind === 'server').map(({ ref }) => ref.id));
    const busy = new Set(
      expired.filter(({ kind }) => kind === 'server').map(({ owner }) => owner?.instance ?? ''),
    );
    let waitMs = 0;
    for (const finding of expired) {
      const entry = this.#doomed.get(finding.ref.id) ?? { resource: finding, reason: 'it was not tried yet' };
      this.#doomed.set(finding.ref.id, entry);
      const { attachedTo, owner } = finding;
      const isUsed = attachedTo !== undefined && servers.has(attachedTo);
      if (isUsed || (finding.kind !== 'server' && busy.has(owner?.instance ?? ''))) {
        entry.reason = 'its server is not gone yet';
        continue;
      }
      const outcome = await this.#deleteOne(finding);
      if (outcome.isSpared) this.#doomed.delete(finding.ref.id);
      entry.reason = outcome.reason;
      waitMs = Math.max(waitMs, outcome.waitMs);
    }
    return waitMs;
  }

  async #deleteOne(finding: Finding): Promise<{ isSpared: boolean; reason: string; waitMs: number }> {
    try {
      const now = await this.#look(finding);
      if (now && !now.owner) {
        return { isSpared: false, reason: 'its tags cannot be read any more, so it stays', waitMs: 0 };
      }
      if (now?.owner && now.owner.expiresAtMs > this.#env.clock.now()) {
        return { isSpared: true, reason: 'it was renewed meanwhile', waitMs: 0 };
      }
      if (now && !now.isGone) await this.#delete(finding);
      return { isSpared: false, reason: 'its delete was accepted, and it is still there', waitMs: 0 };
    } catch (error) {
      this.#failed(error);
      const waitMs = error instanceof ProviderError ? (error.facts.retryAfterMs ?? 0) : 0;
      return { isSpared: false, reason: messageOf(error), waitMs };
    }
  }

  /** What is doomed and not listed any more is looked at once more; what was renewed or taken into use is let go. */
  async #settle(listed: readonly OwnedResource[], findings: readonly Finding[]): Promise<void> {
    const ids = new Set(listed.map(({ ref }) => ref.id));
    const expired = new Set(findings.filter(({ verdict }) => verdict === 'expired').map(({ ref }) => ref.id));
    for (const [id, entry] of this.#doomed) {
      if (expired.has(id)) continue;
      if (ids.has(id)) {
        this.#doomed.delete(id);
        continue;
      }
      const now = await this.#look(entry.resource).catch((error: unknown) => {
        entry.reason = messageOf(error);
        return { owner: undefined, isGone: false };
      });
      if (now !== undefined && !now.isGone) continue;
      this.#doomed.delete(id);
      this.#deleted.push(entry.resource);
    }
  }

  #judge(listed: readonly OwnedResource[]): Finding[] {
    return judge(listed, { installation: this.#order.installation, nowMs: this.#env.clock.now() });
  }

  async #look({
    kind,
    ref,
  }: OwnedResource): Promise<{ owner: Ownership | undefined; isGone: boolean } | undefined> {
    const find = () => {
      if (kind === 'server') return this.#provider.findServer(this.#context(), ref);
      if (kind === 'volume') return this.#provider.findVolume(this.#context(), ref);
      return this.#provider.findPart(this.#context(), kind, ref);
    };
    const found = await find();
    return found && { owner: found.owner, isGone: found.state === 'gone' };
  }

  async #delete({ kind, ref }: OwnedResource): Promise<void> {
    if (kind === 'server') return this.#provider.deleteServer(this.#context(), ref);
    if (kind === 'volume') return this.#provider.deleteVolume(this.#context(), ref);
    return this.#provider.deletePart(this.#context(), kind, ref);
  }

  async #zones(): Promise<readonly string[]> {
    const { zones } = this.#order;
    if (zones) return zones;
    const offers = await this.#provider.listOffers(this.#context());
    const named = [...new Set(offers.map((offer) => offer.zone))];
    if (named.length === 0) throw new Error('it offers nothing, so its zones are unknown: name them');
    return named;
  }

  #list(zones: readonly string[]): Promise<OwnedResource[]> {
    return this.#provider.listOwned(this.#context(), this.#order.installation, zones);
  }

  /** Before anything is decided: a few tries, then no. */
  async #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const waitMs = error instanceof ProviderError ? (error.facts.retryAfterMs ?? 0) : 0;
        const mayRetry = error instanceof ProviderError && !error.isDefiniteRefusal;
        if (mayRetry && attempt < LIST_TRIES && waitMs <= LIST_WAIT_MS_MAX) {
          await this.#env.sleep(Math.max(waitMs, backoffMs(BACKOFF, attempt, this.#env.random)));
          continue;
        }
        const reason = `${this.#provider.id} did not give ${what}: ${messageOf(error)}`;
        throw new ReapRefused(`nothing was deleted, because ${reason}`, { cause: error });
      }
    }
  }

  /** Logged, and tried again in the next round: an error of any kind must not end the deleting of everything else. */
  #failed(error: unknown): undefined {
    this.#env.log.debug({ provider: this.#provider.id, reason: messageOf(error) }, 'a call failed');
    return undefined;
  }

  #context(): CallContext {
    const correlationId = `cor_reap_${Buffer.from(this.#env.random.bytes(8)).toString('hex')}`;
    return { signal: AbortSignal.timeout(this.#order.callTimeoutMs), correlationId };
  }
}
