import assert from 'node:assert/strict';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import {
  type CallContext,
  type CreatePart,
  type CreateServer,
  type Ownership,
  type Part,
  type PartKind,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ResourceRef,
  type Server,
} from './provider.ts';
import { Unsuited } from './provider-suite-case.ts';

/**
 * What the conformance suite stands on: what a harness must offer, orders, waiting, and the proof that nothing is left.
 * A fault named after a create or a delete strikes for parts as for servers.
 */
export const SUITE_FAULTS = [
  'create_out_of_stock',
  'create_over_quota',
  'create_fails_before',
  'create_fails_after',
  'create_reply_lost',
  'create_reply_hangs',
  'create_reply_garbage',
  'create_reply_cut',
  'create_invisible',
  'start_in_vain',
  'delete_stuck',
  'delete_fails_after',
  'list_short',
  'list_breaks_off',
  'read_fails',
  'read_garbage',
  'throttled',
  'throttled_for_7_s',
  'second_zone_fails',
  'renew_reply_lost',
] as const;
export type SuiteFault = (typeof SUITE_FAULTS)[number];

export interface ProviderHarness {
  readonly provider: Provider;
  /** The same provider with a wrong credential. */
  readonly intruder: Provider;
  /** The same provider at an address where nobody listens. */
  readonly unreachable: Provider;
  readonly zones: readonly string[];
  readonly type: string;
  readonly rootBytes: number;
  /** Size of a page of the provider's lists. */
  readonly pageSize: number;
  /** Throws `Unsuited` where it cannot be made to happen. */
  setFault(fault: SuiteFault): Promise<void>;
  clearFaults(): Promise<void>;
  /** What the machine got to run. */
  readUserData(ref: ResourceRef): Promise<Buffer>;
  /** What the machine's programs have said since it was made. */
  readConsole(ref: ResourceRef): Promise<string>;
  /** Ends what was started for the suite. */
  close(): Promise<void>;
}

/** For a machine that many tests share. */
const LIMIT_MS = 30_000;
const PUBLIC_KEY = `ssh-ed25519 ${'A'.repeat(64)} suite`;
export const env = systemEnv(SILENT_LOG);

/** The harness and the orders of one run of the suite. */
export class Bench {
  readonly harness: ProviderHarness;
  readonly installation = `suite-${hex(6)}`;

  constructor(harness: ProviderHarness) {
    this.harness = harness;
  }

  get provider(): Provider {
    return this.harness.provider;
  }

  /** Machines that somebody owns, and that are there before and after. */
  get isLent(): boolean {
    return this.provider.capabilities.lendsMachines === true;
  }

  /** For a case about what only a machine has that was made for its order. */
  requireMade(because: string): void {
    if (this.isLent) throw new Unsuited(because);
  }

  get zone(): string {
    return this.harness.zones[0] ?? '';
  }

  context(limitMs = LIMIT_MS): CallContext {
    return { signal: AbortSignal.timeout(limitMs), correlationId: `cor_${hex(6)}` };
  }

  order(changes: Partial<CreateServer> = {}, owner: Partial<Ownership> = {}): CreateServer {
    return {
      zone: this.zone,
      type: this.harness.type,
      name: 'suite',
      owner: {
        installation: this.installation,
        instance: 'inst_suite',
        attempt: `att_${hex(10)}`,
        expiresAtMs: 1_900_000_000_000,
        ...owner,
      },
      userData: '',
      rootBytes: this.harness.rootBytes,
      parts: [],
      ...changes,
    };
  }

  /** A whole server, as the control plane makes one before it starts it. */
  create(changes: Partial<CreateServer> = {}, owner: Partial<Ownership> = {}): Promise<Server> {
    return this.make(this.order(changes, owner));
  }

  async make(order: CreateServer): Promise<Server> {
    const server = await this.provider.createServer(this.context(), order);
    await this.provider.prepareServer?.(this.context(), server.ref, order);
    return server;
  }

  /** A create may be repeated as it is where tokens are known; elsewhere whoever repeats it looks for its tag first. */
  async createOnce(order: CreateServer): Promise<Server> {
    if (!this.knowsTokens) {
      const { zone, owner } = order;
      const [found] = await this.provider.findServersByAttempt(this.context(), zone, owner.attempt);
      if (found) return found;
    }
    return this.provider.createServer(this.context(), order);
  }

  async createPartOnce(order: CreatePart): Promise<Part> {
    if (!this.knowsTokens) {
      const { kind, zone, owner } = order;
      const [found] = await this.provider.findPartsByAttempt(this.context(), kind, zone, owner.attempt);
      if (found) return found;
    }
    return this.provider.createPart(this.context(), order);
  }

  get knowsTokens(): boolean {
    return this.provider.capabilities.idempotentCreate === 'token';
  }

  /** Some states have to pass before a provider takes the order. */
  async deleteServer(ref: ResourceRef): Promise<void> {
    await this.#untilAccepted(() => this.provider.deleteServer(this.context(), ref));
  }

  async deleteVolume(ref: ResourceRef): Promise<void> {
    await this.#untilAccepted(() => this.provider.deleteVolume(this.context(), ref));
  }

  async deletePart({ kind, ref }: Pick<Part, 'kind' | 'ref'>): Promise<void> {
    await this.#untilAccepted(() => this.provider.deletePart(this.context(), kind, ref));
  }

  partOrder(kind: PartKind, owner: Partial<Ownership> = {}): CreatePart {
    const order = this.order({}, owner);
    return {
      kind,
      zone: order.zone,
      name: order.name,
      owner: order.owner,
      ...(kind === 'volume' ? { sizeBytes: this.harness.rootBytes } : {}),
      ...(kind === 'key' ? { publicKey: PUBLIC_KEY } : {}),
    };
  }

  createPart(kind: PartKind, owner: Partial<Ownership> = {}): Promise<Part> {
    return this.provider.createPart(this.context(), this.partOrder(kind, owner));
  }

  /** One of each kind that the adapter makes. */
  async createParts(): Promise<Part[]> {
    const parts: Part[] = [];
    for (const kind of this.provider.capabilities.parts) parts.push(await this.createPart(kind));
    return parts;
  }

  /** A part may be let go of only a while after its server is gone. */
  async waitFree(parts: readonly Part[]): Promise<(Part | undefined)[]> {
    const free = parts.map(({ kind, ref }) =>
      until(async () => {
        const part = await this.provider.findPart(this.context(), kind, ref);
        return part?.attachedTo === undefined ? { part } : undefined;
      }),
    );
    return (await Promise.all(free)).map(({ part }) => part);
  }

  async waitPartGone({ kind, ref }: Part): Promise<Part | undefined> {
    const end = await until(async () => {
      const part = await this.provider.findPart(this.context(), kind, ref);
      return part === undefined || part.state === 'gone' ? { part } : undefined;
    });
    return end.part;
  }

  async createStarted(changes: Partial<CreateServer> = {}): Promise<Server> {
    const server = await this.create(changes);
    await this.provider.startServer(this.context(), server.ref);
    return this.waitFor(server.ref, (now) => now.state === 'running');
  }

  async waitFor(ref: ResourceRef, isReached: (server: Server) => boolean): Promise<Server> {
    return until(async () => {
      const server = await this.provider.findServer(this.context(), ref);
      return server && isReached(server) ? server : undefined;
    });
  }

  async waitGone(ref: ResourceRef): Promise<Server | undefined> {
    return until(async () => {
      const server = await this.provider.findServer(this.context(), ref);
      return server === undefined ? 'absent' : server.state === 'gone' ? server : undefined;
    }).then((found) => (found === 'absent' ? undefined : found));
  }

  owned(installation = this.installation) {
    return this.provider.listOwned(this.context(), installation, this.harness.zones);
  }

  /** Deletes all servers, then what stood beside them, and proves that nothing is left. */
  async cleanUp(): Promise<void> {
    await this.harness.clearFaults();
    const owned = await until(async () => {
      const list = await this.owned();
      return list.every((resource) => resource.owner) ? list : undefined;
    });
    const servers = owned.filter((resource) => resource.kind === 'server');
    for (const { ref } of servers) await this.deleteServer(ref);
    for (const { ref } of servers) await this.waitGone(ref);
    for (const { kind, ref } of await this.owned()) {
      if (kind === 'volume') await this.deleteVolume(ref);
      else if (kind !== 'server') await this.deletePart({ kind, ref });
    }
    await until(async () => ((await this.owned()).length === 0 ? true : undefined));
  }

  #untilAccepted(call: () => Promise<void>): Promise<true> {
    return until(async () => {
      try {
        await call();
        return true;
      } catch (error) {
        if (error instanceof ProviderError && error.facts.kind === 'conflict') return undefined;
        throw error;
      }
    });
  }
}

export async function rejects(
  call: Promise<unknown>,
  kind: ProviderErrorKind | readonly ProviderErrorKind[] | undefined,
  outcomeUnknown: boolean,
): Promise<ProviderError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert(error instanceof ProviderError, `expected a ProviderError, got ${String(error)}`);
  if (kind !== undefined) assert.ok([kind].flat().includes(error.facts.kind), error.message);
  assert.equal(error.facts.outcomeUnknown, outcomeUnknown, error.message);
  return error;
}

export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = env.clock.monotonic() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(env.clock.monotonic() < deadline, `not reached within ${LIMIT_MS} ms`);
    await env.sleep(5);
  }
}

function hex(length: number): string {
  return Buffer.from(env.random.bytes(length)).toString('hex');
}
