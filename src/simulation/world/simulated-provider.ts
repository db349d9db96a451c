/**
 * The port to a simulated provider, as one process sees it. A request travels, has its effect or not, and is answered
 * or not; once it has left, it arrives, whatever becomes of its sender.
 */
import { type Inspection, wholeInspection } from '#providers/inspection.ts';
import {
  type CallContext,
  type Capabilities,
  type CreatePart,
  type CreateServer,
  type OwnedResource,
  type Part,
  type PartKind,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ProviderOffer,
  type ResourceKind,
  type ResourceRef,
  type Server,
  type Volume,
} from '#providers/provider.ts';
import { type Cloud, SERVER_NANOS } from './cloud.ts';
import type { CloudPart, CloudServer } from './cloud-ledger.ts';
import type { Faults } from './faults.ts';
import type { Machine } from './machine.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';

export interface ProviderParts {
  readonly cloud: Cloud;
  readonly machine: Machine;
  readonly scheduler: Scheduler;
  readonly random: SeededRandom;
  readonly faults: Faults;
}

interface Call<T> {
  readonly operation: string;
  readonly isMutation: boolean;
  readonly effect: () => T;
}

/** A request takes less than the deadline of a call, or it is never answered. */
const SLOW_REQUEST_MS = 28_000;
const REFUSALS: readonly ProviderErrorKind[] = ['stock_out', 'quota', 'invalid'];

export class SimulatedProvider implements Provider {
  readonly id: string;
  readonly capabilities: Capabilities;
  /** Only where creates leave something out. */
  readonly prepareServer?: NonNullable<Provider['prepareServer']>;
  readonly #parts: ProviderParts;

  constructor(parts: ProviderParts) {
    this.#parts = parts;
    const { cloud } = parts;
    this.id = cloud.id;
    this.capabilities = cloud.capabilities;
    if (!cloud.manner.makesBareServers) return;
    this.prepareServer = (context, ref, order) =>
      this.#mutate(context, 'prepareServer', () =>
        cloud.prepareServer(this.#need(ref, 'prepareServer'), order),
      );
  }

  createServer(context: CallContext, order: CreateServer): Promise<Server> {
    const { cloud } = this.#parts;
    return this.#create(context, 'createServer', () => {
      const known = cloud.ledger.servers.get(cloud.findByToken(order.owner.attempt) ?? '');
      if (known && JSON.stringify(known.order) !== JSON.stringify(order)) {
        throw this.#error('createServer', 'conflict', false);
      }
      if (!known && !cloud.areFree(order.parts)) throw this.#error('createServer', 'invalid', false);
      const shortage = known ? undefined : cloud.shortageOf(order);
      if (shortage) throw this.#error('createServer', shortage, false);
      return this.#view(known ?? cloud.createServer(order));
    });
  }

  startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    const { cloud } = this.#parts;
    return this.#mutate(context, 'startServer', () => {
      const server = this.#need(ref, 'startServer');
      const shortage = server.power === 'stopped' ? cloud.shortageOf(server.order) : undefined;
      if (shortage) throw this.#error('startServer', shortage, false);
      cloud.startServer(server);
    });
  }

  findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#read(context, 'findServer', () => {
      const server = this.#known(ref);
      return server && this.#view(server);
    });
  }

  findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    const { cloud } = this.#parts;
    return this.#list(context, 'findServersByAttempt', () =>
      [...cloud.ledger.servers.values()]
        .filter((one) => one.owner.attempt === attempt && one.zone === zone && cloud.isVisible(one))
        .map((one) => this.#view(one)),
    );
  }

  deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#mutate(context, 'deleteServer', () => {
      const server = this.#known(ref);
      if (server) this.#deleteServer(server);
      else this.#parts.cloud.deleteForeign(ref.id);
    });
  }

  rebootServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#mutate(context, 'rebootServer', () =>
      this.#parts.cloud.rebootServer(this.#need(ref, 'rebootServer')),
    );
  }

  replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    return this.#mutate(context, 'replaceUserData', () => {
      this.#need(ref, 'replaceUserData').userData = userData;
    });
  }

  createPart(context: CallContext, order: CreatePart): Promise<Part> {
    const { cloud } = this.#parts;
    return this.#create(context, 'createPart', () => {
      const known = cloud.ledger.parts.get(cloud.findByToken(order.owner.attempt) ?? '');
      if (known && JSON.stringify(known.order) !== JSON.stringify(order)) {
        throw this.#error('createPart', 'conflict', false);
      }
      return viewPart(known ?? cloud.createPart(order));
    });
  }

  findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    return this.#read(context, 'findPart', () => {
      const part = this.#knownPart(kind, ref);
      return part && viewPart(part);
    });
  }

  findPartsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]> {
    const { cloud } = this.#parts;
    return this.#list(context, 'findPartsByAttempt', () =>
      cloud
        .partsOf(kind)
        .filter(
          (one) => one.order && one.owner.attempt === attempt && one.zone === zone && cloud.isVisible(one),
        )
        .map(viewPart),
    );
  }

  deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    return this.#mutate(context, 'deletePart', () => this.#deletePart(kind, ref, 'deletePart'));
  }

  renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    return this.#mutate(context, 'renewExpiry', () => {
      const resource = kind === 'server' ? this.#known(ref) : this.#knownPart(kind, ref);
      if (!resource || resource.goneAtMs !== undefined) throw this.#error('renewExpiry', 'not_found', false);
      resource.expiresAtMs = expiresAtMs;
    });
  }

  findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return this.#read(context, 'findVolume', () => {
      const volume = this.#knownPart('volume', ref);
      return volume && viewVolume(volume);
    });
  }

  deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#mutate(context, 'deleteVolume', () => this.#deletePart('volume', ref, 'deleteVolume'));
  }

  listOwned(context: CallContext, installation: string, zones: readonly string[]): Promise<OwnedResource[]> {
    const { cloud } = this.#parts;
    return this.#list(context, 'listOwned', () => [
      cloud.foreign,
      ...cloud.ledger.living
        .filter(
          (one) =>
            one.owner.installation === installation && zones.includes(one.zone) && cloud.isVisible(one),
        )
        .filter((one) => isTellable(one))
        .map((one) => ({
          kind: one.kind,
          ref: refOf(one),
          owner: { ...one.owner, expiresAtMs: one.expiresAtMs },
          attachedTo: 'attachedTo' in one ? one.attachedTo : undefined,
          createdAtMs: one.createdAtMs,
        })),
    ]);
  }

  async listOffers(): Promise<ProviderOffer[]> {
    return offersOf(['a', 'b']);
  }

  async inspect(): Promise<Inspection> {
    return wholeInspection(this.capabilities, ['a', 'b']);
  }

  #create<T>(context: CallContext, operation: string, effect: () => T): Promise<T> {
    const { faults, random } = this.#parts;
    const refusal = faults.strikes('provider_refusal', random) ? random.pick(REFUSALS) : undefined;
    return this.#send(context, {
      operation,
      isMutation: true,
      effect: () => {
        if (refusal) throw this.#error(operation, refusal, false);
        return effect();
      },
    });
  }

  #mutate<T>(context: CallContext, operation: string, effect: () => T): Promise<T> {
    return this.#send(context, { operation, isMutation: true, effect });
  }

  #read<T>(context: CallContext, operation: string, effect: () => T): Promise<T> {
    return this.#send(context, { operation, isMutation: false, effect });
  }

  /** One page or one region that fails makes the whole answer fail: the port never answers in part. */
  #list<T>(context: CallContext, operation: string, effect: () => T): Promise<T> {
    const { faults, random } = this.#parts;
    const fails = faults.strikes('provider_listing_failed', random);
    return this.#read(context, operation, () => {
      if (fails) throw this.#error(operation, 'retryable', false);
      return effect();
    });
  }

  #send<T>(context: CallContext, call: Call<T>): Promise<T> {
    const { cloud, machine, scheduler, random, faults } = this.#parts;
    const { operation, isMutation } = call;
    if (!machine.isAlive) return new Promise(() => undefined);
    const travelMs = faults.strikes('provider_slow_request', random)
      ? random.between(1_000, SLOW_REQUEST_MS)
      : random.between(20, 600);
    const fate = this.#chooseFate();
    return new Promise((resolve, reject) => {
      let isOver = false;
      const answer = (run: () => void) =>
        machine.resume(() => {
          if (isOver) return;
          isOver = true;
          run();
        });
      const give = (outcome: () => T) => answer(() => settle(outcome, resolve, reject));
      const onAbort = () => answer(() => reject(this.#error(operation, 'retryable', isMutation)));
      if (context.signal.aborted) return onAbort();
      context.signal.addEventListener('abort', onAbort, { once: true });
      scheduler.after(travelMs, () => {
        if (fate === 'error_before') return give(() => this.#fail(operation, 'retryable', isMutation));
        if (fate === 'throttled') cloud.throttle();
        if (fate === 'throttled' || cloud.isThrottled) {
          return give(() => this.#fail(operation, 'throttled', false));
        }
        const outcome = outcomeOf(() => call.effect());
        if (fate === 'reply_lost') return;
        const backMs = random.between(10, 300);
        scheduler.after(backMs, () =>
          give(
            fate === 'error_after' && isMutation ? () => this.#fail(operation, 'retryable', true) : outcome,
          ),
        );
      });
    });
  }

  #chooseFate(): 'done' | 'error_before' | 'error_after' | 'reply_lost' | 'throttled' {
    const { faults, random } = this.#parts;
    if (faults.strikes('provider_error_before', random)) return 'error_before';
    if (faults.strikes('provider_error_after', random)) return 'error_after';
    if (faults.strikes('provider_reply_lost', random)) return 'reply_lost';
    return faults.strikes('provider_throttled', random) ? 'throttled' : 'done';
  }

  #fail(operation: string, kind: ProviderErrorKind, outcomeUnknown: boolean): never {
    throw this.#error(operation, kind, outcomeUnknown);
  }

  #error(operation: string, kind: ProviderErrorKind, outcomeUnknown: boolean): ProviderError {
    return new ProviderError(`${operation} failed: ${kind}`, {
      kind,
      provider: this.id,
      operation,
      outcomeUnknown,
    });
  }

  #known(ref: ResourceRef): CloudServer | undefined {
    const server = this.#parts.cloud.ledger.servers.get(ref.id);
    return server && server.zone === ref.zone && this.#parts.cloud.isVisible(server) ? server : undefined;
  }

  #knownPart(kind: PartKind, ref: ResourceRef): CloudPart | undefined {
    const part = this.#parts.cloud.ledger.part(kind, ref.id);
    return part && part.zone === ref.zone && this.#parts.cloud.isVisible(part) ? part : undefined;
  }

  #need(ref: ResourceRef, operation: string): CloudServer {
    const server = this.#known(ref);
    if (!server || server.goneAtMs !== undefined) throw this.#error(operation, 'not_found', false);
    return server;
  }

  /** The adapter's two calls: its root gets its tags while somebody knows whose it is, then the server goes. */
  #deleteServer(server: CloudServer): void {
    const { cloud } = this.#parts;
    if (cloud.manner.makesBareServers) cloud.markRoot(server);
    if (cloud.isInTransit(server)) throw this.#error('deleteServer', 'conflict', false);
    cloud.deleteServer(server);
  }

  #deletePart(kind: PartKind, ref: ResourceRef, operation: string): void {
    const part = this.#knownPart(kind, ref);
    if (part && this.#parts.cloud.deletePart(part) === 'in_use')
      throw this.#error(operation, 'locked', false);
  }

  #view(server: CloudServer): Server {
    const parts = [...this.#parts.cloud.ledger.parts.values()];
    // Where a server's end is told and its volumes' is not, it does not tell of them any more.
    const isForgotten = server.goneAtMs !== undefined && !this.#parts.cloud.tellsEndOf('volume');
    const isKnownVolume = (part: CloudPart) =>
      part.kind === 'volume' && (part.id === server.volumeId || part.attachedTo === server.id);
    return {
      ref: refOf(server),
      state: server.power,
      rawState: server.power,
      type: server.order.type,
      owner: server.owner,
      address: server.power === 'running' ? server.address : undefined,
      volumes: isForgotten ? [] : parts.filter(isKnownVolume).map(refOf),
      billedFromMs: server.createdAtMs,
      billedToMs: server.neverRanFor ? server.createdAtMs : server.goneAtMs,
      createdAtMs: server.createdAtMs,
      neverRanFor: server.neverRanFor,
    };
  }
}

/** What can be rented in these zones. */
export function offersOf(zones: readonly string[]): ProviderOffer[] {
  return zones.flatMap((zone) =>
    Object.entries(SERVER_NANOS).map(([type, nanosPerHour]) => ({
      zone,
      type,
      gpuCount: 1,
      gpuKind: type.split('-')[1] ?? '',
      vramBytesPerGpu: 48e9,
      vcpus: 8,
      memoryBytes: 48e9,
      price: { nanosPerHour, currency: 'EUR', asOf: '2026-01-01' },
      availability: 'available' as const,
    })),
  );
}

function outcomeOf<T>(effect: () => T): () => T {
  try {
    const value = effect();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function settle<T>(outcome: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  try {
    resolve(outcome());
  } catch (error) {
    reject(error);
  }
}

/** A volume without tags is known by the server that it is in. */
function isTellable(one: CloudServer | CloudPart): boolean {
  return !('isMarked' in one) || one.isMarked || one.attachedTo !== undefined;
}

function refOf({ id, zone }: { readonly id: string; readonly zone: string }): ResourceRef {
  return { id, zone };
}

function stateOf(part: CloudPart): 'available' | 'attached' | 'gone' {
  if (part.goneAtMs !== undefined) return 'gone';
  return part.attachedTo === undefined ? 'available' : 'attached';
}

function viewPart(part: CloudPart): Part {
  return {
    kind: part.kind as PartKind,
    ref: refOf(part),
    state: part.goneAtMs === undefined ? 'present' : 'gone',
    owner: part.owner,
    attachedTo: part.attachedTo,
    address: part.kind === 'address' ? `192.0.2.${part.id.length}` : undefined,
    sizeBytes: part.kind === 'volume' ? part.sizeBytes : undefined,
    createdAtMs: part.createdAtMs,
    billedFromMs: part.createdAtMs,
    billedToMs: part.goneAtMs,
    nanosPerHour: part.nanosPerHour || undefined,
  };
}

function viewVolume(volume: CloudPart): Volume {
  return {
    ref: refOf(volume),
    kind: 'block',
    sizeBytes: volume.sizeBytes,
    isBoot: volume.order === undefined,
    state: stateOf(volume),
    owner: volume.isMarked ? volume.owner : undefined,
    attachedTo: volume.attachedTo,
    billedFromMs: volume.createdAtMs,
    billedToMs: volume.goneAtMs,
    nanosPerHour: volume.nanosPerHour,
  };
}
