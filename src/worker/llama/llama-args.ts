import { availableParallelism } from 'node:os';

export interface LlamaSettings {
  readonly host: string;
  readonly port: number;
  readonly modelFile: string;
  readonly servedName: string;
  /** Tokens of the longest request with its answer. */
  readonly contextLength: number;
  /** Requests that are computed at the same time; others wait. */
  readonly sequences: number;
  readonly threads: number;
  readonly diesWithParent: boolean;
}

const SEQUENCES = 4;
const SEQUENCES_MAX = 64;
const THREADS_MAX = 512;
const FLAGS = new Set(['--die-with-parent']);
const OPTIONS = new Set([
  '--host',
  '--port',
  '--model-file',
  '--served-model-name',
  '--max-model-len',
  '--max-num-seqs',
  '--threads',
]);

/** The settings, or what is wrong with them. The last of two is the one that counts. */
export function parseLlamaArgs(args: readonly string[]): LlamaSettings | string {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [name = '', inline] = splitAtEquals(args[at] ?? '');
    if (FLAGS.has(name)) {
      given.set(name, '');
    } else if (OPTIONS.has(name)) {
      const value = inline ?? args[++at];
      if (value === undefined) return `${name} needs a value.`;
      given.set(name, value);
    } else {
      return `The engine for GGUF files knows no \`${name}\`. Of the model's arguments it takes --max-num-seqs and --threads.`;
    }
  }
  return settingsOf(given);
}

function settingsOf(given: ReadonlyMap<string, string>): LlamaSettings | string {
  for (const name of ['--model-file', '--served-model-name', '--port', '--max-model-len']) {
    if (!given.get(name)) return `${name} is needed.`;
  }
  const numbers = {
    port: wholeOf(given.get('--port'), 65_535),
    contextLength: wholeOf(given.get('--max-model-len'), 100_000_000),
    sequences: wholeOf(given.get('--max-num-seqs') ?? String(SEQUENCES), SEQUENCES_MAX),
    threads: wholeOf(given.get('--threads') ?? String(usualThreads()), THREADS_MAX),
  };
  const { port, contextLength, sequences, threads } = numbers;
  if (!port) return '--port is a whole number from 1 to 65535.';
  if (!contextLength) return '--max-model-len is a whole number from 1.';
  if (!sequences) return `--max-num-seqs is a whole number from 1 to ${SEQUENCES_MAX}.`;
  if (!threads) return `--threads is a whole number from 1 to ${THREADS_MAX}.`;
  return {
    host: given.get('--host') ?? '127.0.0.1',
    port,
    modelFile: given.get('--model-file') ?? '',
    servedName: given.get('--served-model-name') ?? '',
    contextLength,
    sequences,
    threads,
    diesWithParent: given.has('--die-with-parent'),
  };
}

/** Threads of llama.cpp wait for each other by spinning: with as many as cores, anything else stops them all. */
function usualThreads(): number {
  return Math.max(1, Math.floor(availableParallelism() / 2));
}

function wholeOf(text: string | undefined, max: number): number | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 1 && value <= max ? value : undefined;
}

function splitAtEquals(word: string): [string, string?] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
