import type { TokenPrice } from '#contracts/token-price.ts';
import { eurosTextOf, isEuros, microsOf } from '../widgets/euros.ts';

/** Of 1,000 tokens, as the api has it. */
export const PRICE_EUROS_MAX = 1_000;

export const PRICE_PARTS = ['prompt', 'cached', 'completion'] as const;
export type PricePart = (typeof PRICE_PARTS)[number];
/** Euros per 1,000 tokens, as they are typed. */
export type PriceTexts = Record<PricePart, string>;

export const NO_TEXTS: PriceTexts = { prompt: '', cached: '', completion: '' };

export function priceTextsOf(price: TokenPrice | null): PriceTexts {
  if (price === null) return NO_TEXTS;
  return {
    prompt: eurosTextOf(price.prompt_micros_per_1k),
    cached: eurosTextOf(price.cached_micros_per_1k),
    completion: eurosTextOf(price.completion_micros_per_1k),
  };
}

export function isPartOk(text: string): boolean {
  return text.trim() !== '' && isEuros(text, PRICE_EUROS_MAX);
}

/** Null while a part is missing or is no amount: a price that somebody forgot is not a price of nothing. */
export function priceOf(texts: PriceTexts): TokenPrice | null {
  const part = (name: PricePart) => (isPartOk(texts[name]) ? microsOf(texts[name]) : null);
  const [prompt, cached, completion] = [part('prompt'), part('cached'), part('completion')];
  if (prompt === null || cached === null || completion === null) return null;
  return {
    prompt_micros_per_1k: prompt,
    cached_micros_per_1k: cached,
    completion_micros_per_1k: completion,
  };
}

/** A moment as the browser's own field writes it, in the reader's time zone. Undefined where nothing is chosen. */
export function momentOf(local: string): string | undefined {
  const ms = Date.parse(local);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
