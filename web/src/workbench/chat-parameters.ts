import type { ChatParameters } from '#contracts/workbench.ts';

interface Range {
  min: number;
  max: number;
  step: number;
}

/** What can be set by a number, in the order of the page. The api has the same bounds; a test compares them. */
export const PARAMETERS = {
  temperature: { min: 0, max: 2, step: 0.1 },
  top_p: { min: 0, max: 1, step: 0.05 },
  max_tokens: { min: 1, max: 10_000_000, step: 1 },
  presence_penalty: { min: -2, max: 2, step: 0.1 },
  frequency_penalty: { min: -2, max: 2, step: 0.1 },
  seed: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, step: 1 },
} as const satisfies Partial<Record<keyof ChatParameters, Range>>;
export type ParameterName = keyof typeof PARAMETERS;
export const PARAMETER_NAMES = Object.keys(PARAMETERS) as ParameterName[];

/** As they are typed; an empty one is the model's own. */
export type ParameterTexts = Partial<Record<ParameterName, string>>;

export function textsOf(parameters: ChatParameters): ParameterTexts {
  return Object.fromEntries(
    PARAMETER_NAMES.flatMap((name) =>
      parameters[name] === undefined ? [] : [[name, String(parameters[name])]],
    ),
  );
}

export interface ReadParameters {
  parameters: ChatParameters;
  wrong: ReadonlySet<ParameterName>;
}

/** What was typed, in numbers. `kept` has what this page has no field for, such as stop words. */
export function readParameters(texts: ParameterTexts, kept: ChatParameters): ReadParameters {
  const parameters: ChatParameters = kept.stop === undefined ? {} : { stop: kept.stop };
  const wrong = new Set<ParameterName>();
  for (const name of PARAMETER_NAMES) {
    const text = (texts[name] ?? '').trim();
    if (text === '') continue;
    const value = readNumber(text);
    if (value === null || !isWithin(PARAMETERS[name], value)) wrong.add(name);
    else parameters[name] = value;
  }
  return { parameters, wrong };
}

export function hasParameters(parameters: ChatParameters): boolean {
  return Object.values(parameters).some((value) => value !== undefined);
}

/** Points and commas both part the decimals: nobody writes thousands here. */
function readNumber(text: string): number | null {
  return /^-?\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(',', '.')) : null;
}

function isWithin({ min, max, step }: Range, value: number): boolean {
  return value >= min && value <= max && (step < 1 || Number.isSafeInteger(value));
}
