import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BilledInterval } from './bill.ts';
import type { Fault } from './faults.ts';
import { Journal } from './journal.ts';
import type { SettingsChange } from './settings.ts';

/**
 * All that the cloud must remember, kept in memory and in one journal beside it. One commit is one journal line, so
 * a server, its volume and their billing begin and end together, whatever instant the process is killed at.
 * Records are never changed in place; a commit replaces them.
 */
export interface ServerRecord {
  readonly id: string;
  readonly zone: string;
  readonly type: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly clientToken: string | null;
  /** Digest of everything that was ordered, to tell a repeated order from another one. */
  readonly orderSha256: string;
  readonly state: 'stopped' | 'starting' | 'running' | 'stopping' | 'gone';
  readonly stateDetail: string;
  readonly address: string;
  /** The root volume first, then those that were attached when it was made. */
  readonly volumeIds: readonly string[];
  /** Address, keys and security groups that it was made with. */
  readonly partIds: readonly string[];
  readonly createdAtMs: number;
  readonly visibleFromMs: number;
  readonly goneAtMs: number | null;
  readonly nanosPerHour: number;
  /** Of the user data that is on its disk now; null until a boot has run it to its end. */
  readonly userDataExit: number | null;
  readonly userDataSha256: string | null;
  readonly preemptAtMs: number | null;
  readonly deletion: Deletion | null;
}

export interface VolumeRecord {
  readonly id: string;
  readonly zone: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly isBoot: boolean;
  readonly tags: readonly string[];
  readonly state: 'attached' | 'available' | 'deleting' | 'gone';
  /** The server whose disk this is; stays when the server is gone. Null when it was ordered by itself. */
  readonly madeFor: string | null;
  readonly attachedTo: string | null;
  readonly ordered: Ordered | null;
  readonly createdAtMs: number;
  readonly visibleFromMs: number;
  readonly goneAtMs: number | null;
  readonly nanosPerHour: number;
  readonly deletion: Deletion | null;
}

export type FixtureKind = 'address' | 'key' | 'security_group';

/** What stands beside servers and is no volume. An address is billed, the others are free. */
export interface PartRecord {
  readonly id: string;
  readonly kind: FixtureKind;
  readonly zone: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly state: 'present' | 'deleting' | 'gone';
  readonly ordered: Ordered;
  /** Of an address: the machine address that its server gets. */
  readonly address: string | null;
  readonly publicKey: string | null;
  readonly createdAtMs: number;
  readonly visibleFromMs: number;
  readonly goneAtMs: number | null;
  readonly nanosPerHour: number | null;
  readonly deletion: Deletion | null;
}

/** How an order is known again when it is repeated. */
export interface Ordered {
  readonly clientToken: string | null;
  readonly orderSha256: string;
}

/** An accepted delete: when it is due, and which fault holds it up. */
export interface Deletion {
  readonly atMs: number;
  readonly stuckBy: string | null;
}

export interface AddressBlockRecord {
  readonly block: number;
  readonly next: number;
}

export type Change =
  | { readonly kind: 'server'; readonly value: ServerRecord }
  | { readonly kind: 'volume'; readonly value: VolumeRecord }
  | { readonly kind: 'part'; readonly value: PartRecord }
  | { readonly kind: 'interval'; readonly value: BilledInterval }
  | { readonly kind: 'settings'; readonly value: SettingsChange }
  | { readonly kind: 'faults'; readonly value: readonly Fault[] }
  | { readonly kind: 'addresses'; readonly value: AddressBlockRecord };

/** What a journal that was begun before there were parts does not hold. */
const BEFORE_PARTS = {
  server: { partIds: [], userDataSha256: null },
  volume: ({ state, madeFor }: VolumeRecord) => ({
    attachedTo: state === 'attached' ? madeFor : null,
    ordered: null,
  }),
} as const;

/** Below this a rewrite is not worth it. */
const COMPACTION_BYTES_MIN = 4_194_304;

export class CloudState {
  readonly servers = new Map<string, ServerRecord>();
  readonly volumes = new Map<string, VolumeRecord>();
  readonly parts = new Map<string, PartRecord>();
  readonly intervals = new Map<string, BilledInterval>();
  readonly serverIdByToken = new Map<string, string>();
  /** Of volumes and parts, by kind and token. */
  readonly #idByToken = new Map<string, string>();
  /** Servers that are not gone, by the part that they were made with. */
  readonly #usersOfPart = new Map<string, Set<string>>();
  settings: SettingsChange = {};
  faults: readonly Fault[] = [];
  addresses: AddressBlockRecord | undefined;
  readonly #journal: Journal;
  #compactAtBytes: number;

  static open(directory: string): CloudState {
    if (!existsSync(directory)) mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { journal, entries } = Journal.open(join(directory, 'state.jsonl'));
    const state = new CloudState(journal);
    // Written by this program only, and as whole lines, so their form is known.
    for (const entry of entries) state.#apply(entry as Change[]);
    return state;
  }

  private constructor(journal: Journal) {
    this.#journal = journal;
    this.#compactAtBytes = COMPACTION_BYTES_MIN;
  }

  findOrdered(kind: 'volume' | FixtureKind, token: string): string | undefined {
    return this.#idByToken.get(`${kind} ${token}`);
  }

  /** The servers that use a part now; one that is being deleted still does. */
  usersOf(partId: string): readonly string[] {
    return [...(this.#usersOfPart.get(partId) ?? [])];
  }

  /** All of these changes or none; survives the death of this process from here on. */
  commit(changes: readonly Change[]): void {
    this.#journal.append(changes);
    this.#apply(changes);
  }

  /** Waits until every commit so far is on the disk. */
  async flush(): Promise<void> {
    await this.#journal.flush();
    if (this.#journal.sizeBytes > this.#compactAtBytes) await this.compact();
  }

  /** Forgets what was replaced, and resources whose end lies before `forgetBeforeMs`. Their intervals stay. */
  async compact(forgetBeforeMs = 0): Promise<void> {
    await this.#journal.rewrite(() => {
      this.#forget(forgetBeforeMs);
      return this.#entries();
    });
    this.#compactAtBytes = Math.max(COMPACTION_BYTES_MIN, 4 * this.#journal.sizeBytes);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #apply(changes: readonly Change[]): void {
    for (const change of changes) {
      switch (change.kind) {
        case 'server':
          this.#applyServer({ ...BEFORE_PARTS.server, ...change.value });
          break;
        case 'volume':
          this.#applyVolume({ ...BEFORE_PARTS.volume(change.value), ...change.value });
          break;
        case 'part':
          this.parts.set(change.value.id, change.value);
          this.#remember(change.value.kind, change.value);
          break;
        case 'interval':
          this.intervals.set(change.value.id, change.value);
          break;
        case 'settings':
          this.settings = change.value;
          break;
        case 'faults':
          this.faults = change.value;
          break;
        case 'addresses':
          this.addresses = change.value;
          break;
      }
    }
  }

  #applyServer(server: ServerRecord): void {
    this.servers.set(server.id, server);
    if (server.clientToken) this.serverIdByToken.set(server.clientToken, server.id);
    for (const partId of server.partIds) {
      const users = this.#usersOfPart.get(partId) ?? new Set<string>();
      if (server.state === 'gone') users.delete(server.id);
      else users.add(server.id);
      if (users.size > 0) this.#usersOfPart.set(partId, users);
      else this.#usersOfPart.delete(partId);
    }
  }

  #applyVolume(volume: VolumeRecord): void {
    this.volumes.set(volume.id, volume);
    this.#remember('volume', volume);
  }

  #remember(kind: 'volume' | FixtureKind, { id, ordered }: { id: string; ordered: Ordered | null }): void {
    if (ordered?.clientToken) this.#idByToken.set(`${kind} ${ordered.clientToken}`, id);
  }

  #forget(beforeMs: number): void {
    for (const server of this.servers.values()) {
      if (server.goneAtMs === null || server.goneAtMs >= beforeMs) continue;
      this.servers.delete(server.id);
      if (server.clientToken) this.serverIdByToken.delete(server.clientToken);
    }
    for (const volume of this.volumes.values()) {
      if (volume.goneAtMs === null || volume.goneAtMs >= beforeMs) continue;
      this.volumes.delete(volume.id);
      this.#forgetToken('volume', volume.ordered);
    }
    for (const part of this.parts.values()) {
      if (part.goneAtMs === null || part.goneAtMs >= beforeMs) continue;
      this.parts.delete(part.id);
      this.#forgetToken(part.kind, part.ordered);
    }
  }

  #forgetToken(kind: 'volume' | FixtureKind, ordered: Ordered | null): void {
    if (ordered?.clientToken) this.#idByToken.delete(`${kind} ${ordered.clientToken}`);
  }

  #entries(): Change[][] {
    const entries: Change[][] = [
      [
        { kind: 'settings', value: this.settings },
        { kind: 'faults', value: this.faults },
      ],
    ];
    if (this.addresses) entries.push([{ kind: 'addresses', value: this.addresses }]);
    for (const value of this.servers.values()) entries.push([{ kind: 'server', value }]);
    for (const value of this.volumes.values()) entries.push([{ kind: 'volume', value }]);
    for (const value of this.parts.values()) entries.push([{ kind: 'part', value }]);
    for (const value of this.intervals.values()) entries.push([{ kind: 'interval', value }]);
    return entries;
  }
}
