import { execFile } from 'node:child_process';
import type { RegisterRequest } from '#contracts/worker.ts';
import type { MachineSample } from '../sampler.ts';
import {
  NVIDIA_OLD_QUERY,
  NVIDIA_QUERY,
  nvidiaProblem,
  parseNvidiaTable,
  parseNvidiaXml,
} from './nvidia-smi.ts';
import { parseRocmJson, ROCM_ARGS } from './rocm-smi.ts';

/** One GPU as the driver describes it. Fields the driver does not know are 0, as the contract wants numbers. */
export interface GpuReading {
  readonly identity: RegisterRequest['machine']['gpus'][number];
  readonly sample: MachineSample['gpus'][number];
}

export interface GpuReport {
  readonly gpus: GpuReading[];
  /** Why GPUs that may be there cannot be used; undefined when all is well, or there are none. */
  readonly problem: string | undefined;
}

interface Output {
  readonly isOk: boolean;
  readonly text: string;
}

const LIMIT_MS = 2_000;
const NOTHING: GpuReport = { gpus: [], problem: undefined };

/** As reportGpus, for those who only want the GPUs. */
export async function probeGpus(): Promise<GpuReading[]> {
  return (await reportGpus()).gpus;
}

/** Asks `nvidia-smi`, then `rocm-smi`, from PATH. Neither, or one that hangs: no GPUs. */
export async function reportGpus(): Promise<GpuReport> {
  const nvidia = await askNvidia();
  if (nvidia.gpus.length > 0) return nvidia;
  const amd = await run('rocm-smi', ROCM_ARGS);
  const gpus = amd?.isOk ? parseRocmJson(amd.text) : [];
  return gpus.length > 0 ? { gpus, problem: undefined } : nvidia;
}

async function askNvidia(): Promise<GpuReport> {
  const table = await run('nvidia-smi', queryOf(NVIDIA_QUERY));
  if (!table) return NOTHING;
  if (!table.isOk) {
    if (!/not a valid field to query/i.test(table.text))
      return { gpus: [], problem: nvidiaProblem(table.text) };
    const old = await run('nvidia-smi', queryOf(NVIDIA_OLD_QUERY));
    return old?.isOk ? { gpus: parseNvidiaTable(old.text, false).gpus, problem: undefined } : NOTHING;
  }
  const { gpus, isDivided } = parseNvidiaTable(table.text);
  if (!isDivided) return { gpus, problem: gpus.length > 0 ? undefined : nvidiaProblem(table.text) };
  const xml = await run('nvidia-smi', ['-q', '-x']);
  const parts = xml?.isOk ? parseNvidiaXml(xml.text, gpus) : gpus;
  if (parts.length > 0) return { gpus: parts, problem: undefined };
  const problem =
    'The GPU is in MIG mode and has no parts: make one with `nvidia-smi mig -cgi`, or turn the mode off.';
  return { gpus: [], problem };
}

function queryOf(fields: string): string[] {
  return [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'];
}

/** Undefined when there is no such program, or it hangs. */
function run(program: string, args: readonly string[]): Promise<Output | undefined> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      { timeout: LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 4 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error && (error.code === 'ENOENT' || error.killed)) resolve(undefined);
        else resolve({ isOk: !error, text: error ? `${stdout}\n${stderr}` : stdout });
      },
    );
  });
}
