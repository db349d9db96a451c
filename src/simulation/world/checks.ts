/** What must hold at each moment, and what rest and end mean. */

import type { Settings } from '#config/settings.ts';
import type { InstanceState } from '#contracts/instances.ts';
import type { Queryable } from '#database/database.ts';
import type { Agent, Agents } from './agents.ts';
import type { Cloud } from './cloud.ts';
import type { CloudPart, CloudServer } from './cloud-ledger.ts';
import type { DatabaseServer } from './database-server.ts';
import type { Transition } from './observations.ts';
import { LASTING_JOBS, routedWorkers } from './production.ts';
import type { Scheduler } from './scheduler.ts';
import type { Timeline } from './timeline.ts';

export interface CheckParts {
  readonly server: DatabaseServer;
  readonly scheduler: Scheduler;
  readonly timeline: Timeline;
  readonly clouds: () => readonly Cloud[];
  readonly agents: Agents;
  readonly settings: Settings;
  /** When the api was away last. */
  readonly apiTroubleAtMs: () => number;
}

const ROUTING_SLACK_MS = 45_000;
const API_TROUBLE_MS = 200_000;
/** Silent for so long, it was silent to whoever decided some moments ago. */
const LONG_SILENCE_MS = 135_000;
/** States in which an instance may stay when nobody asks for anything. */
const RESTING: readonly InstanceState[] = [
  'ready',
  'unavailable',
  'worker_dead',
  'startup_failed',
  'provisioning_failed',
  'terminated',
  'archived',
];

/** An instance that serves, and its worker. */
export interface Missed {
  readonly id: string;
  readonly agent: Agent;
}

export class Checks {
  readonly #parts: CheckParts;

  constructor(parts: CheckParts) {
    this.#parts = parts;
  }

  get #clouds(): readonly Cloud[] {
    return this.#parts.clouds();
  }

  /** What still moves, or does not yet what it could. */
  async unrested(): Promise<string[]> {
    const rows = await this.#parts.server.ask<{
      id: string;
      state: InstanceState;
      epoch: number | null;
      server_ref: string | null;
      is_drained: boolean;
    }>(
      `select i.id, i.state, i.server_ref, i.is_drained, w.epoch from instances i left join workers w on w.instance_id = i.id order by i.id`,
    );
    const living = this.#clouds.flatMap((cloud) => cloud.ledger.living);
    const volumes = await this.#keptVolumes();
    return rows.flatMap(({ id, state, epoch, server_ref: kept, is_drained: isDrained }) => {
      const isKeptOut = state === 'draining' && isDrained;
      if (!RESTING.includes(state) && !isKeptOut) return [`${id} does not come to rest in ${state}`];
      const servers = living.filter((one) => one.kind === 'server' && one.owner.instance === id);
      const hasEnded = ['provisioning_failed', 'terminated', 'archived'].includes(state);
      const left = living.find((one) => hasEnded && one.owner.instance === id && !volumes.has(one.id));
      if (left) return [`${left.id} is paid for after ${id} was ${state}`];
      const stray = servers.find((one) => one.id !== kept);
      if (stray) return [`${stray.id} is paid for beside the server of ${id}`];
      const hasServer = ['ready', 'unavailable', 'worker_dead', 'startup_failed'].includes(state);
      if (hasServer && servers.length === 0) return [`${id} stays ${state} without a server`];
      const agent = epoch === null ? undefined : this.#parts.agents.agentOf(id, epoch);
      const couldServe = agent?.machine.isAlive && agent.status === 'ready' && agent.isOnRunningServer;
      const isServing = state === 'ready' || state === 'terminated' || state === 'archived';
      return couldServe && !isServing ? [`${id} stays ${state} while its worker is ready`] : [];
    });
  }

  /** Serves, and its worker would be missed: nobody else is silent. */
  async whomToMiss(): Promise<readonly Missed[]> {
    const rows = await this.#parts.server.ask<{ id: string; epoch: number; state: InstanceState }>(
      `select i.id, i.state, w.epoch from instances i join workers w on w.instance_id = i.id
       where i.state in ('starting', 'ready', 'unavailable', 'draining') and i.wanted = 'serving' order by i.id`,
    );
    const known = rows.map((row) => ({ ...row, agent: this.#parts.agents.agentOf(row.id, row.epoch) }));
    if (known.some(({ agent }) => !agent?.machine.isAlive)) return [];
    return known.flatMap(({ id, state, agent }) => (agent && state === 'ready' ? [{ id, agent }] : []));
  }

  /** Somebody looks in time at a machine whose worker has fallen silent. */
  async checkMissed(id: string): Promise<void> {
    const [row] = await this.#parts.server.ask<{ state: InstanceState }>(
      `select state from instances where id = $1 and wanted = 'serving'`,
      [id],
    );
    if (row?.state !== 'ready') return;
    this.#parts.timeline.violate('unended', `${id} stays ready, and nobody misses its worker`);
  }

  /** What is wanted has time left: the reaper without a database would take it otherwise. */
  async checkExpiry(): Promise<void> {
    const rows = await this.#parts.server.ask<{ ref: string }>(
      `select server_ref as ref from instances where state = 'ready' and wanted = 'serving'`,
    );
    for (const { ref } of rows) {
      const server = this.#clouds.map((cloud) => cloud.ledger.servers.get(ref)).find((one) => one);
      if (server && server.expiresAtMs < this.#parts.scheduler.nowMs) {
        this.#parts.timeline.violate('wrong_kill', `${ref} serves, and its tags let the reaper take it`);
      }
    }
  }

  /** What is left although everything was to go. */
  async unended(): Promise<string[]> {
    const rows = await this.#parts.server.ask<{ what: string }>(
      `select id || ' stays in ' || state as what from instances where state not in ('terminated', 'archived')
       union all select kind || ' ' || subject_id || ' is left' from jobs where not kind = any($1)
       union all select id || ' has not ended' from instance_reinstalls where ended_at is null
       union all select kind || ' ' || ref || ' is an open finding' from sweep_findings where closed_at is null
       order by 1`,
      [LASTING_JOBS],
    );
    const living = this.#clouds.flatMap((cloud) => cloud.ledger.living);
    return [...rows.map(({ what }) => what), ...living.map((one) => `${one.id} is left`)];
  }

  /** Of what was ordered there is one. */
  async checkNoDouble(cloud: Cloud, server: CloudServer): Promise<void> {
    if (server.isDouble) return;
    const { instance } = server.owner;
    const kinds = server.order.parts.map(({ kind }) => kind);
    const missing = cloud.capabilities.parts.filter((kind) => !kinds.includes(kind));
    if (missing.length > 0) {
      this.#parts.timeline.violate('incomplete_order', `${server.id} is made without ${missing.join(', ')}`);
    }
    const all = cloud.ledger.serversOf(instance).filter((one) => !one.isDouble);
    if (all.length < 2) return;
    // What belonged to an offer that was left is on its way out.
    const rows = await this.#parts.server.ask<{ id: string }>(
      `select id from provision_attempts where instance_id = $1 and is_stray and provider_ref is not null`,
      [instance],
    );
    const living = all.filter((one) => !rows.some(({ id }) => id === one.owner.attempt));
    if (living.length < 2) return;
    const ids = living.map((one) => one.id).join(' and ');
    this.#parts.timeline.violate('double_create', `${instance} has ${ids}`);
  }

  /** One call of an order makes one part; what the provider doubles is its own doing. */
  checkNoDoublePart(cloud: Cloud, part: CloudPart): void {
    const { attempt } = part.owner;
    const made = [...cloud.ledger.parts.values()].filter(
      (one) => one.order && !one.isDouble && one.owner.attempt === attempt,
    );
    if (made.length < 2) return;
    const ids = made.map((one) => one.id).join(' and ');
    this.#parts.timeline.violate('double_create', `${attempt} has ${ids}`);
  }

  /** Nothing is deleted that anybody wants. */
  async checkNotWanted(server: CloudServer): Promise<void> {
    const { instance, attempt } = server.owner;
    const [row] = await this.#parts.server.ask<{
      wanted: string;
      state: InstanceState;
      server_ref: string | null;
      is_awaited: boolean;
    }>(
      `select wanted, state, server_ref, exists (select from provision_attempts where id = $2 and not is_stray
         and state in ('open', 'called', 'present')) as is_awaited
       from instances where id = $1`,
      [instance, attempt],
    );
    if (row?.wanted === 'terminated') return this.#checkDrained(server);
    if (!row || (row.server_ref !== null && row.server_ref !== server.id)) return;
    // A second one of an order, or one that came to light long after its absence was proven, is nobody's.
    if (row.server_ref === null && (server.isDouble || !row.is_awaited)) return;
    this.#parts.timeline.violate(
      'wrong_kill',
      `${server.id} is deleted while ${instance} is wanted and ${row.state}`,
    );
  }

  /** What people keep is deleted only when they ask for it. */
  async checkNotKept(part: CloudPart): Promise<void> {
    const rows = await this.#parts.server.ask(
      `select 1 from instance_volumes where provider_ref = $1 and not delete_on_terminate
       and delete_asked_at is null and deleted_at is null`,
      [part.id],
    );
    if (rows.length > 0)
      this.#parts.timeline.violate('wrong_kill', `${part.id} is deleted and was to be kept`);
  }

  /** A machine that still answers people is not deleted before its time. */
  async #checkDrained(server: CloudServer): Promise<void> {
    const agent = this.#parts.agents.agentOn(server);
    if (!agent?.isReachable || agent.inFlight === 0) return;
    const [draining] = await this.#parts.server.ask<{ at: number }>(
      `select (extract(epoch from at) * 1000)::double precision as at from instance_state_history
       where instance_id = $1 and to_state = 'draining' and from_state = 'ready'`,
      [server.owner.instance],
    );
    if (
      !draining ||
      this.#parts.scheduler.nowMs - draining.at >= this.#parts.settings.get('DRAIN_DEADLINE_MS')
    )
      return;
    this.#parts.timeline.violate(
      'wrong_kill',
      `${server.id} is deleted with ${agent.inFlight} requests open`,
    );
  }

  /** No end without proof, and no machine that counts as gone while it lives. */
  async checkTransition({ instanceId, to, reason }: Transition): Promise<void> {
    if (to === 'provisioning_failed') return this.#checkNothingKept(instanceId);
    if (to === 'worker_dead' && reason === 'worker_silent') return this.#checkIsHeard(instanceId);
    if (to === 'failed') {
      this.#checkRan(instanceId);
      const living = this.#clouds.flatMap((cloud) =>
        cloud.ledger.serversOf(instanceId).flatMap((one) => (one.isDouble ? [] : [one.id])),
      );
      if (living.length > 0) {
        this.#parts.timeline.violate(
          'wrong_kill',
          `${instanceId} counts as gone while ${living.join(', ')} lives`,
        );
      }
    }
    if (to !== 'terminated') return;
    const left = await this.#bound(this.#clouds.flatMap((cloud) => cloud.ledger.livingOf(instanceId)));
    if (left.length === 0) return;
    const ids = left.map((one) => one.id).join(', ');
    this.#parts.timeline.violate('unproven_final', `${instanceId} is ${to} while ${ids} exists`);
  }

  /** A machine that the provider ended for want of room is asked for elsewhere. */
  #checkRan(instanceId: string): void {
    const all = this.#clouds.flatMap((cloud) => [...cloud.ledger.servers.values()]);
    const last = all.findLast((one) => one.owner.instance === instanceId);
    if (!last?.neverRanFor) return;
    const why = `${last.id} never ran for ${last.neverRanFor}`;
    this.#parts.timeline.violate('unended', `${instanceId} is given up, and only ${why}`);
  }

  /** A fleet does not fall silent at once: then it is the control plane that does not hear, and nobody is given up. */
  async #checkIsHeard(instanceId: string): Promise<void> {
    const { server, scheduler, settings, timeline } = this.#parts;
    const [others] = await server.ask<{ fleet: number; silent: number }>(
      `select count(*)::int as fleet,
              count(*) filter (where last_seen_at <= to_timestamp($2::double precision / 1000)
                and state_at <= to_timestamp($2::double precision / 1000))::int as silent
       from instances i join workers w on w.instance_id = i.id
       where i.id <> $1 and i.state in ('starting', 'ready', 'unavailable', 'draining') and i.wanted = 'serving'
         and w.registered_at is not null and w.revoked_at is null`,
      [instanceId, scheduler.nowMs - LONG_SILENCE_MS],
    );
    const silent = (others?.silent ?? 0) + 1;
    const fleet = (others?.fleet ?? 0) + 1;
    const isFrozen = silent >= settings.get('EVICTION_FREEZE_MIN');
    if (!isFrozen || silent * 100 <= settings.get('EVICTION_FREEZE_PERCENT') * fleet) return;
    timeline.violate('wrong_kill', `${instanceId} is given up while ${silent} of ${fleet} are silent`);
  }

  /** What an order that failed left behind may still be on its way out, but it keeps no server. */
  async #checkNothingKept(instanceId: string): Promise<void> {
    const [row] = await this.#parts.server.ask<{ server_ref: string | null; open: number }>(
      `select server_ref, (select count(*)::int from provision_attempts
         where instance_id = i.id and kind = 'server' and not is_stray and state in ('called', 'present')) as open
       from instances i where id = $1`,
      [instanceId],
    );
    const kept = this.#clouds.flatMap((cloud) => cloud.ledger.serversOf(instanceId));
    const isKept = kept.some((one) => one.id === row?.server_ref) || (row?.open ?? 0) > 0;
    if (!isKept) return;
    this.#parts.timeline.violate('unproven_final', `${instanceId} is provisioning_failed and keeps a server`);
  }

  /**
   * What must be gone before the end: not what people keep, nor what the provider made by itself and nobody has seen
   * yet, which the sweep finds.
   */
  async #bound(living: readonly (CloudServer | CloudPart)[]): Promise<readonly (CloudServer | CloudPart)[]> {
    const kept = await this.#keptVolumes();
    const rows = await this.#parts.server.ask<{ ref: string }>(
      `select provider_ref as ref from provision_attempts where provider_ref is not null
       union select provider_ref from instance_volumes`,
    );
    const refs = new Set(rows.map(({ ref }) => ref));
    return living.filter((one) => !kept.has(one.id) && (!one.isDouble || refs.has(one.id)));
  }

  async #keptVolumes(): Promise<ReadonlySet<string>> {
    const rows = await this.#parts.server.ask<{ ref: string }>(
      `select provider_ref as ref from instance_volumes where not delete_on_terminate and deleted_at is null`,
    );
    return new Set(rows.map(({ ref }) => ref));
  }

  /** Nobody gets requests who has not said that he is ready, or has been silent for long. */
  async checkRouting(): Promise<void> {
    const { nowMs } = this.#parts.scheduler;
    const db: Queryable = { query: (text, values) => this.#parts.server.ask(text, values) };
    for (const { instanceId, epoch } of await routedWorkers(db, nowMs, this.#parts.settings)) {
      const agent = this.#parts.agents.agentOf(instanceId, epoch);
      const isTroubled = nowMs - this.#parts.apiTroubleAtMs() < API_TROUBLE_MS;
      const silentMs = nowMs - Math.max(agent?.saidReadyAtMs ?? 0, agent?.heardAtMs ?? 0);
      const limitMs = this.#parts.settings.get('WORKER_SILENT_MS') + ROUTING_SLACK_MS;
      const saidOtherwise =
        agent?.acknowledged?.isReady === false && agent.acknowledged.atMs > agent.saidReadyAtMs;
      if (!agent || !Number.isFinite(agent.saidReadyAtMs) || saidOtherwise) {
        this.#parts.timeline.violate('wrong_routing', `${instanceId} gets requests and is not ready`);
      } else if (silentMs > limitMs && !isTroubled) {
        this.#parts.timeline.violate('wrong_routing', `${instanceId} gets requests and has been silent`);
      }
    }
  }
}
