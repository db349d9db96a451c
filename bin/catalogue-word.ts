/** `inventiv catalogue`: what the catalogue knows, what a config.json says, and which machines can serve a model. */
import { readFileSync } from 'node:fs';
import { readModelConfig } from '#catalog/model-config/read-model-config.ts';
import { parseUsdRate } from '#catalog/price.ts';
import { getModel, listModels, listOffers } from '#catalog/queries.ts';
import { machineFits } from '#catalog/views.ts';
import { readProcessConfig } from '#config/process-config.ts';
import { StartError } from '#config/start-error.ts';
import { diskNeeded } from '#contracts/model-fit.ts';
import type { MachineFit } from '#contracts/models.ts';
import type { Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { optionOf, withDatabase } from './sweep-words.ts';

const USAGE =
  'say catalogue list, catalogue fit MODEL [--provider P] [--context TOKENS] [--sequences N], or catalogue inspect CONFIG.JSON';
const GIB = 2 ** 30;

/** @throws StartError */
export async function catalogueWord(env: Env, words: readonly string[]): Promise<void> {
  const [verb, subject] = words;
  const named = subject !== undefined && !subject.startsWith('--') ? subject : undefined;
  if (verb === 'inspect' && named !== undefined) {
    process.stdout.write(inspectText(readFile(named)));
  } else if (verb === 'list') {
    await withDatabase(env, async (db) => void process.stdout.write(await listText(db)));
  } else if (verb === 'fit' && named !== undefined) {
    const { values, enabledProviders } = readProcessConfig();
    const question: FitQuestion = {
      model: named,
      provider: optionOf(words, 'provider'),
      contextLength: wholeOption(words, 'context'),
      sequences: wholeOption(words, 'sequences'),
      enabledProviders,
      usdRate: values.USD_TO_EUR,
    };
    await withDatabase(env, async (db) => void process.stdout.write(await fitText(db, question)));
  } else throw new StartError(USAGE);
}

export interface FitQuestion {
  readonly model: string;
  readonly provider: string | undefined;
  readonly contextLength: number | undefined;
  readonly sequences: number | undefined;
  readonly enabledProviders: readonly string[];
  readonly usdRate: string;
}

export async function fitText(db: Queryable, question: FitQuestion): Promise<string> {
  const model = await getModel(db, 'everybody', question.model);
  const offers = await listOffers(db, { provider: question.provider });
  const machines = machineFits(model, offers, {
    usdRate: parseUsdRate(question.usdRate),
    enabledProviders: question.enabledProviders,
    wish: { contextLength: question.contextLength, sequences: question.sequences },
  });
  const head = `${model.hfId}: ${gib(model.weightsBytes)} of weights, ${model.contextLength} tokens, disk of ${Math.round(diskNeeded(model) / 1e9)} GB`;
  const lines = machines.map(lineOf);
  return `${[head, ...(lines.length > 0 ? lines : ['no machine is on offer'])].join('\n')}\n`;
}

function lineOf({
  provider,
  instance_type,
  price_micros_per_hour: micros,
  fit,
  is_enabled,
}: MachineFit): string {
  const price = micros === null ? 'price unknown' : `${(micros / 1e6).toFixed(4)} EUR/h`;
  const off = is_enabled ? '' : ' (provider not enabled)';
  const told = fit.reasons.map(({ message }) => message).join(' ');
  const room =
    fit.sequences === null || !fit.fits ? '' : `${fit.sequences} requests of ${fit.context_length} tokens. `;
  return `${fit.verdict.padEnd(5)} ${`${provider} ${instance_type}`.padEnd(30)} ${price.padStart(15)}${off}  ${room}${told}`.trimEnd();
}

export async function listText(db: Queryable): Promise<string> {
  const models = await listModels(db, 'everybody', { includeInactive: true });
  const lines = models.map((model) => {
    const notes = [
      model.orgId === null ? undefined : `of ${model.orgId}`,
      model.isActive ? undefined : 'inactive',
      model.origin === 'person' ? 'edited' : undefined,
    ].filter((note) => note !== undefined);
    const suffix = notes.length > 0 ? ` (${notes.join(', ')})` : '';
    return `${model.hfId.padEnd(45)} ${gib(model.weightsBytes).padStart(10)} ${String(model.contextLength).padStart(8)} tokens${suffix}`;
  });
  return lines.length > 0 ? `${lines.join('\n')}\n` : 'the catalogue holds no model yet\n';
}

/** @throws StartError */
export function inspectText(config: unknown): string {
  try {
    const facts = readModelConfig(config);
    const { shape } = facts;
    return `${[
      `${facts.parameters} parameters, ${gib(facts.weightsBytes)} of weights${shape.quantisation ? ` (${shape.quantisation})` : ''}`,
      `${facts.kvBytesPerToken} bytes per token, ${facts.contextLength} tokens, ${shape.layers} layers, ${shape.attention_heads} heads, ${shape.kv_heads} for keys and values`,
      `disk of ${Math.round(diskNeeded(facts) / 1e9)} GB`,
      ...facts.warnings,
    ].join('\n')}\n`;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new StartError(error.publicMessage);
  }
}

function readFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const what = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
    throw new StartError(`${path} ${what}: name the config.json of a model`);
  }
}

function wholeOption(words: readonly string[], name: string): number | undefined {
  const text = optionOf(words, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new StartError(`--${name} is a whole number from 1`);
  return value;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
