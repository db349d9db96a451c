/** What a page makes the browser load. */
import { gzipSync } from 'node:zlib';
import type { BrowserContext } from 'playwright-core';

const KIB = 1_024;
/** Every page that the rail, the layouts and the menus lead to. */
const PAGES = [
  '/deployments',
  '/instances',
  '/chat',
  '/models',
  '/machines',
  '/workers',
  '/keys',
  '/costs',
  '/requests',
  '/usage',
  '/observability',
  '/account',
  '/organisation',
  '/organisation/members',
  '/organisation/activation',
  '/organisation/providers',
  '/organisation/settings',
  '/organisation/audit',
  '/organisation/webhooks',
  '/platform',
  '/platform/users',
];

export interface ScriptSizes {
  readonly firstKib: number;
  readonly worstLazyKib: number;
  readonly worstPage: string;
}

/** Each page in a tab of its own, as by a bookmark. */
export async function measureSizes(context: BrowserContext, url: string): Promise<ScriptSizes> {
  const first = await scriptsOf(context, `${url}/`);
  let [worstLazyKib, worstPage] = [0, ''];
  for (const page of PAGES) {
    const scripts = await scriptsOf(context, `${url}${page}`);
    const added = sum([...scripts].filter(([address]) => !first.has(address)).map(([, bytes]) => bytes));
    if (added / KIB > worstLazyKib) [worstLazyKib, worstPage] = [added / KIB, page];
  }
  return { firstKib: sum([...first.values()]) / KIB, worstLazyKib, worstPage };
}

/** Gzipped sizes of the scripts, by their address. */
async function scriptsOf(context: BrowserContext, address: string): Promise<Map<string, number>> {
  const page = await context.newPage();
  const scripts = new Map<string, Promise<number>>();
  page.on('response', (response) => {
    if (response.request().resourceType() !== 'script' || !response.ok()) return;
    scripts.set(
      response.url(),
      response.body().then((body) => gzipSync(body, { level: 9 }).length),
    );
  });
  await page.goto(address);
  await page.waitForSelector('main h1');
  const sizes = await Promise.all([...scripts].map(async ([url, bytes]) => [url, await bytes] as const));
  await page.close();
  return new Map(sizes);
}

function sum(bytes: readonly number[]): number {
  return bytes.reduce((total, one) => total + one, 0);
}
