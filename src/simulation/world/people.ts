/** The people of a simulated world: they order machines, change their minds, and repeat what was not answered. */
import { messageOf } from '#kernel/errors.ts';
import type { InstanceId, InstanceTypeId, OrgId } from '#kernel/ids.ts';
import { SERVER_NANOS } from './cloud.ts';
import type { Machine } from './machine.ts';
import type { Api, Tenant } from './production.ts';
import type { SeededRandom } from './random.ts';
import type { Timeline } from './timeline.ts';

export interface RentedType {
  readonly providerId: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly zone: string;
}

export interface KnownInstance {
  readonly id: InstanceId;
  readonly orgId: OrgId;
  readonly state: string;
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
}

const ANSWER_LIMIT_MS = 15_000;
const TRIES_MAX = 12;

export class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** Orders and cancels until the horizon. */
  start(horizonMs: number): void {
    const { random } = this.#parts;
    const orders = random.between(1, 5);
    for (let number = 1; number <= orders; number++) {
      void this.#orderLater(number, random.between(0, horizonMs * 0.5), horizonMs);
    }
    if (random.chance(0.5)) void this.#cancelAnyLater(random.between(0, horizonMs));
  }

  /** Everything goes. */
  async endAll(): Promise<void> {
    for (;;) {
      const open = (await this.#parts.listInstances()).filter(
        ({ state }) => state !== 'terminated' && state !== 'archived',
      );
      if (open.length === 0) return;
      for (const { id, orgId } of open) await this.#terminate(orgId, id);
      await this.#parts.machine.sleep(600_000);
    }
  }

  async #orderLater(number: number, afterMs: number, horizonMs: number): Promise<void> {
    const { machine, random, tenants, types } = this.#parts;
    const tenant = random.pick(tenants);
    const type = random.pick(types);
    const keepsItMs = random.chance(0.35) ? random.between(0, 40_000) : random.between(60_000, horizonMs);
    const isEnded = random.chance(0.6);
    const isArchived = random.chance(0.3);
    await machine.sleep(afterMs);
    const wish = { ...type, tenant, name: `order-${number}`, nanosPerHour: SERVER_NANOS };
    const id = await this.#try(`orders order-${number}`, (api) => api.provision(wish));
    if (!id || !isEnded) return;
    await machine.sleep(keepsItMs);
    await this.#terminate(tenant.orgId, id);
    await machine.sleep(300_000);
    if (isArchived) await this.#try(`archives ${id}`, (api) => api.archive(tenant, id), 1);
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
