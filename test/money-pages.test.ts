/**
 * The pages of use and money in a real browser: requests are found and explained, use and costs are cut up, a key is
 * edited, and a person who does not look after the organisation sees their own and nothing else.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 120_000;
const MODEL = 'Qwen/Qwen3-8B';
const OTHER_MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

test('requests, usage, costs, keys and signals are seen as they are', {
  timeout: 600_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  await deployBoth(api);
  const key = await api.json<{ id: string; secret: string }>('POST', '/api/v1/api-keys', { name: 'reports' });
  const ids = await ask(stack.gatewayUrl, key.secret, api);

  const browser = await launchBrowser(chromium);
  try {
    const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
    const page = await openPage(context, stack.url, api.cookie);
    const problems = watchConsole(page, stack.url);
    await seeRequests(page, stack.url, ids);
    await seeUsage(page, stack.url);
    await seeCosts(page, stack.url);
    await editKey(page, stack.url, key.id);
    await seeSignals(page, stack.url);
    await compareModels(page, stack.url);
    await onPhoneInFrench(context, page, stack.url);
    assert.deepEqual(problems, [], 'nothing is complained of, and nobody else is asked');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

async function deployBoth(api: ApiClient): Promise<void> {
  await api.deployMock('money', 1, MODEL);
  await api.deployMock('other', 1, OTHER_MODEL);
  const deadline = performance.now() + LIMIT_MS;
  while ((await api.instances()).length < 2) {
    assert(performance.now() < deadline, 'the deployments have instances');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const { id } of await api.instances()) await api.waitForState(id, 'ready', LIMIT_MS);
}

/** One request that is answered and one for a model that nobody serves, both in the log. */
async function ask(gatewayUrl: string, secret: string, api: ApiClient) {
  const send = async (model: string) => {
    const response = await fetch(`${gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        messages: [{ role: 'user', content: 'Lakes?' }],
        max_tokens: 16,
        stream: true,
      }),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    await response.text();
    return response.headers.get('x-request-id') ?? '';
  };
  const ids = { answered: await send(MODEL), refused: await send('nobody/serves-this') };
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const { total } = await api.json<{ total: number }>('GET', '/api/v1/requests');
    const { requests } = await api.json<{ requests: number }>('GET', '/api/v1/usage/summary');
    if (total === 2 && requests === 1) return ids;
    assert(performance.now() < deadline, `the log has ${total} requests, the ledger ${requests}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function openPage(context: BrowserContext, url: string, cookie: string): Promise<Page> {
  const [name = '', value = ''] = cookie.split('=');
  await context.addCookies([{ name, value, url }]);
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  return page;
}

function watchConsole(page: Page, url: string): string[] {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url()))
      problems.push(request.url());
  });
  return problems;
}

async function seeRequests(
  page: Page,
  url: string,
  ids: { answered: string; refused: string },
): Promise<void> {
  await page.goto(`${url}/requests`);
  await page.getByTestId(`request-row-${ids.answered}`).waitFor();
  await page.getByTestId(`request-row-${ids.refused}`).waitFor();
  assert.match(await page.getByTestId('requests-count').innerText(), /^2 /);
  await assertAccessible(page);
  await page.getByTestId('requests-find').fill('model.not_');
  await page.getByTestId(`request-row-${ids.answered}`).waitFor({ state: 'detached' });
  await page.waitForURL(/q=model\.not_/);
  await page.getByTestId(`request-row-${ids.refused}`).getByRole('button').click();
  await page.getByTestId('request-why').filter({ hasText: 'No instance serves a model' }).waitFor();
  await page.getByTestId('request-dialog').getByText(ids.refused).waitFor();
  await assertAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('request-dialog').waitFor({ state: 'detached' });
}

async function seeUsage(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/usage?by=key`);
  await page.getByTestId('usage-requests').filter({ hasText: '1' }).waitFor();
  await page.getByRole('link', { name: 'reports' }).waitFor();
  await assertAccessible(page);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export-csv').click()]);
  assert.match(file.suggestedFilename(), /^usage-key-.*\.csv$/);
}

async function seeCosts(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/costs`);
  await page.getByTestId('idle-sum').filter({ hasText: '€' }).waitFor();
  await page.getByRole('cell', { name: 'money' }).first().waitFor();
  await assertAccessible(page);
}

async function editKey(page: Page, url: string, id: string): Promise<void> {
  await page.goto(`${url}/keys`);
  await page.getByTestId(`key-edit-${id}`).click();
  await page.getByTestId('key-dialog').waitFor();
  await page.getByTestId('key-budget-month').fill('a lot');
  assert.equal(await page.getByTestId('key-save').isDisabled(), true);
  await page.getByTestId('key-budget-month').fill('2,5');
  await page.getByTestId('key-requestsPerMinute').last().fill('90');
  await assertAccessible(page);
  await page.getByTestId('key-save').click();
  await page
    .getByTestId(`key-row-${id}`)
    .filter({ hasText: '€2.50' })
    .filter({ hasText: '90 requests/min' })
    .waitFor();
  await page.getByTestId('keys-find').fill('nothing is called so');
  await page.getByTestId(`key-row-${id}`).waitFor({ state: 'detached' });
  await assertAccessible(page);
}

async function seeSignals(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/observability`);
  await page.getByRole('button', { name: MODEL }).waitFor();
  await page.getByRole('link', { name: 'model.not_served' }).waitFor();
  await assertAccessible(page);
}

/** Two models answer one question side by side, and what both said is there again after a reload. */
async function compareModels(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/chat`);
  await page.getByTestId('chat-compare').click();
  await page.getByTestId('chat-model-2').waitFor();
  await page.getByTestId('chat-input').fill('Which is faster?');
  await page.getByTestId('chat-send').click();
  await bothAnswered(page);
  await assertAccessible(page);
  await page.waitForURL(/conversation=/);
  await allKept(page, url);
  await page.reload();
  await bothAnswered(page);
  await page.getByTestId('chat-model-2').waitFor();
  await page.getByRole('button', { name: 'View code' }).click();
  await page.getByText('Claude Code', { exact: true }).click();
  await page.getByTestId('code-snippet').filter({ hasText: 'ANTHROPIC_BASE_URL' }).waitFor();
  await assertAccessible(page);
}

/** The question and both answers: a page that is left before may take the last of them with it. */
async function allKept(page: Page, url: string): Promise<void> {
  const id = new URL(page.url()).searchParams.get('conversation');
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const answer = await page.request.get(`${url}/api/v1/workbench/conversations/${id}`);
    const { messages } = (await answer.json()) as { messages?: number };
    if (messages === 3) return;
    assert(performance.now() < deadline, `${messages} messages are kept`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function bothAnswered(page: Page): Promise<void> {
  for (const model of [MODEL, OTHER_MODEL]) {
    const answer = page.getByRole('article', { name: model });
    await answer.getByRole('term').filter({ hasText: 'Tokens/s' }).waitFor();
    await answer.and(page.locator('[aria-busy="false"]')).waitFor();
  }
}

async function onPhoneInFrench(context: BrowserContext, page: Page, url: string): Promise<void> {
  await context.addInitScript(
    `localStorage.setItem('inventiv.language', 'fr'); localStorage.setItem('inventiv.theme', 'dark');`,
  );
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['/requests', '/usage', '/costs', '/keys', '/observability']) {
    await page.goto(url + path);
    await page.locator('html[lang="fr"] h1').waitFor();
    await page.getByRole('status').first().waitFor({ state: 'attached' });
    await assertAccessible(page);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(overflow, 0, `${path} fits the phone`);
  }
}
