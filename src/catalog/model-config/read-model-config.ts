/**
 * From a Hugging Face `config.json` to what the catalogue says of a model: parameters, bytes of its weights, what its
 * attention keeps, how long its context is. Fields that are not needed are kept with the model and otherwise left
 * alone; what is needed and makes no sense is refused with its name.
 */
import { kvBytesPerToken, type ModelShape } from '#contracts/model-shape.ts';
import { readAttention } from './attention.ts';
import { ConfigFields, type ConfigObject, isObject, wrongField } from './config-fields.ts';
import { defaultsOf, isEncoder, isKnownFamily } from './family.ts';
import { countParameters, countTower, totalOf } from './parameters.ts';
import { bytesOf, readStorage } from './weights.ts';

export interface ModelFacts {
  readonly parameters: number;
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number;
  readonly contextLength: number;
  readonly shape: ModelShape;
  /** What the reader should know about how sure the figures are. */
  readonly warnings: readonly string[];
}

/** Where models of several parts keep the language model. */
const TEXT_PARTS = ['text_config', 'llm_config', 'language_config', 'thinker_config'] as const;
const VISION_PARTS = ['vision_config'] as const;
const OTHER_TOWERS = ['audio_config', 'audio_encoder', 'talker_config'] as const;
const CONTEXT_MAX = 100_000_000;

/**
 * @param contextLength as a person gives it; else as the configuration says
 * @throws model.config_invalid
 */
export function readModelConfig(config: unknown, contextLength?: number): ModelFacts {
  if (!isObject(config)) throw wrongField('config', 'must be the object in config.json');
  const { fields, family, isNested, outerFamily } = findLanguageModel(config);
  const attention = readAttention(fields, family);
  const outer = new ConfigFields(config);
  const vision = VISION_PARTS.map((name) => outer.object(name)).find((part) => part !== undefined);
  const towers = vision ? countTower(vision, attention.hidden, outerFamily) : 0;
  const parameters = { ...countParameters(fields, attention, family), towers };
  const storage = readStorage(new ConfigFields(config, '', isNested ? languagePart(config) : {}));
  const { latent } = attention;
  const shape: ModelShape = {
    family,
    layers: attention.layers,
    attention_heads: attention.heads,
    kv_heads: attention.kvHeads,
    head_dim: attention.headDim,
    latent_dim: latent && latent.kvRank + latent.ropeDim,
    attention: attention.groups,
    dtype: storage.dtype,
    quantisation: storage.quantisation,
    experts: parameters.expertCount,
  };
  return {
    parameters: totalOf(parameters),
    weightsBytes: bytesOf(parameters, storage),
    kvBytesPerToken: kvBytesPerToken(shape),
    contextLength: contextLength ?? contextOf(fields, family),
    shape,
    warnings: warningsOf(config, { family, shape, dtype: storage.dtype }),
  };
}

function languagePart(config: ConfigObject): ConfigObject {
  for (const name of TEXT_PARTS) {
    const part = config[name];
    if (!isObject(part)) continue;
    // Some keep it one level further down.
    return isObject(part['text_config']) ? part['text_config'] : part;
  }
  return {};
}

function findLanguageModel(config: ConfigObject): {
  readonly fields: ConfigFields;
  readonly family: string;
  readonly outerFamily: string;
  readonly isNested: boolean;
} {
  const outer = new ConfigFields(config);
  const outerFamily = outer.text('model_type') ?? '';
  const part = languagePart(config);
  const isNested = Object.keys(part).length > 0;
  const inner = isNested ? part : config;
  const path = isNested ? `${TEXT_PARTS.find((name) => isObject(config[name])) ?? ''}.` : '';
  const named = new ConfigFields(inner, path).text('model_type') ?? outerFamily;
  const family = named === 'gemma3' ? 'gemma3_text' : named;
  const given = Object.fromEntries(Object.entries(inner).filter(([, value]) => value !== null));
  const filled = { ...defaultsOf(family, isNested), ...given };
  return { fields: new ConfigFields(filled, path, isNested ? config : {}), family, outerFamily, isNested };
}

/** Scaled as the engine scales it: only some ways of stretching positions make the context longer than it says. */
function contextOf(fields: ConfigFields, family: string): number {
  const named = fields.size(
    'max_position_embeddings',
    'n_positions',
    'max_sequence_length',
    'seq_length',
    'max_seq_len',
  );
  if (named === undefined) {
    throw fields.wrong(
      'max_position_embeddings',
      'is missing (or n_positions, max_sequence_length, seq_length): give context_length beside the config',
    );
  }
  // Two of the positions of these are never used.
  const own = family === 'roberta' || family === 'xlm-roberta' ? named - 2 : named;
  const scaling = fields.object('rope_scaling') ?? fields.object('rope_parameters');
  const kind = scaling?.text('rope_type', 'type');
  if (!scaling || !kind || family.startsWith('gemma3')) return limited(own);
  if (['default', 'mrope', 'llama3', 'longrope', 'su'].includes(kind)) return limited(own);
  const factor = scaling.factor('factor') ?? 1;
  const from = kind === 'yarn' ? (scaling.size('original_max_position_embeddings') ?? own) : own;
  return limited(Math.max(own, Math.floor(from * factor)));
}

function limited(context: number): number {
  if (context >= 1 && context <= CONTEXT_MAX) return context;
  throw wrongField('max_position_embeddings', `makes a context of ${context} tokens, which no model has`);
}

function warningsOf(
  config: ConfigObject,
  found: { readonly family: string; readonly shape: ModelShape; readonly dtype: ModelShape['dtype'] },
): string[] {
  const { family, shape, dtype } = found;
  const warnings: string[] = [];
  if (!isKnownFamily(family)) {
    warnings.push(
      `\`${family === '' ? 'model_type is missing' : family}\` is not a family whose figures were compared with published ones: parameters and bytes are estimates. Give weights_bytes where you know it.`,
    );
  }
  const attending = shape.attention.reduce((sum, { layers }) => sum + layers, 0);
  if (attending < shape.layers && !isEncoder(family)) {
    warnings.push(
      `${shape.layers - attending} of ${shape.layers} layers are no attention: their parameters are estimates.`,
    );
  }
  if (dtype === null)
    warnings.push('The configuration does not say in which type the weights are: 16 bits are assumed.');
  if (OTHER_TOWERS.some((name) => isObject(config[name]))) {
    warnings.push('Parts for sound are not counted. Give weights_bytes where you know it.');
  }
  return warnings;
}
