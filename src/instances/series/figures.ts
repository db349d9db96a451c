/**
 * The figures of a machine in a bucket of time: how often each was told, their sum, their maximum.
 *
 * A bucket is arrays in a fixed order: the machine's figures first, then those of GPU 0, of GPU 1, and so on. New
 * figures of the machine would move those of the GPUs, so there is room for some. Two buckets of one time merge by
 * adding, whoever filled them and in whatever order.
 */
import type { HeartbeatRequest } from '#contracts/worker.ts';

export type Sample = HeartbeatRequest['sample'];

/** Places in the arrays. Never changed: rows of last year are read by them. */
export const MACHINE_FIGURES = [
  'cpu_ratio',
  'memory_used_bytes',
  'memory_total_bytes',
  'disk_used_bytes',
  'disk_total_bytes',
  'network_rx_bytes',
  'network_tx_bytes',
  'requests_running',
  'requests_waiting',
  'tokens_per_second',
  'kv_cache_ratio',
] as const satisfies readonly (keyof Sample)[];
export type MachineFigure = (typeof MACHINE_FIGURES)[number];

export const GPU_FIGURES = [
  'utilisation',
  'memory_used_bytes',
  'memory_total_bytes',
  'temperature_c',
  'power_w',
] as const;
export type GpuFigure = (typeof GPU_FIGURES)[number];

const GPU_FROM = 16;
const GPU_INDEX_MAX = 63;

export interface Bucket {
  /** Of the newest beat in it, in the database's time. */
  lastAtMs: number;
  beats: number;
  readonly counts: (number | null)[];
  readonly sums: (number | null)[];
  readonly maxima: (number | null)[];
  /** By the GPU's index. */
  readonly gpuNames: Record<string, string>;
}

export function emptyBucket(): Bucket {
  return { lastAtMs: 0, beats: 0, counts: [], sums: [], maxima: [], gpuNames: {} };
}

export function addSample(bucket: Bucket, atMs: number, sample: Sample): void {
  bucket.lastAtMs = Math.max(bucket.lastAtMs, atMs);
  bucket.beats += 1;
  for (const [place, name] of MACHINE_FIGURES.entries()) addFigure(bucket, place, sample[name]);
  for (const gpu of sample.gpus) {
    if (gpu.index < 0 || gpu.index > GPU_INDEX_MAX) continue;
    bucket.gpuNames[gpu.index] = gpu.name;
    for (const [offset, name] of GPU_FIGURES.entries()) {
      addFigure(bucket, gpuPlace(gpu.index) + offset, gpu[name]);
    }
  }
}

export function mergeBucket(into: Bucket, other: Bucket): void {
  Object.assign(into.gpuNames, other.gpuNames);
  into.lastAtMs = Math.max(into.lastAtMs, other.lastAtMs);
  into.beats += other.beats;
  for (const [place, count] of other.counts.entries()) {
    if (count === null || count === 0) continue;
    pad(into, place);
    into.counts[place] = (into.counts[place] ?? 0) + count;
    into.sums[place] = (into.sums[place] ?? 0) + (other.sums[place] ?? 0);
    into.maxima[place] = maxOf(into.maxima[place], other.maxima[place]);
  }
}

export function averageOf(bucket: Bucket, figure: MachineFigure): number | null {
  return average(bucket, MACHINE_FIGURES.indexOf(figure));
}

export function maximumOf(bucket: Bucket, figure: MachineFigure): number | null {
  return bucket.maxima[MACHINE_FIGURES.indexOf(figure)] ?? null;
}

/** The GPUs that were told in the bucket, with their averages and the highest of each figure. */
export function gpusOf(
  bucket: Bucket,
): { index: number; name: string; average: Record<GpuFigure, number>; maximum: Record<GpuFigure, number> }[] {
  return Object.entries(bucket.gpuNames).map(([key, name]) => {
    const index = Number(key);
    const read = (from: (place: number) => number | null) =>
      Object.fromEntries(
        GPU_FIGURES.map((figure, offset) => [figure, from(gpuPlace(index) + offset) ?? 0]),
      ) as Record<GpuFigure, number>;
    const maximum = read((place) => bucket.maxima[place] ?? null);
    return { index, name, average: read((place) => average(bucket, place)), maximum };
  });
}

function average(bucket: Bucket, place: number): number | null {
  const count = bucket.counts[place];
  return count ? (bucket.sums[place] ?? 0) / count : null;
}

function addFigure(bucket: Bucket, place: number, value: number | null): void {
  if (value === null || !Number.isFinite(value)) return;
  pad(bucket, place);
  bucket.counts[place] = (bucket.counts[place] ?? 0) + 1;
  bucket.sums[place] = (bucket.sums[place] ?? 0) + value;
  bucket.maxima[place] = maxOf(bucket.maxima[place], value);
}

/** The arrays have one length and no holes, because that is how they are kept. */
function pad(bucket: Bucket, place: number): void {
  for (const array of [bucket.counts, bucket.sums, bucket.maxima]) {
    while (array.length <= place) array.push(null);
  }
}

function maxOf(a: number | null | undefined, b: number | null | undefined): number | null {
  if (a === null || a === undefined) return b ?? null;
  return b === null || b === undefined ? a : Math.max(a, b);
}

function gpuPlace(index: number): number {
  return GPU_FROM + index * GPU_FIGURES.length;
}
