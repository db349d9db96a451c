import { findGpuKind } from '#contracts/gpu-kinds.ts';
import type { GpuReading } from './gpu-probe.ts';

/** What `nvidia-smi` prints: a table with one row for each GPU, and XML where GPUs are divided. */
const FIELDS = 'memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw';
export const NVIDIA_QUERY = `index,name,compute_cap,${FIELDS},mig.mode.current`;
/** Drivers before 510 do not know the other fields, and answer nothing when they are asked for one of them. */
export const NVIDIA_OLD_QUERY = `index,name,${FIELDS}`;

const MIB = 1024 * 1024;
const GPUS_MAX = 64;

export interface NvidiaTable {
  readonly gpus: GpuReading[];
  /** At least one GPU is divided, so its parts must be asked for. */
  readonly isDivided: boolean;
}

/** Lines that are not a GPU are skipped: drivers print warnings between the rows. */
export function parseNvidiaTable(csv: string, hasCapability = true): NvidiaTable {
  const gpus: GpuReading[] = [];
  let isDivided = false;
  for (const line of csv.split('\n')) {
    const cells = line.split(',').map((cell) => cell.trim());
    const index = Number(cells[0]);
    if (cells.length < (hasCapability ? 8 : 7) || cells[0] === '' || !Number.isInteger(index) || index < 0)
      continue;
    const [, name = '', ...rest] = cells;
    const [capability, total, used, utilisation, temperature, power, division] = hasCapability
      ? rest
      : [undefined, ...rest];
    isDivided ||= division === 'Enabled';
    gpus.push(
      readingOf({
        index,
        name,
        capability: capabilityOf(capability, name),
        memoryTotalBytes: amount(total) * MIB,
        memoryUsedBytes: amount(used) * MIB,
        utilisation: amount(utilisation),
        temperature: amount(temperature),
        power: amount(power),
      }),
    );
    if (gpus.length === GPUS_MAX) break;
  }
  return { gpus, isDivided };
}

/**
 * The GPUs of `nvidia-smi -q -x`. A divided one is replaced by its parts, for a program gets those and not the whole;
 * what only the whole has (temperature, power) is that of its card.
 */
export function parseNvidiaXml(xml: string, whole: readonly GpuReading[]): GpuReading[] {
  const readings: GpuReading[] = [];
  const cards = [...xml.matchAll(/<gpu id=[^>]*>([\s\S]*?)<\/gpu>/g)].map(([, card = '']) => card);
  for (const [position, card] of cards.entries()) {
    const parts = [...card.matchAll(/<mig_device>([\s\S]*?)<\/mig_device>/g)].map(([, part = '']) => part);
    const own = whole[position];
    const name = own?.identity.name ?? tagOf(card, 'product_name') ?? 'GPU';
    if (parts.length === 0 && !/<current_mig>\s*Enabled/.test(card)) {
      if (own) readings.push(renumbered(own, readings.length));
      continue;
    }
    for (const part of parts) {
      const memory = /<fb_memory_usage>([\s\S]*?)<\/fb_memory_usage>/.exec(part)?.[1] ?? '';
      readings.push(
        readingOf({
          index: readings.length,
          name: `${name} MIG`,
          capability: own?.identity.compute_capability ?? capabilityOf(undefined, name),
          memoryTotalBytes: mibOf(tagOf(memory, 'total')) * MIB,
          memoryUsedBytes: mibOf(tagOf(memory, 'used')) * MIB,
          utilisation: 0,
          temperature: own?.sample.temperature_c ?? 0,
          power: own?.sample.power_w ?? 0,
        }),
      );
    }
  }
  return readings.slice(0, GPUS_MAX);
}

/** Why it gave no table, in words for whoever has the machine; undefined for a machine that has no such GPU. */
export function nvidiaProblem(output: string): string | undefined {
  if (/Driver\/library version mismatch/i.test(output)) {
    return 'The NVIDIA driver was updated and the old one still runs (driver/library version mismatch): restart the machine.';
  }
  if (/couldn't communicate with the NVIDIA driver|NVIDIA driver is not loaded/i.test(output)) {
    return 'The NVIDIA driver is installed, but does not run: install the kernel headers and the driver anew, and restart the machine.';
  }
  if (/Unable to determine the device handle|GPU is lost|fallen off the bus/i.test(output)) {
    return 'A GPU no longer answers its driver: restart the machine, and have the card looked at when it happens again.';
  }
  if (/Insufficient Permissions/i.test(output)) {
    return 'The NVIDIA driver refuses the agent (insufficient permissions): let it read /dev/nvidia*.';
  }
  if (/Failed to initialize NVML/i.test(output)) {
    const said = output.trim().split('\n')[0]?.slice(0, 200);
    return `The NVIDIA driver does not work: ${said}`;
  }
  return undefined;
}

interface Figures {
  readonly index: number;
  readonly name: string;
  readonly capability: string | null;
  readonly memoryTotalBytes: number;
  readonly memoryUsedBytes: number;
  readonly utilisation: number;
  readonly temperature: number;
  readonly power: number;
}

export function readingOf(figures: Figures): GpuReading {
  const name = figures.name.slice(0, 100);
  return {
    identity: {
      index: figures.index,
      name,
      memory_bytes: figures.memoryTotalBytes,
      compute_capability: figures.capability,
    },
    sample: {
      index: figures.index,
      name,
      utilisation: Math.min(100, figures.utilisation),
      memory_used_bytes: figures.memoryUsedBytes,
      memory_total_bytes: figures.memoryTotalBytes,
      temperature_c: figures.temperature,
      power_w: figures.power,
    },
  };
}

/** "[N/A]", "[Not Supported]" and the like count as 0. */
export function amount(cell: string | undefined): number {
  const value = Number(cell);
  return cell !== '' && Number.isFinite(value) && value >= 0 ? value : 0;
}

/** As the driver tells it; by the name of the GPU where it is too old to tell. */
function capabilityOf(cell: string | undefined, name: string): string | null {
  if (cell !== undefined) return /^\d+\.\d+$/.test(cell) ? cell : null;
  return findGpuKind(name)?.computeCapability?.toFixed(1) ?? null;
}

function renumbered({ identity, sample }: GpuReading, index: number): GpuReading {
  return { identity: { ...identity, index }, sample: { ...sample, index } };
}

function tagOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
}

function mibOf(text: string | undefined): number {
  return amount(/^(\d+) MiB$/.exec(text ?? '')?.[1]);
}
