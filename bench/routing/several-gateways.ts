/** What it costs to choose at several gateways, each with what it knows itself, and with what they tell each other. */
import type { PlayAnswer, PlayOrder } from './play-thread.ts';

export interface SeveralGateways {
  readonly gateways: number;
  /** Mean time to the first token over that of one gateway. */
  readonly loads: readonly { readonly load: number; readonly silent: number; readonly telling: number }[];
}

const GATEWAYS = 4;
const TELL_EVERY_MS = 20;
const LOADS = [0.5, 0.85];

export async function measureSeveralGateways(
  play: (order: PlayOrder) => Promise<PlayAnswer>,
  base: Omit<PlayOrder, 'strategy' | 'seed' | 'requestsPerSecond'>,
  { saturation, seeds }: { readonly saturation: number; readonly seeds: readonly number[] },
): Promise<SeveralGateways> {
  const meanAt = async (load: number, more: Pick<PlayOrder, 'gateways' | 'tellEveryMs'>) => {
    const order = { ...base, ...more, strategy: 'inventiv' as const, requestsPerSecond: load * saturation };
    const answers = await Promise.all(seeds.map((seed) => play({ ...order, seed })));
    return answers.reduce((sum, { figures }) => sum + figures.ttft_mean_ms, 0) / answers.length;
  };
  const loads = [];
  for (const load of LOADS) {
    const [one, silent, telling] = [
      await meanAt(load, {}),
      await meanAt(load, { gateways: GATEWAYS }),
      await meanAt(load, { gateways: GATEWAYS, tellEveryMs: TELL_EVERY_MS }),
    ];
    loads.push({ load, silent: rounded(silent / one), telling: rounded(telling / one) });
  }
  return { gateways: GATEWAYS, loads };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
