import { parseArgs } from 'node:util';
import { AppError } from '#kernel/errors.ts';
import { type Fault, parseFaultFlag } from './faults.ts';
import type { GpuOptions } from './gpu-telemetry.ts';
import { type EngineParameters, isPresetName, PRESETS } from './step-time.ts';

/** What one engine process is told on its command line: vLLM's own flags where they exist, ours for the pretending. */
export interface EngineSettings {
  readonly host: string;
  readonly port: number;
  readonly model: string;
  readonly servedNames: readonly string[];
  readonly maxModelLen: number;
  readonly parameters: EngineParameters;
  readonly timeScale: number;
  readonly showPromptDetails: boolean;
  readonly forceUsage: boolean;
  readonly echoRequestId: boolean;
  readonly apiKeys: readonly string[];
  readonly tokenLogPath: string | undefined;
  readonly weightsBytes: number;
  readonly pullMs: number;
  readonly loadMs: number;
  readonly failAt: 'pull' | 'load' | undefined;
  readonly faults: readonly { fault: Fault; times: number }[];
  readonly gpu: GpuOptions | undefined;
  readonly diesWithParent: boolean;
}

const OWN_FLAGS = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8000' },
  model: { type: 'string' },
  'served-model-name': { type: 'string', multiple: true },
  'max-model-len': { type: 'string', default: '32768' },
  'max-num-seqs': { type: 'string' },
  'max-num-batched-tokens': { type: 'string' },
  'block-size': { type: 'string' },
  'api-key': { type: 'string', multiple: true },
  'enable-prompt-tokens-details': { type: 'boolean', default: false },
  'enable-force-include-usage': { type: 'boolean', default: false },
  'enable-request-id-headers': { type: 'boolean', default: false },
  preset: { type: 'string', default: '8b' },
  'kv-tokens': { type: 'string' },
  'time-scale': { type: 'string', default: '1' },
  'token-log': { type: 'string' },
  'weights-bytes': { type: 'string', default: '0' },
  'pull-ms': { type: 'string', default: '0' },
  'load-ms': { type: 'string', default: '0' },
  'fail-at': { type: 'string' },
  fault: { type: 'string', multiple: true },
  'gpu-file': { type: 'string' },
  'gpu-count': { type: 'string', default: '1' },
  'gpu-name': { type: 'string', default: 'NVIDIA H100 80GB HBM3' },
  'gpu-compute-cap': { type: 'string' },
  'gpu-memory-mib': { type: 'string', default: '81559' },
  'die-with-parent': { type: 'boolean', default: false },
} as const;

/** Flags of vLLM that change nothing here, so that one set of arguments fits both engines. */
const IGNORED_FLAGS = {
  'tensor-parallel-size': { type: 'string' },
  'pipeline-parallel-size': { type: 'string' },
  'data-parallel-size': { type: 'string' },
  'gpu-memory-utilization': { type: 'string' },
  dtype: { type: 'string' },
  quantization: { type: 'string' },
  'kv-cache-dtype': { type: 'string' },
  tokenizer: { type: 'string' },
  'download-dir': { type: 'string' },
  'load-format': { type: 'string' },
  revision: { type: 'string' },
  seed: { type: 'string' },
  'chat-template': { type: 'string' },
  'tool-call-parser': { type: 'string' },
  'reasoning-parser': { type: 'string' },
  'uvicorn-log-level': { type: 'string' },
  'disable-access-log-for-endpoints': { type: 'string' },
  'swap-space': { type: 'string' },
  'cpu-offload-gb': { type: 'string' },
  'kv-cache-metrics-sample': { type: 'string' },
  'allowed-media-domains': { type: 'string', multiple: true },
  'enable-prefix-caching': { type: 'boolean' },
  'enable-chunked-prefill': { type: 'boolean' },
  'trust-remote-code': { type: 'boolean' },
  'enforce-eager': { type: 'boolean' },
  'enable-auto-tool-choice': { type: 'boolean' },
  'enable-log-requests': { type: 'boolean' },
  'disable-log-requests': { type: 'boolean' },
  'disable-uvicorn-access-log': { type: 'boolean' },
  'enable-server-load-tracking': { type: 'boolean' },
  'kv-cache-metrics': { type: 'boolean' },
} as const;

/** The settings, or one sentence that says which argument is wrong. */
export function parseEngineArgs(args: readonly string[]): EngineSettings | string {
  try {
    return settingsFrom(args);
  } catch (error) {
    if (error instanceof AppError) return error.publicMessage;
    // Unknown flags and missing values, as node words them.
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

function settingsFrom(args: readonly string[]): EngineSettings {
  const { values } = parseArgs({
    args: [...args],
    options: { ...IGNORED_FLAGS, ...OWN_FLAGS },
    allowNegative: true,
  });
  const model = values.model;
  if (!model) throw wrongArgument('--model is mandatory.');
  const parameters = parametersOf(values);
  const kvCapacity = Math.floor(parameters.kvTokens / parameters.blockTokens) * parameters.blockTokens;
  const failAt = values['fail-at'];
  if (failAt !== undefined && failAt !== 'pull' && failAt !== 'load') {
    throw wrongArgument('--fail-at must be pull or load.');
  }
  return {
    host: values.host,
    port: numberOf('port', values.port, { min: 0, max: 65535 }),
    model,
    servedNames: values['served-model-name'] ?? [model],
    // A context that does not fit the KV cache could never be served; vLLM refuses to start, we serve what fits.
    maxModelLen: Math.min(numberOf('max-model-len', values['max-model-len'], { min: 1 }), kvCapacity),
    parameters,
    timeScale: numberOf('time-scale', values['time-scale'], { min: 1e-6, isWhole: false }),
    showPromptDetails: values['enable-prompt-tokens-details'],
    forceUsage: values['enable-force-include-usage'],
    echoRequestId: values['enable-request-id-headers'],
    apiKeys: values['api-key'] ?? [],
    tokenLogPath: values['token-log'],
    weightsBytes: numberOf('weights-bytes', values['weights-bytes']),
    pullMs: numberOf('pull-ms', values['pull-ms']),
    loadMs: numberOf('load-ms', values['load-ms']),
    failAt,
    faults: (values.fault ?? []).map(faultOf),
    gpu: gpuOf(values),
    diesWithParent: values['die-with-parent'],
  };
}

interface SizeFlags {
  readonly preset: string;
  readonly 'kv-tokens'?: string | undefined;
  readonly 'block-size'?: string | undefined;
  readonly 'max-num-seqs'?: string | undefined;
  readonly 'max-num-batched-tokens'?: string | undefined;
}

function parametersOf(values: SizeFlags): EngineParameters {
  if (!isPresetName(values.preset)) {
    throw wrongArgument(`--preset must be one of ${Object.keys(PRESETS).join(', ')}.`);
  }
  const preset = PRESETS[values.preset];
  const size = (flag: Exclude<keyof SizeFlags, 'preset'>, fallback: number) =>
    numberOf(flag, values[flag] ?? String(fallback), { min: 1 });
  return {
    ...preset,
    kvTokens: size('kv-tokens', preset.kvTokens),
    blockTokens: size('block-size', preset.blockTokens),
    maxNumSeqs: size('max-num-seqs', preset.maxNumSeqs),
    maxNumBatchedTokens: size('max-num-batched-tokens', preset.maxNumBatchedTokens),
  };
}

function gpuOf(values: {
  'gpu-file'?: string | undefined;
  'gpu-count': string;
  'gpu-name': string;
  'gpu-compute-cap'?: string | undefined;
  'gpu-memory-mib': string;
}): GpuOptions | undefined {
  const path = values['gpu-file'];
  if (path === undefined) return undefined;
  return {
    path,
    count: numberOf('gpu-count', values['gpu-count'], { min: 1, max: 64 }),
    name: values['gpu-name'],
    computeCapability: values['gpu-compute-cap'],
    memoryMib: numberOf('gpu-memory-mib', values['gpu-memory-mib'], { min: 1 }),
  };
}

function faultOf(text: string): { fault: Fault; times: number } {
  const parsed = parseFaultFlag(text);
  if (typeof parsed === 'string') throw wrongArgument(`--fault ${text}: ${parsed}`);
  return parsed;
}

function numberOf(
  flag: string,
  text: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER, isWhole = true } = {},
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    throw wrongArgument(`--${flag} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}.`);
  }
  return value;
}

function wrongArgument(message: string): AppError {
  return new AppError('request.invalid', { publicMessage: message });
}
