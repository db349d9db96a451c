import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '#kernel/errors.ts';
import { Machine } from './machine.ts';
import { type MachineFiles, machineFiles, writeHardware, writeUserData } from './machine-files.ts';
import { outOfStock } from './order-rules.ts';
import { refuseLongUserData } from './orders.ts';
import { notFound, Refusal } from './refusal.ts';
import { findType } from './settings.ts';
import type { Change, ServerRecord } from './state.ts';
import { sha256, type World } from './world.ts';

/**
 * The life of servers after their order: stopped -> starting -> running -> stopping -> gone. A reboot goes back to
 * starting, a machine that switches itself off to stopped: it keeps its disk, its address and its bill.
 *
 * A server is billed from its record on until the commit that says gone, whatever its machine does meanwhile.
 * Every step is in the records before it is acted on, so `recover` after a crash or a power cut goes on where
 * things were: running servers boot again with the same disk and address, deletes are carried to their end.
 */
export class Fleet {
  readonly #world: World;
  readonly #machines = new Map<string, Machine>();
  /** Waiting of one server (boot, preemption), ended by its delete. */
  readonly #waits = new Map<string, AbortController>();
  readonly #ending = new Map<string, Promise<void>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Goes on with everything that the records say is under way. */
  recover(): void {
    for (const server of this.#world.state.servers.values()) {
      switch (server.state) {
        case 'starting':
        case 'running':
          this.#world.inBackground('boot after a power cut', this.#bootAgain(server));
          break;
        case 'stopping':
          this.#world.inBackground('server delete', this.#finishDelete(server.id));
          break;
        case 'stopped':
        case 'gone':
          break;
      }
    }
  }

  /** Accepted; a no-op when it is starting or running already. */
  start(id: string): ServerRecord {
    const server = this.get(id);
    if (server.state === 'starting' || server.state === 'running') return server;
    if (server.state !== 'stopped') throw transient(server);
    const target = { operation: 'server.start', zone: server.zone, type: server.type, id };
    const stockOut = this.#world.faults.take('stock_out', target);
    if (stockOut && stockOut.mode !== 'silent') throw outOfStock(server.type);
    const bootMs = this.#bootMsOf(server);
    if (stockOut) return this.#startInVain(server, bootMs);
    const preemption = this.#world.faults.take('preemption', target);
    const preemptAtMs = preemption ? this.#world.now() + preemption.delay_ms : null;
    const started = this.#put(server, {
      state: bootMs === 0 ? 'running' : 'starting',
      stateDetail: bootMs === 0 ? '' : 'provisioning node',
      preemptAtMs,
    });
    this.#world.inBackground('boot', this.#boot(started, bootMs));
    return started;
  }

  /** Accepted, or under way already. Resolves when it is gone if nothing delays that. */
  async delete(id: string): Promise<ServerRecord> {
    const server = this.get(id);
    if (server.state !== 'stopping') {
      const target = { operation: 'server.delete', zone: server.zone, type: server.type, id };
      const stuck = this.#world.faults.take('stuck_delete', target);
      const late = this.#world.faults.take('late_delete', target);
      const delayMs = late?.delay_ms ?? this.#world.settings.delete_ms;
      const deletion = { atMs: this.#world.now() + delayMs, stuckBy: stuck?.id ?? null };
      this.#put(server, { state: 'stopping', stateDetail: 'terminating', deletion });
      const end = this.#finishDelete(id);
      this.#world.inBackground('server delete', end);
      if (delayMs === 0) await end;
    }
    return this.#world.state.servers.get(id) ?? server;
  }

  /** A hard one. Accepted; a stopped server starts, one that boots already goes on. */
  reboot(id: string): ServerRecord {
    const server = this.get(id);
    if (server.state === 'stopped') return this.start(id);
    if (server.state === 'starting') return server;
    if (server.state !== 'running') throw transient(server);
    const rebooting = this.#put(server, { state: 'starting', stateDetail: 'rebooting' });
    this.#world.inBackground('reboot', this.#reboot(rebooting));
    return rebooting;
  }

  /** Run by the next boot, unless it is what is there already. */
  replaceUserData(id: string, userData: string): ServerRecord {
    const server = this.get(id);
    if (server.state === 'stopping') throw transient(server);
    refuseLongUserData(this.#world.settings, userData);
    const userDataSha256 = sha256(userData);
    if (server.userDataSha256 === userDataSha256) return server;
    // The file first: a crash in between looks like an order that never came, and the next one mends it.
    writeUserData(this.#files(id), userData);
    return this.#put(server, { userDataSha256, userDataExit: null });
  }

  replaceTags(id: string, tags: readonly string[]): ServerRecord {
    return this.#put(this.get(id), { tags });
  }

  /** The provider takes the machine back, as with spot capacity. */
  async preempt(id: string): Promise<ServerRecord> {
    const server = this.get(id);
    if (server.state !== 'running' && server.state !== 'starting') throw transient(server);
    await this.#end(id, 'preempted');
    return this.#world.state.servers.get(id) ?? server;
  }

  /** Deletes that were held by a fault which is no longer there go on. */
  releaseStuck(): void {
    for (const server of this.#world.state.servers.values()) {
      if (server.deletion?.stuckBy) {
        this.#world.inBackground('server delete', this.#finishDelete(server.id));
      }
    }
  }

  /** Boots running servers whose machine has no life, and says which. */
  revive(): { booted: string[]; withoutDisk: string[] } {
    const booted: string[] = [];
    const withoutDisk: string[] = [];
    for (const server of this.#world.state.servers.values()) {
      if (server.state !== 'running') continue;
      if (!statSync(this.#files(server.id).root, { throwIfNoEntry: false })) withoutDisk.push(server.id);
      else if (this.#isLifeless(server.id)) {
        booted.push(server.id);
        this.#world.inBackground('boot', this.#powerOn(server));
      }
    }
    return { booted, withoutDisk };
  }

  /** Living and being readable are two things: a mutation reaches a server that reads do not show yet. */
  get(id: string): ServerRecord {
    const server = this.#world.state.servers.get(id);
    if (!server || server.state === 'gone') throw notFound('server', id);
    return server;
  }

  machineOf(id: string): Machine | undefined {
    return this.#machines.get(id);
  }

  /** Whether processes of this server are expected to live. */
  isPowered(id: string): boolean {
    return this.#machines.has(id);
  }

  async powerOffAll(): Promise<void> {
    for (const wait of this.#waits.values()) wait.abort();
    await Promise.all([...this.#machines.values()].map((machine) => machine.powerOff()));
  }

  async #bootAgain(server: ServerRecord): Promise<void> {
    const wasSwitchedOff = server.state === 'running' && existsSync(this.#files(server.id).switchedOff);
    if (wasSwitchedOff || server.stateDetail === 'allocating node') {
      await this.#putAtLast(server.id, { state: 'stopped', stateDetail: '' });
      return;
    }
    await this.#boot(server, 0);
  }

  async #reboot(server: ServerRecord): Promise<void> {
    this.#waits.get(server.id)?.abort();
    const machine = this.#machines.get(server.id);
    await machine?.powerOff();
    if (this.#machines.get(server.id) === machine) this.#machines.delete(server.id);
    const now = this.#world.state.servers.get(server.id);
    if (now?.state !== 'starting' || this.#world.power.aborted) return;
    await this.#boot(now, this.#bootMsOf(now));
  }

  /** The machine has switched itself off. A server that somebody rebooted or deleted meanwhile is theirs. */
  async #switchedOff(id: string, machine: Machine): Promise<void> {
    await machine.powerOff();
    if (this.#machines.get(id) !== machine || this.#ending.has(id)) return;
    this.#machines.delete(id);
    if (this.#world.state.servers.get(id)?.state !== 'running') return;
    this.#waits.get(id)?.abort();
    await this.#putAtLast(id, { state: 'stopped', stateDetail: 'switched off by itself', preemptAtMs: null });
  }

  async #boot(server: ServerRecord, bootMs: number): Promise<void> {
    const wait = new AbortController();
    this.#waits.set(server.id, wait);
    if (bootMs > 0 && !(await this.#slept(bootMs, wait.signal))) return;
    const booting = this.#world.state.servers.get(server.id) ?? server;
    if (booting.state === 'starting') await this.#putAtLast(server.id, { state: 'running', stateDetail: '' });
    await this.#powerOn(booting);
    const { preemptAtMs } = booting;
    if (preemptAtMs === null) return;
    const leftMs = Math.max(0, preemptAtMs - this.#world.now());
    if (await this.#slept(leftMs, wait.signal)) await this.#end(server.id, 'preempted');
  }

  /** The order is accepted, the machine never comes: how some clouds say that they have none. */
  #startInVain(server: ServerRecord, bootMs: number): ServerRecord {
    const started = this.#put(server, { state: 'starting', stateDetail: 'allocating node' });
    const wait = new AbortController();
    this.#waits.set(server.id, wait);
    const fail = async (): Promise<void> => {
      if (!(await this.#slept(bootMs, wait.signal))) return;
      await this.#putAtLast(server.id, { state: 'stopped', stateDetail: '' });
    };
    this.#world.inBackground('failing boot', fail());
    return started;
  }

  async #powerOn(server: ServerRecord): Promise<void> {
    const files = this.#files(server.id);
    await writeHardware(files, server, this.#world.settings, this.#world.parts.engineCommand);
    // The server may have been deleted while its hardware was being written.
    const now = this.#world.state.servers.get(server.id);
    if (this.#world.power.aborted || this.#ending.has(server.id) || now?.state !== 'running') return;
    // Two boots of one server may meet here; it has one machine.
    if (this.#machines.get(server.id)?.isOn) return;
    const machine: Machine = new Machine(this.#world.env.with({ server: server.id }), {
      files,
      address: server.address,
      nodePath: this.#world.parts.nodePath,
      searchPath: this.#world.parts.searchPath,
      llamaPackage: this.#world.parts.llamaPackage,
      needsUserData: now.userDataExit !== 0 && hasContent(files.userData),
      onUserDataExit: (code) => this.#userDataEnded(server.id, now.userDataSha256, code),
      onSwitchedOff: () => {
        this.#world.inBackground('switching off', this.#switchedOff(server.id, machine));
      },
    });
    this.#machines.set(server.id, machine);
    machine.powerOn();
  }

  #isLifeless(id: string): boolean {
    if (existsSync(this.#files(id).switchedOff)) return false;
    const machine = this.#machines.get(id);
    // A machine without an agent is idle, not dead.
    return !machine || (!machine.isOn && hasContent(this.#files(id).run));
  }

  async #finishDelete(id: string): Promise<void> {
    const deletion = this.#world.state.servers.get(id)?.deletion;
    if (!deletion || (deletion.stuckBy && this.#world.faults.has(deletion.stuckBy))) return;
    await this.#end(id, 'deleted', deletion.atMs);
  }

  /** Once for each server, whoever asks for it. */
  #end(id: string, detail: 'deleted' | 'preempted', notBeforeMs = 0): Promise<void> {
    const running = this.#ending.get(id);
    if (running !== undefined) return running;
    const ending = this.#endOnce(id, detail, notBeforeMs).finally(() => this.#ending.delete(id));
    this.#ending.set(id, ending);
    return ending;
  }

  async #endOnce(id: string, detail: string, notBeforeMs: number): Promise<void> {
    this.#waits.get(id)?.abort();
    this.#waits.delete(id);
    await this.#machines.get(id)?.powerOff();
    this.#machines.delete(id);
    await this.#world.waitUntil(notBeforeMs);
    await this.#world.commitAtLast(() => this.#changesOfEnd(id, detail));
  }

  #changesOfEnd(id: string, detail: string): Change[] {
    const { state } = this.#world;
    const server = state.servers.get(id);
    const interval = state.intervals.get(id);
    if (!server || server.state === 'gone' || !interval) return [];
    // A clock that was set back must not make an interval end before it began.
    const endMs = Math.max(this.#world.now(), interval.fromMs);
    const gone: ServerRecord = {
      ...server,
      state: 'gone',
      stateDetail: detail,
      goneAtMs: endMs,
      preemptAtMs: null,
      deletion: null,
    };
    const changes: Change[] = [
      { kind: 'server', value: gone },
      { kind: 'interval', value: { ...interval, toMs: endMs } },
    ];
    for (const volumeId of server.volumeIds) {
      const volume = state.volumes.get(volumeId);
      if (volume?.state === 'attached' && volume.attachedTo === id) {
        changes.push({ kind: 'volume', value: { ...volume, state: 'available', attachedTo: null } });
      }
    }
    return changes;
  }

  /** False when the wait was ended from outside. */
  async #slept(ms: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#world.env.sleep(ms, AbortSignal.any([signal, this.#world.power]));
      return true;
    } catch (error) {
      if (signal.aborted || this.#world.power.aborted) return false;
      throw new Error(`a wait failed: ${messageOf(error)}`, { cause: error });
    }
  }

  #put(server: ServerRecord, patch: Partial<ServerRecord>): ServerRecord {
    const value: ServerRecord = { ...server, ...patch };
    this.#world.state.commit([{ kind: 'server', value }]);
    return value;
  }

  /** For steps that nobody can be told of when the disk is full: a server that is still alive gets the patch. */
  async #putAtLast(id: string, patch: Partial<ServerRecord>): Promise<void> {
    await this.#world.commitAtLast(() => {
      const server = this.#world.state.servers.get(id);
      const isAlive = server?.state === 'starting' || server?.state === 'running';
      return isAlive ? [{ kind: 'server', value: { ...server, ...patch } }] : [];
    });
  }

  /** Of user data that was replaced while it ran nothing is kept: what is there now has not run. */
  async #userDataEnded(id: string, userDataSha256: string | null, code: number): Promise<void> {
    const server = this.#world.state.servers.get(id);
    if (server?.userDataSha256 === userDataSha256) await this.#putAtLast(id, { userDataExit: code });
  }

  #bootMsOf(server: ServerRecord): number {
    const { settings } = this.#world;
    return findType(settings, server.type)?.boot_ms ?? settings.boot_ms;
  }

  #files(id: string): MachineFiles {
    return machineFiles(join(this.#world.serversDirectory, id));
  }
}

function transient(server: ServerRecord): Refusal {
  return new Refusal(409, 'transient_state', `The server is ${server.state}.`, {
    resource: 'server',
    resource_id: server.id,
    current_state: server.state,
  });
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
