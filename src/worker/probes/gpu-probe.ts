import { execFile } from 'node:child_process';
import type { RegisterRequest } from '#contracts/worker.ts';
import type { MachineSample } from '../sampler.ts';

/** One GPU as the driver describes it. Fields the driver does not know are 0, as the contract wants numbers. */
export interface GpuReading {
  readonly identity: RegisterRequest['machine']['gpus'][number];
  readonly sample: MachineSample['gpus'][number];
}

const QUERY = 'index,name,compute_cap,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw';
const LIMIT_MS = 2_000;
const MIB = 1024 * 1024;
const GPUS_MAX = 64;

/** Asks `nvidia-smi` from PATH. No such program, a hanging one or a failing driver: no GPUs. */
export function probeGpus(): Promise<GpuReading[]> {
  return new Promise((resolve) => {
    execFile(
      'nvidia-smi',
      [`--query-gpu=${QUERY}`, '--format=csv,noheader,nounits'],
      { timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 256 * 1024 },
      (error, stdout) => resolve(error ? [] : parseGpuTable(stdout)),
    );
  });
}

/** Lines that are not a GPU are skipped: drivers print warnings between the rows. */
export function parseGpuTable(csv: string): GpuReading[] {
  const readings: GpuReading[] = [];
  for (const line of csv.split('\n')) {
    const cells = line.split(',').map((cell) => cell.trim());
    const index = Number(cells[0]);
    if (cells.length < 8 || cells[0] === '' || !Number.isInteger(index) || index < 0) continue;
    const name = (cells[1] ?? '').slice(0, 100);
    const memoryTotalBytes = amount(cells[3]) * MIB;
    readings.push({
      identity: {
        index,
        name,
        memory_bytes: memoryTotalBytes,
        compute_capability: /^\d+\.\d+$/.test(cells[2] ?? '') ? (cells[2] ?? null) : null,
      },
      sample: {
        index,
        name,
        utilisation: Math.min(100, amount(cells[5])),
        memory_used_bytes: amount(cells[4]) * MIB,
        memory_total_bytes: memoryTotalBytes,
        temperature_c: amount(cells[6]),
        power_w: amount(cells[7]),
      },
    });
    if (readings.length === GPUS_MAX) break;
  }
  return readings;
}

/** "[N/A]", "[Not Supported]" and the like count as 0. */
function amount(cell: string | undefined): number {
  const value = Number(cell);
  return cell !== '' && Number.isFinite(value) && value >= 0 ? value : 0;
}
