/**
 * The machines of pretended companies: each is a folder and a few processes, as those of the mock cloud are. It runs
 * its user data at each boot when it is not what it ran last, and finds a `vllm` on board that is the simulated engine.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { AddressBlock } from '#simulation/cloud/addresses.ts';
import { Machine } from '#simulation/cloud/machine.ts';
import { createDisk, machineFiles, writeHardware } from '#simulation/cloud/machine-files.ts';
import { mergeSettings } from '#simulation/cloud/settings.ts';

const ROOT = join(import.meta.dirname, '..');
const PREFERRED_BLOCK = 200;

export class RentedMachines {
  readonly #env: Env;
  readonly #folder: string;
  readonly #addresses: AddressBlock;
  readonly #machines = new Map<string, Machine>();
  readonly #ran = new Map<string, string>();
  readonly #work = new Set<Promise<void>>();
  readonly #free: string[];

  static async open(env: Env, folder: string, count: number): Promise<RentedMachines> {
    const addresses = await AddressBlock.claim(PREFERRED_BLOCK, 0);
    const free: string[] = [];
    for (let made = 0; made < count; made++) free.push(await addresses.allocate(new Set(free)));
    return new RentedMachines(env, folder, addresses, free);
  }

  private constructor(env: Env, folder: string, addresses: AddressBlock, free: string[]) {
    this.#env = env;
    this.#folder = folder;
    this.#addresses = addresses;
    this.#free = free;
  }

  /** Of the loopback, and never given twice. */
  newAddress = (): string => {
    const address = this.#free.shift();
    if (address === undefined) throw new Error('more addresses were asked for than the test has');
    return address;
  };

  powerOn(id: string, userData: string, address: string): void {
    this.#inBackground(this.#boot(id, userData, address));
  }

  powerOff(id: string): void {
    const machine = this.#machines.get(id);
    this.#machines.delete(id);
    if (machine) this.#inBackground(machine.powerOff());
  }

  async close(): Promise<void> {
    for (const machine of this.#machines.values()) this.#inBackground(machine.powerOff());
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#addresses.release();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  console(id: string): string {
    return readFileSync(machineFiles(join(this.#folder, id)).console, 'utf8');
  }

  async #boot(id: string, userData: string, address: string): Promise<void> {
    const files = machineFiles(join(this.#folder, id));
    const needsUserData = this.#ran.get(id) !== userData;
    if (needsUserData) await createDisk(files, userData);
    const engine = [process.execPath, join(ROOT, '.cache/worker/engine.mjs')];
    const settings = mergeSettings({ preset: 'instant', pull_ms: 0, load_ms: 0 });
    await writeHardware(files, { type: 'MOCK-L4-1' }, settings, engine);
    mkdirSync(join(files.root, 'bin'), { recursive: true });
    const vllmProgram = join(files.root, 'bin/vllm');
    writeFileSync(vllmProgram, vllm(files.engine), { mode: 0o700 });
    const machine = new Machine(this.#env.with({ server: id }), {
      files,
      address,
      nodePath: process.execPath,
      vllmProgram,
      searchPath: process.env['PATH'] ?? '/usr/bin:/bin',
      needsUserData,
      onUserDataExit: async (code) => {
        if (code === 0) this.#ran.set(id, userData);
      },
      onSwitchedOff: () => undefined,
    });
    this.#machines.set(id, machine);
    machine.powerOn();
  }

  #inBackground(work: Promise<void>): void {
    const watched = work.finally(() => this.#work.delete(watched));
    this.#work.add(watched);
    watched.catch((error: unknown) => this.#env.log.error({ error: String(error) }, 'a machine failed'));
  }
}

/** Takes the words of `vllm serve` and leaves out those that the simulated engine does not know. */
function vllm(engine: string): string {
  return `#!/bin/sh
shift
model=$1
shift
for word; do
  shift
  case $word in --disable-uvicorn-access-log | --allowed-media-domains | none.invalid) ;; *) set -- "$@" "$word" ;; esac
done
exec '${engine}' --model "$model" "$@"
`;
}
