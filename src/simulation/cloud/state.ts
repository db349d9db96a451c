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
  readonly volumeIds: readonly string[];
  readonly createdAtMs: number;
  readonly visibleFromMs: number;
  readonly goneAtMs: number | null;
  readonly nanosPerHour: number;
  readonly userDataExit: number | null;
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
  /** The server whose disk this is; stays when the server is gone. */
  readonly madeFor: string;
  readonly createdAtMs: number;
  readonly visibleFromMs: number;
  readonly goneAtMs: number | null;
  readonly nanosPerHour: number;
  readonly deletion: Deletion | null;
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
  | { readonly kind: 'interval'; readonly value: BilledInterval }
  | { readonly kind: 'settings'; readonly value: SettingsChange }
  | { readonly kind: 'faults'; readonly value: readonly Fault[] }
  | { readonly kind: 'addresses'; readonly value: AddressBlockRecord };

/** Below this a rewrite is not worth it. */
const COMPACTION_BYTES_MIN = 4_194_304;

export class CloudState {
  readonly servers = new Map<string, ServerRecord>();
  readonly volumes = new Map<string, VolumeRecord>();
  readonly intervals = new Map<string, BilledInterval>();
  readonly serverIdByToken = new Map<string, string>();
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
          this.servers.set(change.value.id, change.value);
          if (change.value.clientToken) this.serverIdByToken.set(change.value.clientToken, change.value.id);
          break;
        case 'volume':
          this.volumes.set(change.value.id, change.value);
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

  #forget(beforeMs: number): void {
    for (const server of this.servers.values()) {
      if (server.goneAtMs === null || server.goneAtMs >= beforeMs) continue;
      this.servers.delete(server.id);
      if (server.clientToken) this.serverIdByToken.delete(server.clientToken);
    }
    for (const volume of this.volumes.values()) {
      if (volume.goneAtMs !== null && volume.goneAtMs < beforeMs) this.volumes.delete(volume.id);
    }
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
    for (const value of this.intervals.values()) entries.push([{ kind: 'interval', value }]);
    return entries;
  }
}
