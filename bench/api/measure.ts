/** Lists asked over HTTP, one question at a time, as a person's browser does. */
import type { RouteCases } from './cases.ts';

export interface Asked {
  readonly query: string;
  /** Rows before the page. */
  readonly depth: number;
  readonly total: number | undefined;
  readonly ms: number;
}

export interface MeasureOptions {
  /** Each page is asked so often after the first time, which warms and is not counted. */
  readonly repeats: number;
  /** Pages of the greatest length that are leafed through, without being counted, to come to a deep one. */
  readonly leaps: number;
}

interface Answer {
  readonly data?: readonly unknown[];
  readonly next_cursor?: string | null;
  readonly total?: number;
}

/** Answers a path; throws when the answer is not a success. */
export type Ask = (path: string) => Promise<Answer>;

const PAGE_MAX = 200;

export async function measureRoute(ask: Ask, route: RouteCases, options: MeasureOptions): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const query of route.queries) {
    const pathOf = (...words: string[]) => `${route.path}?${[query, ...words].filter(Boolean).join('&')}`;
    const measure = async (path: string, depth: number) => {
      let answer = await ask(path);
      for (let repeat = 0; repeat < options.repeats; repeat++) {
        const startedAt = performance.now();
        answer = await ask(path);
        asked.push({ query, depth, total: answer.total, ms: performance.now() - startedAt });
      }
      return answer;
    };
    const first = await measure(pathOf(), 0);
    let depth = first.data?.length ?? 0;
    let cursor = first.next_cursor;
    if (!cursor) continue;
    const second = await measure(pathOf(`after=${cursor}`), depth);
    depth += second.data?.length ?? 0;
    cursor = second.next_cursor;
    for (let leap = 0; leap < options.leaps && cursor; leap++) {
      const page: Answer = await ask(pathOf(`limit=${PAGE_MAX}`, `after=${cursor}`));
      depth += page.data?.length ?? 0;
      cursor = page.next_cursor;
    }
    if (cursor) await measure(pathOf(`after=${cursor}`), depth);
  }
  return asked;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
