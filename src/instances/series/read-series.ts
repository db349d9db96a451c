/**
 * The figures of a machine in a window, in steps.
 *
 * The resolution follows from the window: the finest while that is kept and not too much to read, else five minutes,
 * else hours. What is not rolled up yet, and what this process has not written yet, is taken from where it is, so the
 * newest figures are always there. Steps begin at multiples of their length. Between the first and the last step with
 * figures every step is told; one without figures is null and never zero.
 */
import type * as z from 'zod';
import type { Settings } from '#config/settings.ts';
import type { instanceSampleSchema } from '#contracts/instances.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import {
  type BucketRow,
  type Resolution,
  selectBuckets,
  selectNow,
  selectOldestMark,
  WINDOW_MS,
} from '../store/samples.ts';
import { averageOf, type Bucket, emptyBucket, gpusOf, maximumOf, mergeBucket } from './figures.ts';
import { retentionHours } from './retention.ts';
import type { UnwrittenSamples } from './sample-sink.ts';

/** Without what was served, which is known elsewhere. */
export type SampleView = Omit<z.infer<typeof instanceSampleSchema>, 'usage'>;

export interface Series {
  readonly stepSeconds: number;
  readonly resolution: Resolution;
  readonly points: readonly SampleView[];
}

export interface SeriesWindow {
  readonly from: Date;
  readonly to: Date;
  readonly stepSeconds: number;
}

export interface SeriesDeps {
  readonly db: Queryable;
  readonly settings: Settings;
  readonly sink: UnwrittenSamples;
}

/** Rows that one answer is made of, at most. */
const ROWS_MAX = 6_000;
const POINTS_MAX = 2_000;
const HOUR_MS = 3_600_000;
/** While roll-ups are late, their figures are read from the finer ones as far back as this. */
const TAIL_MS_MAX = 6 * HOUR_MS;

/** @throws request.invalid when the window is empty or has too many steps */
export async function readSeries(
  deps: SeriesDeps,
  scope: OrgScope,
  id: InstanceId,
  window: SeriesWindow,
): Promise<Series> {
  requireFewSteps(window);
  // First, because what is written meanwhile would otherwise be in neither.
  const unwritten = deps.sink.unwritten(id);
  const nowMs = await selectNow(deps.db);
  const resolution = chooseResolution(deps.settings, window, nowMs);
  const stepMs = stepOf(deps.settings, resolution, window);
  const fromMs = Math.floor(window.from.getTime() / stepMs) * stepMs;
  const range = { fromMs, toMs: window.to.getTime() };
  const rows = await readRows(deps.db, scope, id, resolution, range, nowMs);
  const mine = unwritten.filter(
    (row) => row.orgId === scope.orgId && row.atMs >= range.fromMs && row.atMs < range.toMs,
  );
  return { stepSeconds: stepMs / 1000, resolution, points: toPoints([...rows, ...mine], stepMs) };
}

function requireFewSteps({ from, to, stepSeconds }: SeriesWindow): void {
  const steps = (to.getTime() - from.getTime()) / 1000 / stepSeconds;
  if (steps > 0 && steps <= POINTS_MAX) return;
  throw new AppError('request.invalid', {
    publicMessage: `\`from\` must be before \`to\`, and the window may have at most ${POINTS_MAX} samples: choose a larger \`step\`.`,
  });
}

function chooseResolution(settings: Settings, window: SeriesWindow, nowMs: number): Resolution {
  const lengthMs = window.to.getTime() - window.from.getTime();
  const isKept = (resolution: Resolution) =>
    window.from.getTime() >= nowMs - retentionHours(settings, resolution) * HOUR_MS;
  const stepMs = window.stepSeconds * 1000;
  const bucketMs = settings.get('SAMPLE_BUCKET_MS');
  if (stepMs < WINDOW_MS['5m'] && lengthMs / bucketMs <= ROWS_MAX && isKept('finest')) return 'finest';
  const isCoarse = stepMs >= WINDOW_MS['1h'] || lengthMs / WINDOW_MS['5m'] > ROWS_MAX;
  return isCoarse || !isKept('5m') ? '1h' : '5m';
}

/** Not finer than what there is, and a whole number of it. */
function stepOf(settings: Settings, resolution: Resolution, window: SeriesWindow): number {
  const unitMs = resolution === 'finest' ? settings.get('SAMPLE_BUCKET_MS') : WINDOW_MS[resolution];
  return Math.ceil((window.stepSeconds * 1000) / unitMs) * unitMs;
}

type Range = { readonly fromMs: number; readonly toMs: number };

/** Rolled-up rows as far as all is rolled up, then the finest. */
async function readRows(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  resolution: Resolution,
  range: Range,
  nowMs: number,
): Promise<BucketRow[]> {
  if (resolution === 'finest') return selectBuckets(db, scope, id, 'finest', range);
  const mark = await selectOldestMark(db, nowMs - TAIL_MS_MAX);
  const tailMs = Math.min(mark?.atMs ?? nowMs, nowMs);
  // Both resolutions cut at an hour, so that no figure is in both parts.
  const cutMs = Math.floor(tailMs / WINDOW_MS['1h']) * WINDOW_MS['1h'];
  const [rolled, tail] = await Promise.all([
    selectBuckets(db, scope, id, resolution, { fromMs: range.fromMs, toMs: Math.min(range.toMs, cutMs) }),
    selectBuckets(db, scope, id, 'finest', { fromMs: Math.max(range.fromMs, cutMs), toMs: range.toMs }),
  ]);
  return [...rolled, ...tail];
}

function toPoints(rows: readonly BucketRow[], stepMs: number): SampleView[] {
  const steps = new Map<number, Bucket>();
  for (const { atMs, bucket } of rows) {
    const step = Math.floor(atMs / stepMs) * stepMs;
    const known = steps.get(step) ?? emptyBucket();
    mergeBucket(known, bucket);
    steps.set(step, known);
  }
  const times = [...steps.keys()];
  if (times.length === 0) return [];
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const points: SampleView[] = [];
  for (let at = first; at <= last; at += stepMs) points.push(toPoint(at, steps.get(at) ?? emptyBucket()));
  return points;
}

function toPoint(atMs: number, bucket: Bucket): SampleView {
  const average = (figure: Parameters<typeof averageOf>[1]) => averageOf(bucket, figure);
  const maximum = (figure: Parameters<typeof averageOf>[1]) => maximumOf(bucket, figure);
  const gpus = gpusOf(bucket);
  return {
    at: new Date(atMs).toISOString(),
    last_at: bucket.beats === 0 ? null : new Date(bucket.lastAtMs).toISOString(),
    beats: bucket.beats,
    cpu_ratio: average('cpu_ratio'),
    memory_used_bytes: average('memory_used_bytes'),
    memory_total_bytes: average('memory_total_bytes'),
    disk_used_bytes: average('disk_used_bytes'),
    disk_total_bytes: average('disk_total_bytes'),
    // Counters of the machine: the highest is the newest, as long as it did not start again.
    network_rx_bytes: maximum('network_rx_bytes'),
    network_tx_bytes: maximum('network_tx_bytes'),
    requests_running: average('requests_running'),
    requests_waiting: average('requests_waiting'),
    tokens_per_second: average('tokens_per_second'),
    kv_cache_ratio: average('kv_cache_ratio'),
    gpus: gpus.map((gpu) => ({ index: gpu.index, name: gpu.name, ...gpu.average })),
    max: {
      cpu_ratio: maximum('cpu_ratio'),
      memory_used_bytes: maximum('memory_used_bytes'),
      requests_running: maximum('requests_running'),
      requests_waiting: maximum('requests_waiting'),
      tokens_per_second: maximum('tokens_per_second'),
      kv_cache_ratio: maximum('kv_cache_ratio'),
      gpus: gpus.map((gpu) => ({ index: gpu.index, name: gpu.name, ...gpu.maximum })),
    },
  };
}
