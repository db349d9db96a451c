/** Drives the pages and takes the times where the user would: in the page, from the click until what follows is painted. */
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import type { OrgId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ApiClient } from '../../test/api-client.ts';
import { findChromium, launchBrowser } from '../../test/browser.ts';
import { startStack } from '../../test/stack.ts';
import { addBenchPages } from './bundle.ts';
import { EndedInstances } from './ended-instances.ts';
import { measureSizes } from './sizes.ts';

export interface WebPlan {
  readonly rows: number;
  readonly repeats: number;
  readonly say: (line: string) => void;
}

export interface WebReport {
  readonly first_route_kib: number;
  readonly worst_lazy_kib: number;
  readonly sort_vs_bare: number;
  readonly filter_vs_bare: number;
  readonly tick_vs_bare: number;
  readonly sort_p95_ms: number;
  readonly chart_ms: number;
  readonly event_to_paint_ms: number;
}

const SLOWDOWN = 4;
const TICK_ROWS = 100;
const TICKS = 2;
const LIST = 'ended=true&include_archived=true&limit=200';
/** As the headers of the list give them when they are clicked one after the other: name, price, age, each up and down. */
const ORDERS = [
  { sort: 'name', header: 0 },
  { sort: '-name', header: 0 },
  { sort: 'price', header: 2 },
  { sort: '-price', header: 2 },
] as const;
const STATES = ['archived', 'terminated', ''] as const;
const env = systemEnv(SILENT_LOG);

interface Times {
  readonly sort: number[];
  readonly filter: number[];
  readonly tick: number[];
}

/** One of the two tables: where it is, and how an order is chosen in it. */
interface Table {
  readonly path: string;
  readonly order: (page: Page, order: (typeof ORDERS)[number], row: string) => Promise<number>;
}

const OURS: Table = {
  path: '/instances?show=ended',
  order: (page, { header }, row) => inPage(page, 'orderByHeader', header, row),
};
const BARE: Table = {
  path: '/bench/bare-table',
  order: (page, { sort }, row) => inPage(page, 'orderByField', sort, row),
};

export async function measureWeb({ rows, repeats, say }: WebPlan): Promise<WebReport> {
  const chromium = findChromium();
  if (!chromium) throw new Error('Chromium is missing: install it, such as by apt-get install chromium');
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const { organisation } = await api.json<{ organisation: { id: OrgId } }>('GET', '/api/v1/session');
  const instances = await EndedInstances.fill(env, stack, organisation.id, rows);
  const browser = await launchBrowser(chromium);
  try {
    const context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, locale: 'en' });
    const [name = '', value = ''] = api.cookie.split('=', 2);
    await context.addCookies([{ name, value, url: stack.url }]);
    const sizes = await measureSizes(context, stack.url);
    say(`most scripts: ${sizes.worstPage}`);
    await addBenchPages(context);
    const bench = { context, api, instances, url: stack.url };
    const [ours, bare] = [emptyTimes(), emptyTimes()];
    for (let repeat = 0; repeat < repeats; repeat++) {
      await measureTable(bench, OURS, ours);
      await measureTable(bench, BARE, bare);
      say(`round ${repeat + 1} of ${repeats}: ${medianLine(ours)}, bare ${medianLine(bare)}`);
    }
    return {
      first_route_kib: rounded(sizes.firstKib),
      worst_lazy_kib: rounded(sizes.worstLazyKib),
      sort_vs_bare: rounded(median(ours.sort) / median(bare.sort)),
      filter_vs_bare: rounded(median(ours.filter) / median(bare.filter)),
      tick_vs_bare: rounded(median(ours.tick) / median(bare.tick)),
      sort_p95_ms: rounded(percentile(ours.sort, 0.95)),
      chart_ms: rounded(median(await measureChart(bench, repeats))),
      event_to_paint_ms: rounded(median(await measureEvents(bench, repeats))),
    };
  } finally {
    await browser.close();
    await instances.close();
  }
}

interface Bench {
  readonly context: BrowserContext;
  readonly api: ApiClient;
  readonly instances: EndedInstances;
  readonly url: string;
}

async function measureTable(
  { context, api, instances, url }: Bench,
  table: Table,
  times: Times,
): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${url}${table.path}`);
  const [first = ''] = await idsOf(api, 'sort=-created_at');
  await page.waitForSelector(rowOf(first));
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
  await session.send('Performance.enable');
  await session.send('HeapProfiler.collectGarbage');
  for (const order of ORDERS) {
    const [row = ''] = await idsOf(api, `sort=${order.sort}`);
    times.sort.push(await table.order(page, order, rowOf(row)));
  }
  for (const state of STATES) {
    const [row = ''] = await idsOf(api, `sort=-price${state === '' ? '' : `&state=${state}`}`);
    times.filter.push(await inPage(page, 'filter', state, rowOf(row)));
  }
  const ids = (await idsOf(api, 'sort=-price')).slice(0, TICK_ROWS);
  for (let tick = 0; tick < TICKS; tick++) {
    times.tick.push(await tickOf(page, session, () => instances.change(ids), ids[0] ?? ''));
  }
  await page.close();
}

/** Seconds that the page's thread was busy until the rows that changed were painted. */
async function tickOf(
  page: Page,
  session: CDPSession,
  change: () => Promise<void>,
  id: string,
): Promise<number> {
  // What came before has settled, and is not counted.
  await env.sleep(3_000);
  const before = await page.locator(rowOf(id)).textContent();
  const busy = await busySeconds(session);
  const painted = inPage(page, 'changed', rowOf(id), before ?? '');
  await change();
  await painted;
  return (await busySeconds(session)) - busy;
}

async function busySeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}

async function measureChart({ context, url }: Bench, repeats: number): Promise<number[]> {
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const page = await context.newPage();
    await page.goto(`${url}/bench/large-chart`);
    await page.waitForFunction(`'chartMs' in window`);
    times.push(await page.evaluate<number>('chartMs'));
    await page.close();
  }
  return times;
}

/** The clocks are one: browser and bench run on one machine. */
async function measureEvents({ context, api, instances, url }: Bench, repeats: number): Promise<number[]> {
  const page = await context.newPage();
  await page.goto(`${url}${OURS.path}`);
  const [id = ''] = await idsOf(api, 'sort=-created_at');
  await page.waitForSelector(rowOf(id));
  const times: number[] = [];
  for (let repeat = 0; repeat < 2 * repeats; repeat++) {
    await env.sleep(2_500);
    const before = await page.locator(rowOf(id)).textContent();
    const painted = inPage(page, 'changed', rowOf(id), before ?? '');
    await instances.change([id]);
    const committedAtMs = Date.now();
    times.push((await painted) - committedAtMs);
  }
  await page.close();
  return times;
}

async function idsOf(api: ApiClient, query: string): Promise<string[]> {
  const { data } = await api.json<{ data: { id: string }[] }>('GET', `/api/v1/instances?${LIST}&${query}`);
  return data.map(({ id }) => id);
}

/** A word of `web/bench/timers.ts`. */
function inPage(page: Page, word: string, ...given: readonly (string | number)[]): Promise<number> {
  return page.evaluate<number>(`bench.${word}(${given.map((one) => JSON.stringify(one)).join(', ')})`);
}

const rowOf = (id: string) => `[data-testid="instance-row-${id}"]`;
const emptyTimes = (): Times => ({ sort: [], filter: [], tick: [] });
const rounded = (value: number) => Math.round(value * 100) / 100;
const median = (values: readonly number[]) => percentile(values, 0.5);

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function medianLine({ sort, filter, tick }: Times): string {
  return `sort ${rounded(median(sort))} ms, filter ${rounded(median(filter))} ms, tick ${rounded(median(tick) * 1_000)} ms busy`;
}
