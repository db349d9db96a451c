/**
 * A stack that rents its machines from one pretended company, with an account of the organisation; and what the tests
 * of each company do alike: order, see it ready, end it, with nothing left.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceDetail } from '#contracts/instances.ts';
import type { DeploymentView, Offer } from '#contracts/management.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ApiClient } from './api-client.ts';
import { CrashFile } from './kill-points/crash-file.ts';
import { PointHunt } from './kill-points/point-hunt.ts';
import { RentedMachines } from './rented-machines.ts';
import { type Stack, startStack } from './stack.ts';

const MODEL = 'Qwen/Qwen3-8B';
const LIMIT_MS = 240_000;
/** Addresses that one run of a file may need, with those of orders that are given up. */
const ADDRESSES = 60;

/** What the tests need to know of a pretended company. */
export interface Company {
  readonly provider: string;
  readonly type: string;
  /** Where machines are ordered unless told otherwise. */
  readonly zone: string;
  /** Of the organisation's account. */
  readonly credential: Readonly<Record<string, unknown>>;
  /** The setting that says where the company is, and the address. */
  readonly addressSetting: string;
  readonly url: string;
  /** Everything there is at it, by kind. */
  readonly left: () => string[];
  readonly close: () => Promise<void>;
}

export class RentedStack {
  readonly api: ApiClient;
  readonly #company: Company;
  readonly #stack: Stack;
  readonly #machines: RentedMachines;
  readonly #crash: CrashFile;
  readonly #folder: string;
  #deployed = 0;

  /** The company is opened with the machines that it rents out. */
  static async open(openCompany: (machines: RentedMachines) => Promise<Company>): Promise<RentedStack> {
    const folder = mkdtempSync(join(tmpdir(), 'inventiv-rented-'));
    const env = systemEnv(SILENT_LOG);
    const crash = new CrashFile(join(folder, 'order.json'));
    const machines = await RentedMachines.open(env, join(folder, 'machines'), ADDRESSES);
    const company = await openCompany(machines);
    const stack = await startStack({
      env: {
        ENABLED_PROVIDERS: company.provider,
        [company.addressSetting]: company.url,
        PROVIDER_TIMEOUT_MS: '10000',
        // The pretended machines are processes here, and reach the loopback address.
        PUBLIC_URL_CHECK: 'off',
        FAULT: `@${crash.path}`,
      },
    });
    const rented = new RentedStack({ company, stack, machines, crash, folder });
    await rented.#addAccount();
    return rented;
  }

  private constructor(parts: {
    readonly company: Company;
    readonly stack: Stack;
    readonly machines: RentedMachines;
    readonly crash: CrashFile;
    readonly folder: string;
  }) {
    this.#company = parts.company;
    this.#stack = parts.stack;
    this.#machines = parts.machines;
    this.#crash = parts.crash;
    this.#folder = parts.folder;
    this.api = new ApiClient(parts.stack.url);
  }

  async close(): Promise<void> {
    this.#crash.disarm();
    await this.#stack[Symbol.asyncDispose]();
    await this.#company.close();
    await this.#machines.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #addAccount(): Promise<void> {
    const { provider, credential } = this.#company;
    await this.api.login('admin', this.#stack.adminPassword());
    const account = await this.api.json<{ id: string }>('POST', '/api/v1/provider-accounts', {
      ...{ provider, name: 'ours', credential },
    });
    await this.api.json('POST', `/api/v1/provider-accounts/${account.id}/test`);
    await until('the account to be found good', async () => {
      const { data } = await this.api.json<{ data: { check: { state: string } | null }[] }>(
        'GET',
        '/api/v1/provider-accounts',
      );
      return data[0]?.check?.state === 'ok' || data;
    });
  }

  /** The offers of the type for sale, when there is one of which this is true. */
  async offersWith(isWanted: (offer: Offer) => boolean): Promise<Offer[]> {
    const { provider, type } = this.#company;
    const path = `/api/v1/catalogue/offers?provider=${provider}&model_id=${encodeURIComponent(MODEL)}`;
    await this.api.json('POST', '/api/v1/catalogue/sync', { provider });
    let found: Offer[] = [];
    await until('the offers of the account', async () => {
      const { data } = await this.api.json<{ data: Offer[] }>('GET', path);
      found = data.filter((one) => one.instance_type === type);
      return found.some(isWanted) || found;
    });
    return found;
  }

  async deploy(zone = this.#company.zone, fallback?: string): Promise<string> {
    const { provider, type } = this.#company;
    this.#deployed += 1;
    const { instances } = await this.api.json<DeploymentView>('POST', '/api/v1/deployments', {
      ...{ name: `${provider}-${this.#deployed}`, model_id: MODEL, provider, zone, instance_type: type },
      ...(fallback ? { fallbacks: [{ zone: fallback, instance_type_id: type }] } : {}),
    });
    const id = instances[0]?.id;
    assert(id);
    return id;
  }

  untilState(id: string, state: 'ready' | 'provisioning_failed'): Promise<InstanceDetail> {
    return this.api.waitForState(id, state, LIMIT_MS);
  }

  async end(id: string): Promise<void> {
    await persist(() => this.api.json('POST', `/api/v1/instances/${id}/terminate`));
    await this.api.waitForState(id, 'terminated', LIMIT_MS);
    this.assertNothingLeft();
  }

  assertNothingLeft(): void {
    assert.deepEqual(this.#company.left(), [], 'nothing is left at the provider');
  }

  /** Kills whoever comes to one of these points, once at each. */
  hunt(points: readonly string[]): PointHunt {
    return new PointHunt(this.#crash, points);
  }
}

/** A person would press the button again while a process comes back. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** True ends it; anything else is told when it does not come. */
export async function until(what: string, look: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const seen = await look().catch((error: unknown) => String(error));
    if (seen === true) return;
    assert.ok(performance.now() < deadline, `${what} did not come: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
