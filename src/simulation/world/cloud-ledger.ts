/**
 * What exists at a simulated provider, and the bill: every resource from the moment it was accepted to the moment it
 * ended, whatever anybody was told about it. The checks believe this and nothing else.
 */
import type { CreatePart, CreateServer, Ownership, PartKind, ResourceKind } from '#providers/provider.ts';

export interface CloudResource {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly zone: string;
  readonly owner: Ownership;
  readonly createdAtMs: number;
  /** Calls do not find it before. */
  readonly visibleAtMs: number;
  readonly nanosPerHour: number;
  /** The provider itself made it a second time for one order. */
  readonly isDouble: boolean;
  expiresAtMs: number;
  goneAtMs: number | undefined;
}

export type PowerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'gone' | 'error';

export interface CloudServer extends CloudResource {
  readonly kind: 'server';
  readonly order: CreateServer;
  readonly volumeId: string;
  /** How it answers to a delete. */
  readonly deletion: Deletion;
  userData: string;
  /** Ended by the provider before it ever ran, for want of this. */
  neverRanFor: 'stock_out' | 'quota' | undefined;
  power: PowerState;
  address: string | undefined;
  /** Raised by each boot. */
  boots: number;
}

export interface Deletion {
  /** An accepted delete has no effect before. */
  readonly stuckUntilMs: number;
  readonly takesMs: number;
}

export interface CloudPart extends CloudResource {
  readonly order: CreatePart | undefined;
  readonly sizeBytes: number;
  attachedTo: string | undefined;
  /** Its tags can be read; without them only its server tells whose it is. */
  isMarked: boolean;
  /** A delete is refused as "in use" until then. */
  busyUntilMs: number;
  /** An accepted delete has no effect before. */
  readonly stuckUntilMs: number;
}

export interface BilledSpan {
  readonly kind: ResourceKind;
  readonly ref: string;
  readonly instance: string;
  readonly fromMs: number;
  readonly toMs: number | undefined;
  readonly nanosPerHour: number;
  /** It came and went with a server that never ran, which nobody may have seen meanwhile. */
  readonly isFleeting: boolean;
}

export class CloudLedger {
  readonly servers = new Map<string, CloudServer>();
  /** Volumes that came with a server, and parts that were ordered. */
  readonly parts = new Map<string, CloudPart>();

  get all(): readonly (CloudServer | CloudPart)[] {
    return [...this.servers.values(), ...this.parts.values()];
  }

  get living(): readonly (CloudServer | CloudPart)[] {
    return this.all.filter((one) => one.goneAtMs === undefined);
  }

  livingOf(instance: string): readonly (CloudServer | CloudPart)[] {
    return this.living.filter((one) => one.owner.instance === instance);
  }

  serversOf(instance: string): CloudServer[] {
    return [...this.servers.values()].filter(
      (one) => one.owner.instance === instance && one.goneAtMs === undefined,
    );
  }

  part(kind: PartKind, id: string): CloudPart | undefined {
    const part = this.parts.get(id);
    return part?.kind === kind ? part : undefined;
  }

  bill(): BilledSpan[] {
    return this.all
      .filter((one) => one.nanosPerHour > 0)
      .map((one) => ({
        kind: one.kind,
        ref: one.id,
        instance: one.owner.instance,
        fromMs: one.createdAtMs,
        // What never ran is not billed.
        toMs: isServer(one) && one.neverRanFor ? one.createdAtMs : one.goneAtMs,
        nanosPerHour: one.nanosPerHour,
        isFleeting: this.#cameWithUnstarted(one),
      }));
  }

  #cameWithUnstarted(resource: CloudServer | CloudPart): boolean {
    return [...this.servers.values()].some(
      (server) => server.volumeId === resource.id && server.neverRanFor !== undefined,
    );
  }
}

function isServer(resource: CloudServer | CloudPart): resource is CloudServer {
  return resource.kind === 'server';
}
