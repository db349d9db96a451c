/**
 * How many tokens a second a machine would produce, from what limits it: each step reads all weights and the keys and
 * values of the requests in it from the GPU's memory. A figure to compare machines by, not a promise.
 */
import type { Fit } from './model-fit.ts';

/** Gigabytes a second, as makers tell it; of several forms of one name the slowest. The first that matches counts. */
const BANDWIDTHS: readonly (readonly [name: RegExp, gigabytesPerSecond: number])[] = [
  [/\bT4G?\b/i, 300],
  [/\bV100S?\b/i, 900],
  [/\bL40S?\b/i, 864],
  [/\bL4\b/i, 300],
  [/\bA10G?\b/i, 600],
  [/\bA40\b/i, 696],
  [/\bA30\b/i, 933],
  [/\bA100\b/i, 1_555],
  [/\bH200\b/i, 4_800],
  [/\bH100\b.*\bSXM\b|\bSXM\b.*\bH100\b/i, 3_350],
  [/\bG?H100\b/i, 2_000],
  [/\bG?B[23]00\b/i, 8_000],
  [/\bMI300X\b/i, 5_300],
];
/** Engines reach about this share of it. */
const REACHED_SHARE = 0.6;
/** Of a typical request with its answer. */
const TOKENS_PER_REQUEST = 2_048;
const REQUESTS_MAX = 32;

export function bandwidthOf(gpuKind: string): number | null {
  return BANDWIDTHS.find(([name]) => name.test(gpuKind))?.[1] ?? null;
}

/** Null where the model does not fit, the GPU is not known, or it is not known what requests take. */
export function estimateTokensPerSecond(
  fit: Pick<Fit, 'fits' | 'weights_bytes_per_gpu' | 'kv_bytes_per_gpu' | 'kv_tokens'>,
  gpuKind: string,
): number | null {
  const bandwidth = bandwidthOf(gpuKind);
  if (!fit.fits || bandwidth === null || fit.kv_tokens === null || fit.kv_tokens <= 0) return null;
  const requests = Math.min(REQUESTS_MAX, Math.max(1, Math.floor(fit.kv_tokens / TOKENS_PER_REQUEST)));
  const held = Math.min(1, (requests * TOKENS_PER_REQUEST) / fit.kv_tokens) * fit.kv_bytes_per_gpu;
  const stepSeconds = (fit.weights_bytes_per_gpu + held) / (bandwidth * 1e9 * REACHED_SHARE);
  return Math.round((requests / stepSeconds) * 10) / 10;
}

/** Micro-euros for a million tokens; null when the price is unknown. */
export function microsPerMillionTokens(microsPerHour: number | null, tokensPerSecond: number): number | null {
  return microsPerHour === null ? null : Math.round((microsPerHour * 1_000_000) / (tokensPerSecond * 3_600));
}
