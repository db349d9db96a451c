import type { GpuReading } from './gpu-probe.ts';
import { amount, readingOf } from './nvidia-smi.ts';

/** What `rocm-smi --json` prints: an object with one member for each card, whose names differ between releases. */
export const ROCM_ARGS = [
  ...['--showproductname', '--showmeminfo', 'vram'],
  ...['--showuse', '--showtemp', '--showpower', '--json'],
];

const GPUS_MAX = 64;

/** Whatever is not a card is skipped, such as the warnings that stand before the object. */
export function parseRocmJson(text: string): GpuReading[] {
  const cards = cardsOf(text);
  return cards.slice(0, GPUS_MAX).map(([key, card]) => {
    const name = textOf(card, /^Card Series$/i, /^Device Name$/i, /^Card Model$/i) ?? 'AMD GPU';
    const gfx = textOf(card, /^GFX Version$/i);
    return readingOf({
      index: Number(key.slice('card'.length)),
      name: gfx === undefined || name.includes(gfx) ? name : `${name} (${gfx})`,
      // CUDA's word; these GPUs are known by their name.
      capability: null,
      memoryTotalBytes: figureOf(card, /^VRAM Total Memory \(B\)$/i),
      memoryUsedBytes: figureOf(card, /^VRAM Total Used Memory \(B\)$/i),
      utilisation: figureOf(card, /^GPU use \(%\)$/i),
      temperature: figureOf(
        card,
        /^Temperature \(Sensor edge\) \(C\)$/i,
        /^Temperature \(Sensor junction\) \(C\)$/i,
      ),
      power: figureOf(
        card,
        /^Average Graphics Package Power \(W\)$/i,
        /^Current Socket Graphics Package Power \(W\)$/i,
      ),
    });
  });
}

type Card = Readonly<Record<string, unknown>>;

function cardsOf(text: string): [string, Card][] {
  const from = text.indexOf('{');
  if (from < 0) return [];
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, text.lastIndexOf('}') + 1));
  } catch {
    return [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(
      (entry): entry is [string, Card] =>
        /^card\d+$/.test(entry[0]) && typeof entry[1] === 'object' && entry[1] !== null,
    )
    .sort(([a], [b]) => Number(a.slice(4)) - Number(b.slice(4)));
}

/** Of the first name that says something; "N/A" says nothing. */
function textOf(card: Card, ...names: readonly RegExp[]): string | undefined {
  for (const name of names) {
    const found = Object.entries(card).find(([key]) => name.test(key))?.[1];
    if (typeof found === 'string' && found.trim() !== '' && !/^n\/?a$/i.test(found.trim()))
      return found.trim();
    if (typeof found === 'number') return String(found);
  }
  return undefined;
}

function figureOf(card: Card, ...names: readonly RegExp[]): number {
  return amount(textOf(card, ...names));
}
