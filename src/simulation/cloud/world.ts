import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { AddressBlock } from './addresses.ts';
import type { FaultBoard } from './faults.ts';
import { type CloudSettings, mergeSettings, type SettingsChange } from './settings.ts';
import type { Change, CloudState, PartRecord, ServerRecord, VolumeRecord } from './state.ts';

/** What the machines of this cloud are made from. */
export interface MachineParts {
  /** Path of the Node that the machines find on board. */
  readonly nodePath: string;
  /** Command of the simulated engine, to which the flags of the machine type are added. */
  readonly engineCommand: readonly string[];
  readonly searchPath: string;
  /** Where the machines find the package of the engine for GGUF files; undefined: nowhere. */
  readonly llamaPackage?: string | undefined;
}

/** What all parts of the cloud share: its records, its settings and faults, and the work it has in the background. */
export class World {
  readonly env: Env;
  readonly directory: string;
  readonly state: CloudState;
  readonly faults: FaultBoard;
  readonly addresses: AddressBlock;
  readonly parts: MachineParts;
  /** Directories that exist before their record does. */
  readonly disksBeingMade = new Set<string>();
  readonly #baseSettings: SettingsChange;
  #merged: { readonly from: SettingsChange; readonly settings: CloudSettings } | undefined;
  readonly #power = new AbortController();
  readonly #background = new Set<Promise<void>>();

  constructor(options: {
    env: Env;
    directory: string;
    state: CloudState;
    faults: FaultBoard;
    addresses: AddressBlock;
    parts: MachineParts;
    baseSettings: SettingsChange;
  }) {
    this.env = options.env;
    this.directory = options.directory;
    this.state = options.state;
    this.faults = options.faults;
    this.addresses = options.addresses;
    this.parts = options.parts;
    this.#baseSettings = options.baseSettings;
  }

  /** Merged once for each change, because every look at a record needs them. */
  get settings(): CloudSettings {
    const change = this.state.settings;
    if (this.#merged?.from !== change) {
      this.#merged = { from: change, settings: mergeSettings(this.#baseSettings, change) };
    }
    return this.#merged.settings;
  }

  get serversDirectory(): string {
    return join(this.directory, 'servers');
  }

  /** Aborted when the power of the whole cloud goes. */
  get power(): AbortSignal {
    return this.#power.signal;
  }

  /** Of servers that are not gone, and reserved ones: a reserved address stays taken when its server is gone. */
  takenAddresses(): Set<string> {
    const taken = new Set<string>();
    for (const server of this.state.servers.values()) if (server.state !== 'gone') taken.add(server.address);
    for (const part of this.state.parts.values()) {
      if (part.address !== null && part.state !== 'gone') taken.add(part.address);
    }
    return taken;
  }

  now(): number {
    return this.env.clock.now();
  }

  /** Not a moment earlier: timers may fire a little before their time. */
  async waitUntil(atMs: number): Promise<void> {
    for (let leftMs = atMs - this.now(); leftMs > 0; leftMs = atMs - this.now()) {
      await this.env.sleep(leftMs, this.power);
    }
  }

  newId(prefix: string): string {
    return `${prefix}-${Buffer.from(this.env.random.bytes(10)).toString('hex')}`;
  }

  isReadable(record: ServerRecord | VolumeRecord | PartRecord): boolean {
    const now = this.now();
    if (record.visibleFromMs > now) return false;
    return record.goneAtMs === null || record.goneAtMs + this.settings.tombstone_ms > now;
  }

  /** Commits what `change` makes of the records as they are then, again until the disk takes it. */
  async commitAtLast(change: () => readonly Change[]): Promise<void> {
    for (;;) {
      try {
        const changes = change();
        if (changes.length > 0) this.state.commit(changes);
        await this.state.flush();
        return;
      } catch (error) {
        this.env.log.error({ reason: messageOf(error) }, 'the record cannot be written and is tried again');
        await this.env.sleep(1_000, this.power);
      }
    }
  }

  /** Work that nobody waits for; the power cut ends it and waits for it. */
  inBackground(what: string, work: Promise<void>): void {
    const watched = work
      .catch((error: unknown) => {
        if (!this.power.aborted) this.env.log.error({ what, reason: messageOf(error) }, 'work failed');
      })
      .finally(() => this.#background.delete(watched));
    this.#background.add(watched);
  }

  cutPower(): void {
    this.#power.abort(new Error('the cloud has no power'));
  }

  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background);
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
