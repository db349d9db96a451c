/**
 * What is known of GPUs by their name, for planning: on a machine that runs, its driver tells. A name that is not
 * known here is no obstacle, only a reason to say that nobody vouches for it.
 */
export interface GpuKind {
  /** CUDA compute capability; null for makers without one. */
  readonly computeCapability: number | null;
  /** Why no current release of the engine runs on it; null when one does. */
  readonly refusal: string | null;
}

const CAPABILITY_MIN = 7.5;

/** The first pattern that matches counts, so the longer names stand first. */
const KINDS: readonly (readonly [name: RegExp, computeCapability: number])[] = [
  [/\bP100\b/i, 6.0],
  [/\bP40?\b/i, 6.1],
  [/\bV100S?\b/i, 7.0],
  [/\bT4G?\b/i, 7.5],
  [/\bGB?300\b|\bB300\b/i, 10.3],
  [/\bGB?200\b|\bB200\b/i, 10.0],
  [/\bRTX PRO\b|\bRTX 50\d\d\b/i, 12.0],
  [/\bG?H(?:20|100|200|800)\b/i, 9.0],
  [/\bL(?:4|20|40S?)\b|\bRTX 40\d\d\b|\bRTX \d000 Ada\b/i, 8.9],
  [/\bA(?:10G?|16|40|2|[2-6]000)\b|\bRTX 30\d\d\b|\bRTX A\d000\b/i, 8.6],
  [/\bA(?:30|100|800)\b/i, 8.0],
];
const OF_OTHER_MAKERS: readonly (readonly [name: RegExp, refusal: string | null])[] = [
  [/\bV520\b/i, 'vLLM has no build for this GPU architecture (RDNA 1)'],
  [/\bMI(?:50|60|100)\b/i, 'vLLM has no build for this GPU architecture'],
  [/\bMI[23]\d\d[A-Z]?\b/i, null],
];

const MIB = 2 ** 20;
/** What their drivers report, which is less than what they are sold with. The first that matches counts. */
const USABLE: readonly (readonly [name: RegExp, mib: number])[] = [
  [/\bL4\b|\bA10G?\b/i, 22_888],
  [/\bL40S?\b/i, 45_776],
  [/\bH200\b/i, 144_384],
  [/\bB200\b/i, 183_359],
  [/\bB300\b/i, 275_040],
];

/** Providers list memory as it is sold; the smaller figure is the one to plan with. */
export function usableBytesOf(name: string, listedBytes: number): number {
  const found = USABLE.find(([pattern]) => pattern.test(name));
  return found ? Math.min(listedBytes, found[1] * MIB) : listedBytes;
}

/** Undefined for a name that nobody here knows. */
export function findGpuKind(name: string): GpuKind | undefined {
  const other = OF_OTHER_MAKERS.find(([pattern]) => pattern.test(name));
  if (other) return { computeCapability: null, refusal: other[1] };
  const found = KINDS.find(([pattern]) => pattern.test(name));
  return found && gpuOfCapability(found[1]);
}

/** As the driver of a machine tells it. */
export function gpuOfCapability(computeCapability: number): GpuKind {
  const refusal =
    computeCapability < CAPABILITY_MIN
      ? `compute capability ${computeCapability.toFixed(1)} is below the ${CAPABILITY_MIN} that current vLLM needs`
      : null;
  return { computeCapability, refusal };
}
