import type { ChangeModel, CreateModel } from '#contracts/models.ts';

/** What is typed about a model, as text. */
export interface ModelDraft {
  hfId: string;
  name: string;
  licence: string;
  configText: string;
  contextText: string;
  weightsText: string;
  argsText: string;
}

type Config = Record<string, unknown>;

/** Null while nothing is pasted; undefined when what is there is no JSON object. */
export function readConfig(text: string): Config | null | undefined {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Config)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Fields that were left empty are left out, so that the server decides them. */
export function factsOf(draft: ModelDraft): Omit<CreateModel, 'hf_id'> & ChangeModel {
  const config = readConfig(draft.configText);
  const context = numberOf(draft.contextText);
  const gigabytes = numberOf(draft.weightsText);
  const args = draft.argsText
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return {
    ...(draft.name.trim() === '' ? {} : { name: draft.name.trim() }),
    ...(draft.licence.trim() === '' ? {} : { licence: draft.licence.trim() }),
    ...(config ? { config } : {}),
    ...(context === null ? {} : { context_length: Math.round(context) }),
    ...(gigabytes === null ? {} : { weights_bytes: Math.round(gigabytes * 1e9) }),
    engine_args: args,
  };
}

/** A decimal comma is as good as a point. */
function numberOf(text: string): number | null {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() !== '' && Number.isFinite(value) && value > 0 ? value : null;
}
