/** The people of a simulated world: they order machines, change their minds, and repeat what was not answered. */
import { messageOf } from '#kernel/errors.ts';
import type { InstanceId, InstanceTypeId, OrgId, VolumeId } from '#kernel/ids.ts';
import type { Focus } from './focus.ts';
import type { Machine } from './machine.ts';
import type { Api, Tenant } from './production.ts';
import type { SeededRandom } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface RentedType {
  readonly providerId: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly zone: string;
  readonly nanosPerHour: number;
}

export interface KnownInstance {
  readonly id: InstanceId;
  readonly orgId: OrgId;
  readonly state: string;
}

export interface KnownVolume {
  readonly id: VolumeId;
  readonly instanceId: InstanceId;
  readonly orgId: OrgId;
}

export interface PeopleParts {
  /** Never dies: people outlive processes. */
  readonly machine: Machine;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly tenants: readonly Tenant[];
  readonly types: readonly RentedType[];
  readonly api: () => { readonly machine: Machine; readonly api: Api } | undefined;
  readonly listInstances: () => Promise<KnownInstance[]>;
  /** Data volumes that exist. */
  readonly listVolumes: () => Promise<KnownVolume[]>;
  /** Rounds of the sweep that wait for a person. */
  readonly listHeldRounds: () => Promise<string[]>;
}

const ANSWER_LIMIT_MS = 15_000;
const TRIES_MAX = 12;
const ORDERS_EVERY_MS = 3_600_000;
const WISHES = ['drain', 'reinstall', 'retry', 'keep'] as const;
const RUNNING = ['starting', 'ready', 'unavailable', 'draining', 'worker_dead', 'startup_failed'];
const WISHED_IN = { drain: RUNNING, reinstall: RUNNING, retry: ['provisioning_failed'] };
const CONFIRM_EVERY_MS = 200_000;
const DELETE_KEPT_EVERY_MS = 60_000;

export class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Orders and cancels until the horizon. */
  start(horizonMs: number, focus: Focus = {}): void {
    const { random } = this.#parts;
    const orders = (focus.orders ?? random.between(1, 5)) * Math.ceil(horizonMs / ORDERS_EVERY_MS);
    for (let number = 1; number <= orders; number++) {
      void this.#orderLater(number, random.between(0, horizonMs * 0.5), horizonMs, focus);
    }
    void this.#confirmSweeps();
    for (const wish of WISHES) {
      const times = random.chance(0.5) ? random.between(1, 3) : 0;
      for (let count = 0; count < times; count++) void this.#wishLater(wish, random.between(0, horizonMs));
    }
    if (random.chance(0.5)) void this.#cancelAnyLater(random.between(0, horizonMs));
  }

  /** Whoever reads the reports lets go what only costs. */
  async #confirmSweeps(): Promise<void> {
    const { machine, listHeldRounds } = this.#parts;
    for (;;) {
      await machine.sleep(CONFIRM_EVERY_MS);
      for (const round of await listHeldRounds()) {
        await this.#try(`confirms ${round}`, (api) => api.confirmSweep(round), 1);
      }
    }
  }

  /** Everything goes. */
  async endAll(): Promise<void> {
    void this.#deleteKept();
    for (;;) {
      const open = (await this.#parts.listInstances()).filter(
        ({ state }) => state !== 'terminated' && state !== 'archived',
      );
      if (open.length === 0) return;
      for (const { id, orgId } of open) await this.#terminate(orgId, id);
      await this.#parts.machine.sleep(600_000);
    }
  }

  /** Also what was kept, once its machine has ended. */
  async #deleteKept(): Promise<void> {
    for (;;) {
      const instances = await this.#parts.listInstances();
      const open = instances.filter(({ state }) => state !== 'terminated' && state !== 'archived');
      for (const { id, orgId, instanceId } of await this.#parts.listVolumes()) {
        if (open.some((one) => one.id === instanceId)) continue;
        await this.#try(`deletes ${id}`, (api) => api.deleteVolume({ orgId }, id), 1);
      }
      await this.#parts.machine.sleep(DELETE_KEPT_EVERY_MS);
    }
  }

  async #orderLater(number: number, afterMs: number, horizonMs: number, focus: Focus): Promise<void> {
    const { machine, random, tenants, types } = this.#parts;
    const tenant = random.pick(tenants);
    const type = random.pick(types);
    const fallbacks = this.#chooseFallbacks(type);
    const keepsItMs = random.chance(0.35) ? random.between(0, 40_000) : random.between(60_000, horizonMs);
    const isEnded = random.chance(0.6) && !focus.isKept;
    const isArchived = random.chance(0.3);
    await machine.sleep(afterMs);
    const wish = { ...type, tenant, name: `order-${number}`, fallbacks };
    const id = await this.#try(`orders order-${number}`, (api) => api.provision(wish));
    if (!id || !isEnded) return;
    await machine.sleep(keepsItMs);
    await this.#terminate(tenant.orgId, id);
    await machine.sleep(300_000);
    if (isArchived) await this.#try(`archives ${id}`, (api) => api.archive(tenant, id), 1);
  }

  /** What else would do, in another order for everybody. */
  #chooseFallbacks(first: RentedType): RentedType[] {
    const { random, types } = this.#parts;
    const others = types.filter((type) => type.providerId === first.providerId && type !== first);
    const sorted = others.map((type) => ({ type, rank: random.float() })).sort((a, b) => a.rank - b.rank);
    const count = random.chance(0.6) ? random.between(1, others.length) : 0;
    return sorted.slice(0, count).map(({ type }) => type);
  }

  /** Somebody wants something of one of the machines, whether or not it can be had now. */
  async #wishLater(wish: (typeof WISHES)[number], afterMs: number): Promise<void> {
    const { machine, random, listInstances, listVolumes } = this.#parts;
    await machine.sleep(afterMs);
    if (wish === 'keep') {
      const volumes = await listVolumes();
      if (volumes.length === 0) return;
      const { id, instanceId, orgId } = random.pick(volumes);
      await this.#try(`keeps ${id}`, (api) => api.keepVolume({ orgId }, instanceId, id), 2);
      return;
    }
    const all = (await listInstances()).filter(({ state }) => WISHED_IN[wish].includes(state));
    if (all.length === 0) return;
    const { id, orgId } = random.pick(all);
    await this.#try(`${wish} ${id}`, (api) => api[wish]({ orgId }, id), 2);
    if (wish !== 'drain' || random.chance(0.3)) return;
    await machine.sleep(random.between(1_000, 300_000));
    await this.#try(`resume ${id}`, (api) => api.resume({ orgId }, id), 2);
  }

  async #cancelAnyLater(afterMs: number): Promise<void> {
    const { machine, random, listInstances } = this.#parts;
    await machine.sleep(afterMs);
    const all = await listInstances();
    if (all.length === 0) return;
    const { id, orgId } = random.pick(all);
    await this.#terminate(orgId, id);
  }

  async #terminate(orgId: OrgId, id: InstanceId): Promise<void> {
    await this.#try(`ends ${id}`, (api) => api.terminate({ orgId }, id));
  }

  /** Says it again until it is answered. An order that was not answered may exist all the same. */
  async #try<T>(what: string, call: (api: Api) => Promise<T>, tries = TRIES_MAX): Promise<T | undefined> {
    const { machine, timeline, api } = this.#parts;
    for (let count = 0; count < tries; count++) {
      const serving = api();
      if (serving) {
        const over = new AbortController();
        const late = machine.sleep(ANSWER_LIMIT_MS, over.signal).then(
          () => ({ error: 'no answer' }),
          () => ({ error: 'not waited for' }),
        );
        const answered = call(serving.api).then(
          (value) => ({ value }),
          (error: unknown) => ({ error: messageOf(error) }),
        );
        const answer = await Promise.race([answered, late]);
        over.abort();
        timeline.note('people', `${what}: ${'error' in answer ? answer.error : 'done'}`);
        if ('value' in answer) return answer.value;
      }
      await machine.sleep(8_000);
    }
    return undefined;
  }
}
