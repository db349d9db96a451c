/** Arguments that a model adds to its engine's: which are refused, and what they say about memory. */
import type { FitWish } from '#contracts/model-fit.ts';
import { AppError } from '#kernel/errors.ts';

/** What the platform sets itself, or what would open the engine to the machine or to the network. */
const REFUSED: Readonly<Record<string, string>> = {
  '--model': 'the model is the one of this entry',
  '--host': 'the engine listens where its agent tells it',
  '--port': 'the engine listens where its agent tells it',
  '--uds': 'the engine listens where its agent tells it',
  '--api-key': 'only the agent reaches the engine',
  '--served-model-name': 'the gateway asks for the model by its name',
  '--max-model-len': 'it follows from `context_length` and the machine; change `context_length`',
  '--root-path': 'the gateway expects the usual paths',
  '--config': 'arguments are kept here, not in a file of the machine',
  '--allowed-local-media-path': 'requests must not read files of the machine',
  '--middleware': 'it would run code of the machine in the engine',
  '--tool-parser-plugin': 'it would run code of the machine in the engine',
  '--reasoning-parser-plugin': 'it would run code of the machine in the engine',
  '--no-enable-prompt-tokens-details': 'usage is counted by them',
  '--hf-token': 'arguments are no secret; the machine has the token that it needs',
  '--otlp-traces-endpoint': 'the engine reaches nothing but the store of models',
  '--log-config-file': 'arguments are kept here, not in a file of the machine',
};
const REFUSED_GROUP =
  /^--(?:ssl|data-parallel|node|master|nnodes|headless|kv-transfer|kv-connector|kv-events)|^-(?:dp\w*|n|r)$/;
/** Options of their own that begin like refused ones. */
const FINE: readonly string[] = ['--reasoning-parser'];

/** Of a flavour, which counts for many models: what follows from the model and the machine is not said there. */
const OF_THE_MODEL: Readonly<Record<string, string>> = {
  '--tensor-parallel-size':
    'it follows from the model and the machine; a model may say it in its `engine_args`',
  '-tp': 'it follows from the model and the machine; a model may say it in its `engine_args`',
  '-pp': 'it belongs to the model: say it in its `engine_args`',
  '--pipeline-parallel-size': 'it belongs to the model: say it in its `engine_args`',
  '--gpu-memory-utilization': 'machines are chosen by it; say it in the `engine_args` of the model',
};

/** @throws request.invalid */
export function requireFlavourArgs(args: readonly string[]): void {
  requireArgs(args, 'args', { ...REFUSED, ...OF_THE_MODEL });
}

/** @throws request.invalid */
export function requireEngineArgs(args: readonly string[]): void {
  requireArgs(args, 'engine_args', REFUSED);
}

function requireArgs(
  args: readonly string[],
  field: string,
  refusals: Readonly<Record<string, string>>,
): void {
  for (const [index, arg] of args.entries()) {
    if (!arg.startsWith('-')) continue;
    // The engine takes underscores for hyphens, and the start of a name for the name.
    const flag = (arg.split('=')[0] ?? '').toLowerCase().replaceAll('_', '-');
    const refused = Object.keys(refusals).find((name) => isMeant(flag, name));
    const because = refused === undefined ? undefined : refusals[refused];
    if (because !== undefined || REFUSED_GROUP.test(flag)) {
      const why = because ?? 'it belongs to engines of several machines, which are started otherwise';
      throw wrong(field, index, `\`${flag}\` cannot be set: ${why}`);
    }
  }
  const first = args[0];
  if (first !== undefined && !first.startsWith('-'))
    throw wrong(field, 0, `\`${first}\` is no option: begin with \`--\``);
}

const PROCESSOR_ARGS = ['--max-num-seqs', '--threads'];

/** The engine for GGUF files takes these, each with a whole number. @throws request.invalid */
export function requireProcessorArgs(args: readonly string[]): void {
  const words = args.flatMap((arg) => (arg.startsWith('--') ? splitAtEquals(arg) : [arg]));
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value = ''] = [words[at], words[at + 1]];
    if (PROCESSOR_ARGS.includes(name) && /^[1-9]\d{0,3}$/.test(value)) continue;
    throw wrong(
      'engine_args',
      Math.min(at, args.length - 1),
      `\`${name} ${value}\` cannot be set: the engine for GGUF files takes ${PROCESSOR_ARGS.join(' and ')}, each with a whole number`,
    );
  }
}

function splitAtEquals(arg: string): string[] {
  const at = arg.indexOf('=');
  return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** Python's parser takes the start of a name for the name. */
function isMeant(flag: string, name: string): boolean {
  return flag === name || (flag.length > 2 && name.startsWith(flag) && !FINE.includes(flag));
}

function wrong(field: string, index: number, what: string): AppError {
  return new AppError('request.invalid', {
    publicMessage: `${field}[${index}]: ${what}.`,
    details: { param: `${field}[${index}]` },
  });
}

export function wishOfEngineArgs(args: readonly string[]): Pick<FitWish, 'tensorParallel' | 'memoryShare'> {
  const parts = Number(flagValue(args, ['--tensor-parallel-size', '-tp']));
  const share = Number(flagValue(args, ['--gpu-memory-utilization']));
  return {
    ...(Number.isInteger(parts) && parts >= 1 ? { tensorParallel: parts } : {}),
    ...(share > 0 && share <= 1 ? { memoryShare: share } : {}),
  };
}

/** The last one counts, as in the engine. */
function flagValue(args: readonly string[], flags: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const [index, arg] of args.entries()) {
    const [flag = '', value] = arg.split('=', 2);
    if (flags.includes(flag)) found = value ?? args[index + 1];
  }
  return found;
}
