/** From what a person gives, with or without a `config.json`, to the facts that the catalogue keeps of a model. */
import type { CreateModel } from '#contracts/models.ts';
import { AppError } from '#kernel/errors.ts';
import { requireEngineArgs, requireProcessorArgs } from './engine-args.ts';
import { readModelConfig } from './model-config/read-model-config.ts';
import type { ModelFacts } from './model-store.ts';
import type { GgufFile } from './queries.ts';

export type GivenFacts = Omit<CreateModel, 'hf_id'>;

/**
 * @param before what stands where nothing is given; undefined for a new model, of which everything needed must be told
 * @throws request.invalid, model.config_invalid
 */
export function composeFacts(
  given: GivenFacts,
  before: Omit<ModelFacts, 'isActive'> | undefined,
  nameOtherwise: string,
): Omit<ModelFacts, 'isActive'> {
  const gguf = ggufOf(given, before);
  if (given.engine_args) requireArgs(given.engine_args, gguf !== null);
  if (given.config !== undefined && given.kv_bytes_per_token !== undefined) {
    throw wrong('kv_bytes_per_token', 'follows from `config`: give one of them');
  }
  const read = given.config === undefined ? undefined : readModelConfig(given.config, given.context_length);
  const weightsBytes = given.weights_bytes ?? read?.weightsBytes ?? before?.weightsBytes;
  const contextLength = given.context_length ?? read?.contextLength ?? before?.contextLength;
  if (weightsBytes === undefined) throw wrong('weights_bytes', 'is needed where there is no `config`');
  if (contextLength === undefined) throw wrong('context_length', 'is needed where there is no `config`');
  // A figure for the attention takes the place of a shape, whose own it contradicts.
  const shape = read?.shape ?? (given.kv_bytes_per_token === undefined ? before?.shape : undefined) ?? null;
  return {
    name: given.name ?? before?.name ?? nameOtherwise,
    licence: given.licence === undefined ? (before?.licence ?? null) : given.licence,
    parameters: given.parameters ?? read?.parameters ?? before?.parameters ?? null,
    weightsBytes,
    kvBytesPerToken: read?.kvBytesPerToken ?? given.kv_bytes_per_token ?? before?.kvBytesPerToken ?? null,
    contextLength,
    shape,
    engineArgs: given.engine_args ?? before?.engineArgs ?? [],
    gguf,
  };
}

/** Which engine serves a model follows from it, so what runs would not be what is written down. */
function ggufOf(given: GivenFacts, before: Pick<ModelFacts, 'gguf'> | undefined): GgufFile | null {
  if (given.gguf === undefined) return before?.gguf ?? null;
  if (before && before.gguf === null) {
    throw wrong('gguf', 'cannot be given to a model that vLLM serves: make another model of the file');
  }
  return { source: given.gguf.source, sha256: given.gguf.sha256 ?? null };
}

function requireArgs(args: readonly string[], isGguf: boolean): void {
  if (isGguf) requireProcessorArgs(args);
  else requireEngineArgs(args);
}

/** A path means a file on machines of the installation, which organisations have no word in. @throws request.invalid */
export function requireOwnSource(given: GivenFacts): void {
  if (!given.gguf?.source.startsWith('/')) return;
  throw wrong(
    'gguf.source',
    'is a path on the machine, which only models of the installation may name: give an https address and its SHA-256',
  );
}

function wrong(param: string, what: string): AppError {
  return new AppError('request.invalid', { publicMessage: `\`${param}\` ${what}.`, details: { param } });
}
