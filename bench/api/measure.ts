/** Lists asked over HTTP, one question at a time, as a person's browser does. */
import type { RouteCases } from './cases.ts';

export interface Asked {
  readonly query: string;
  /** 0 is the first page. */
  readonly page: number;
  readonly total: number | undefined;
  readonly ms: number;
}

export interface MeasureOptions {
  /** Each page is asked so often; the first time warms, and is not counted. */
  readonly repeats: number;
  /** Pages that are asked, the first one included. */
  readonly pages: number;
}

interface Answer {
  readonly next_cursor?: string | null;
  readonly total?: number;
}

/** Answers a path; throws when the answer is not a success. */
export type Ask = (path: string) => Promise<Answer>;

export async function measureRoute(ask: Ask, route: RouteCases, options: MeasureOptions): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const query of route.queries) {
    let after = '';
    for (let page = 0; page < options.pages; page++) {
      const words = [query, after && `after=${after}`].filter(Boolean).join('&');
      const path = words ? `${route.path}?${words}` : route.path;
      let answer = await ask(path);
      for (let repeat = 0; repeat < options.repeats; repeat++) {
        const startedAt = performance.now();
        answer = await ask(path);
        asked.push({ query, page, total: answer.total, ms: performance.now() - startedAt });
      }
      if (!answer.next_cursor) break;
      after = answer.next_cursor;
    }
  }
  return asked;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
