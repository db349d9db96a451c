import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type CloudSettings, findType, type InstanceType } from './settings.ts';
import type { ServerRecord } from './state.ts';

/**
 * The disk of a machine: one directory, which is the root under which its user data installs. It belongs to the
 * volume, so it lives until the volume is deleted; then its logs (the engine's record of tokens above all) stay in
 * `kept-logs` as long as the tombstone does.
 */
export interface MachineFiles {
  readonly root: string;
  readonly userData: string;
  readonly run: string;
  readonly console: string;
  readonly gpu: string;
  readonly tokenLog: string;
  readonly engine: string;
  /** A command on board; running it makes `switchedOff` appear, which ends the machine. */
  readonly powerOff: string;
  readonly switchedOff: string;
}

const CONSOLE_BYTES_MAX = 8_388_608;
const MIB = 1_048_576;
/** A card at rest. */
const IDLE_TEMPERATURE_C = 34;

export function machineFiles(root: string): MachineFiles {
  return {
    root,
    userData: join(root, 'var/lib/cloud/user-data'),
    run: join(root, 'etc/inventiv/run'),
    console: join(root, 'var/log/console.log'),
    gpu: join(root, 'run/gpu.csv'),
    tokenLog: join(root, 'var/log/engine-tokens.jsonl'),
    engine: join(root, 'bin/simulated-engine'),
    powerOff: join(root, 'bin/power-off'),
    switchedOff: join(root, 'run/power/off'),
  };
}

export async function createDisk(files: MachineFiles, userData: string): Promise<void> {
  for (const folder of ['bin', 'etc', 'run', 'tmp', 'var/log', 'var/lib/cloud']) {
    mkdirSync(join(files.root, folder), { recursive: true, mode: 0o700 });
  }
  await writeFile(files.userData, userData, { mode: 0o700, flush: true });
}

/** Whole or not at all, and on the disk when this returns. */
export function writeUserData(files: MachineFiles, userData: string): void {
  const next = `${files.userData}.new`;
  writeFileSync(next, userData, { mode: 0o700, flush: true });
  renameSync(next, files.userData);
}

/** What the hardware looks like at power-on: idle cards, and the engine that this machine type runs. */
export async function writeHardware(
  files: MachineFiles,
  server: Pick<ServerRecord, 'type'>,
  settings: CloudSettings,
  engineCommand: readonly string[],
): Promise<void> {
  mkdirSync(dirname(files.switchedOff), { recursive: true, mode: 0o700 });
  await rm(files.switchedOff, { force: true });
  await writeFile(files.powerOff, `#!/bin/sh\n: >${quoted(files.switchedOff)}\n`, { mode: 0o700 });
  const type = findType(settings, server.type);
  const cards = type ? idleCards(type) : '';
  await writeFile(files.gpu, cards, { mode: 0o600 });
  await writeFile(join(files.root, 'bin/nvidia-smi'), `#!/bin/sh\nexec cat ${quoted(files.gpu)}\n`, {
    mode: 0o700,
  });
  if (!type) return;
  const words = [...engineCommand, ...engineFlags(files, type, settings)].map(quoted).join(' ');
  // One word in an environment variable, so that a path with a space in it cannot be taken apart.
  await writeFile(files.engine, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o700 });
}

/** Makes room when an earlier run wrote much. */
export async function rotateConsole(files: MachineFiles): Promise<void> {
  const size = statSync(files.console, { throwIfNoEntry: false })?.size ?? 0;
  if (size > CONSOLE_BYTES_MAX) await rename(files.console, `${files.console}.old`);
}

/** The end of the console, of the machine or of what was kept of it. */
export async function readConsole(
  directory: string,
  serverId: string,
  bytesMax: number,
): Promise<string | undefined> {
  for (const path of [
    machineFiles(join(directory, 'servers', serverId)).console,
    join(directory, 'kept-logs', serverId, 'console.log'),
  ]) {
    const text = await readTail(path, bytesMax);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Wipes the disk, keeping its logs. Runs again after a crash in its middle. */
export async function wipeDisk(directory: string, serverId: string): Promise<void> {
  const root = join(directory, 'servers', serverId);
  const kept = join(directory, 'kept-logs', serverId);
  mkdirSync(join(directory, 'kept-logs'), { recursive: true, mode: 0o700 });
  await ignoringAbsence(rename(join(root, 'var/log'), kept));
  await rm(root, { recursive: true, force: true });
}

export async function dropKeptLogs(directory: string, isKept: (serverId: string) => boolean): Promise<void> {
  for (const id of await namesIn(join(directory, 'kept-logs'))) {
    if (!isKept(id)) await rm(join(directory, 'kept-logs', id), { recursive: true, force: true });
  }
}

export async function namesIn(path: string): Promise<string[]> {
  return (await ignoringAbsence(readdir(path))) ?? [];
}

function idleCards(type: InstanceType): string {
  const line = (index: number) =>
    `${index}, ${type.gpu_name}, ${type.compute_capability}, ${cardMib(type)}, 0, 0, ${IDLE_TEMPERATURE_C}, 0.00\n`;
  return Array.from({ length: type.gpu_count }, (_, index) => line(index)).join('');
}

function engineFlags(files: MachineFiles, type: InstanceType, settings: CloudSettings): string[] {
  const cards = [
    ...['--gpu-file', files.gpu],
    ...['--gpu-count', String(type.gpu_count)],
    ...['--gpu-name', type.gpu_name],
    ...['--gpu-memory-mib', String(cardMib(type))],
  ];
  return [
    ...['--preset', type.preset ?? settings.preset],
    ...['--pull-ms', String(type.pull_ms ?? settings.pull_ms)],
    ...['--load-ms', String(type.load_ms ?? settings.load_ms)],
    ...['--token-log', files.tokenLog],
    ...(type.gpu_count > 0 ? cards : []),
  ];
}

function cardMib(type: InstanceType): number {
  return Math.round(type.vram_bytes_per_gpu / MIB);
}

async function readTail(path: string, bytesMax: number): Promise<string | undefined> {
  const file = await ignoringAbsence(open(path));
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytesMax);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function ignoringAbsence<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One word for the shell, whatever it holds. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
