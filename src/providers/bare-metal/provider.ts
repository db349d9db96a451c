/**
 * Machines that organisations own, behind the port of those who rent them out. A create claims a free machine of the
 * type, in one transaction; a start runs the install script on it; a delete uninstalls and gives it back. Both go by
 * SSH, or are written down for the agent of a machine that nobody can dial. The machine itself stays. A claim is the server: it ends when the machine has proved that nothing of it is left, or
 * when a person declares so.
 *
 * Whatever is on the machine was noted before the first call, and each call may be repeated: the same script runs once,
 * and what is uninstalled stays so.
 */
import type { Clock } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { BARE_METAL, type Claim, type HostBook, type OpenClaim } from '../host-book.ts';
import { vramOf } from '../host-facts.ts';
import type { SshCall, SshTarget } from '../host-ssh.ts';
import { launchOnHost, mayDial, uninstallFromHost, WorkFailure, type WorkFailureKind } from '../host-work.ts';
import { type Inspection, wholeInspection } from '../inspection.ts';
import {
  type CallContext,
  type Capabilities,
  type CreatePart,
  type CreateServer,
  type OwnedResource,
  type Part,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ProviderOffer,
  type ResourceKind,
  type ResourceRef,
  type Server,
  type Volume,
} from '../provider.ts';

export interface BareMetalOptions {
  readonly book: HostBook;
  readonly clock: Clock;
  /** Whether a machine may stand at this address. */
  readonly mayDial?: SshCall['mayDial'];
}

const USER_DATA_BYTES_MAX = 131_072;
/** A machine that could not be reached so often is left for another one, where nothing was done on it yet. */
const FAILURES_MAX = 3;

/** Failures from before the script was copied. */
const NOTHING_SENT: readonly WorkFailureKind[] = [
  'unreachable',
  'auth',
  'bad_credential',
  'host_key_unknown',
  'host_key_changed',
  'no_sudo',
];

const KINDS: Readonly<Record<WorkFailureKind, ProviderErrorKind>> = {
  unreachable: 'retryable',
  cut: 'retryable',
  command_failed: 'retryable',
  wrong_checksum: 'retryable',
  auth: 'auth',
  bad_credential: 'auth',
  host_key_unknown: 'permission',
  host_key_changed: 'permission',
  no_sudo: 'permission',
  missing_tools: 'invalid',
  in_use: 'conflict',
};

export class BareMetalProvider implements Provider {
  readonly id = BARE_METAL;
  readonly capabilities: Capabilities = {
    idempotentCreate: 'token',
    visibilityWindowMs: 0,
    tombstones: true,
    volumesOutliveServer: false,
    parts: [],
    userDataAtEachBoot: false,
    installsOverSsh: true,
    lendsMachines: true,
    maxUserDataBytes: USER_DATA_BYTES_MAX,
  };
  readonly #options: BareMetalOptions;

  constructor(options: BareMetalOptions) {
    this.#options = options;
  }

  async createServer(context: CallContext, order: CreateServer): Promise<Server> {
    const operation = 'createServer';
    if (Buffer.byteLength(order.userData) > USER_DATA_BYTES_MAX) {
      throw refusal(operation, 'invalid', `the script is longer than ${USER_DATA_BYTES_MAX} bytes`);
    }
    if (order.parts.length > 0) throw unsupported(operation);
    const { zone, type, name, owner, userData: script } = order;
    const wanted = { zone, type, name, owner, script };
    const claim = await this.#write(context, operation, (book) => book.claim(wanted));
    switch (claim) {
      case 'no_host':
        throw refusal(operation, 'stock_out', `no machine of the type ${type} is free`);
      case 'unknown_type':
        throw refusal(operation, 'invalid', `there is no machine of the type ${type} in ${zone}`);
      case 'another_order':
        throw refusal(operation, 'conflict', 'this attempt has claimed a machine for another order');
      default:
        return serverOf(claim);
    }
  }

  async startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'startServer';
    const open = await this.#open(context, operation, ref);
    if (open.claim.releaseAskedAtMs !== null) throw refusal(operation, 'conflict', 'it is being given back');
    if (open.claim.startedAtMs !== null) return;
    if (!open.target) return this.#write(context, operation, (book) => book.orderInstall(open.claim.id));
    await this.#launch(context, operation, open, open.target);
  }

  async replaceUserData(): Promise<void> {
    throw unsupported('replaceUserData');
  }

  async rebootServer(): Promise<void> {
    throw unsupported('rebootServer');
  }

  /** Kept first: a start that comes later, after a crash in between, runs the new one too. */
  async installAnew(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    const operation = 'installAnew';
    const open = await this.#open(context, operation, ref);
    const { claim, target } = open;
    if (!target) {
      const isOrdered = open.script === userData && claim.byAgent?.installsAsked !== 0;
      const anew = open.script === userData ? undefined : userData;
      if (!isOrdered) await this.#write(context, operation, (book) => book.orderInstall(claim.id, anew));
      return;
    }
    await this.#write(context, operation, (book) => book.replaceScript(claim.id, userData));
    await this.#launch(context, operation, { ...open, script: userData }, target);
  }

  async findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    const claim = await this.#read(context, 'findServer', (book) => book.find(ref.id));
    return claim?.zone === ref.zone ? serverOf(claim) : undefined;
  }

  async findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    const claims = await this.#read(context, 'findServersByAttempt', (book) =>
      book.findByAttempt(zone, attempt),
    );
    return claims.map(serverOf);
  }

  async deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    const operation = 'deleteServer';
    const claim = await this.#read(context, operation, (book) => book.find(ref.id));
    if (!claim || claim.zone !== ref.zone || claim.releasedAtMs !== null) return;
    await this.#write(context, operation, (book) => book.askRelease(claim.id));
    // Read again: a start that was under way may have noted its call since.
    const open = await this.#read(context, operation, (book) => book.open(claim.id));
    if (!open) return;
    const { target } = open;
    // Its agent is told when it asks next, and the claim ends with its word.
    if (!target) return this.#write(context, operation, (book) => book.releaseUntouched(claim.id));
    if (open.claim.launchedAtMs !== null) {
      await this.#work(operation, open, () => uninstallFromHost(target, this.#call(context), claim.id));
    }
    await this.#write(context, operation, (book) => book.markReleased(claim.id));
  }

  async createPart(_context: CallContext, _order: CreatePart): Promise<Part> {
    throw unsupported('createPart');
  }

  async findPart(): Promise<Part | undefined> {
    return undefined;
  }

  async findPartsByAttempt(): Promise<Part[]> {
    return [];
  }

  async deletePart(): Promise<void> {}

  async findVolume(): Promise<Volume | undefined> {
    return undefined;
  }

  async deleteVolume(): Promise<void> {}

  async renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    const isThere =
      kind === 'server' &&
      (await this.#write(context, 'renewExpiry', (book) => book.renew(ref.id, expiresAtMs)));
    if (!isThere) throw refusal('renewExpiry', 'not_found', 'it was given back');
  }

  async listOwned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    const claims = await this.#read(context, 'listOwned', (book) => book.listOpen(installation, zones));
    return claims.map((claim) => ({
      kind: 'server',
      ref: { id: claim.id, zone: claim.zone },
      owner: claim.owner,
      attachedTo: undefined,
      createdAtMs: claim.claimedAtMs,
    }));
  }

  async listOffers(context: CallContext): Promise<ProviderOffer[]> {
    const groups = await this.#read(context, 'listOffers', (book) => book.listGroups());
    return groups.map(({ zone, orgId, type, facts, free, price }) => ({
      zone,
      onlyFor: orgId,
      type,
      gpuCount: facts.gpus.length,
      gpuKind: facts.gpus[0]?.kind ?? 'none',
      vramBytesPerGpu: vramOf(facts),
      vcpus: facts.vcpus,
      memoryBytes: facts.memoryBytes,
      arch: facts.arch === 'arm64' ? 'arm64' : 'x86_64',
      price,
      availability: free > 0 ? 'available' : 'shortage',
    }));
  }

  async inspect(context: CallContext): Promise<Inspection> {
    const groups = await this.#read(context, 'inspect', (book) => book.listGroups());
    const inspection = wholeInspection(this.capabilities, [...new Set(groups.map(({ zone }) => zone))]);
    return { ...inspection, identity: { account: 'own machines', principal: null } };
  }

  /** Noted before the call, so that whoever deletes the claim looks at the machine. */
  async #launch(context: CallContext, operation: string, open: OpenClaim, target: SshTarget): Promise<void> {
    const { claim, script } = open;
    await this.#write(context, operation, (book) => book.markLaunched(claim.id));
    const work = { claim: claim.id, script };
    const address = await this.#work(operation, open, async () => {
      try {
        return await launchOnHost(target, this.#call(context), work);
      } catch (error) {
        const isFirst = claim.launchedAtMs === null;
        if (isFirst && error instanceof WorkFailure && NOTHING_SENT.includes(error.kind)) {
          await this.#write(context, operation, (book) => book.unmarkLaunched(claim.id));
        }
        throw error;
      }
    });
    await this.#write(context, operation, (book) => book.markStarted(claim.id, address));
    // Given back while the script was on its way: whoever uninstalled may have been there before it.
    const now = await this.#read(context, operation, (book) => book.find(claim.id));
    if (now?.releaseAskedAtMs === null) return;
    await this.#work(operation, open, () => uninstallFromHost(target, this.#call(context), claim.id));
    throw refusal(operation, 'conflict', 'it was given back meanwhile');
  }

  async #work<T>(operation: string, { claim }: OpenClaim, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorkFailure)) throw error;
      const { kind, message, seenHostKey } = error;
      const isDefinite = !['unreachable', 'cut', 'command_failed', 'wrong_checksum'].includes(kind);
      const facts = { error: kind, message, seenHostKey, isGivenUp: isDefinite };
      const failures = await this.#options.book.noteFailure(claim.id, facts);
      const isStart = operation === 'startServer';
      const isHopeless = kind === 'in_use' || (!isDefinite && failures >= FAILURES_MAX);
      if (isStart && isHopeless) {
        await this.#options.book.noteFailure(claim.id, { ...facts, isGivenUp: true });
        throw refusal(operation, 'stock_out', `${message}. The machine was left for another one.`);
      }
      throw new ProviderError(
        message,
        // A delete that was cut off may be done; nothing else changes what we know.
        { kind: KINDS[kind], provider: BARE_METAL, operation, outcomeUnknown: kind === 'cut' },
        error,
      );
    }
  }

  async #open(context: CallContext, operation: string, ref: ResourceRef): Promise<OpenClaim> {
    const open = await this.#read(context, operation, (book) => book.open(ref.id));
    if (!open || open.claim.zone !== ref.zone) throw refusal(operation, 'not_found', 'it was given back');
    return open;
  }

  #call(context: CallContext): SshCall {
    return { signal: context.signal, mayDial: this.#options.mayDial ?? mayDial };
  }

  #read<T>(context: CallContext, operation: string, ask: (book: HostBook) => Promise<T>): Promise<T> {
    return this.#ask(context, operation, ask, false);
  }

  #write<T>(context: CallContext, operation: string, ask: (book: HostBook) => Promise<T>): Promise<T> {
    return this.#ask(context, operation, ask, true);
  }

  async #ask<T>(
    context: CallContext,
    operation: string,
    ask: (book: HostBook) => Promise<T>,
    isWrite: boolean,
  ): Promise<T> {
    const facts = { kind: 'retryable', provider: BARE_METAL, operation } as const;
    if (context.signal.aborted) {
      throw new ProviderError('it is over before it began', { ...facts, outcomeUnknown: false });
    }
    try {
      return await ask(this.#options.book);
    } catch (error) {
      // A commit whose answer was lost may hold.
      throw new ProviderError(messageOf(error), { ...facts, outcomeUnknown: isWrite }, error);
    }
  }
}

function serverOf(claim: Claim): Server {
  const state = stateOf(claim);
  return {
    ref: { id: claim.id, zone: claim.zone },
    state,
    rawState: state,
    type: claim.type,
    owner: claim.owner,
    address: state === 'running' ? (claim.address ?? undefined) : undefined,
    volumes: [],
    billedFromMs: claim.claimedAtMs,
    billedToMs: claim.releasedAtMs ?? undefined,
    createdAtMs: claim.claimedAtMs,
  };
}

function stateOf(claim: Claim): Server['state'] {
  if (claim.releasedAtMs !== null) return 'gone';
  if (claim.releaseAskedAtMs !== null) return 'stopping';
  if (claim.startedAtMs !== null) return 'running';
  if (claim.byAgent?.isGivenUp === true) return 'error';
  return claim.byAgent !== undefined && claim.byAgent.installsAsked > 0 ? 'starting' : 'stopped';
}

function refusal(operation: string, kind: ProviderErrorKind, message: string): ProviderError {
  return new ProviderError(message, { kind, provider: BARE_METAL, operation, outcomeUnknown: false });
}

function unsupported(operation: string): ProviderError {
  return refusal(operation, 'unsupported', `an owner's machine knows no ${operation}`);
}
