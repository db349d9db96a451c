/**
 * The workbench in a real browser: a prompt is kept, changed and compared, used with parameters in a conversation, which
 * is put into a chat project, downloaded and taken in again; and the costs of any days, and what is known of a machine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import type { ChatProjectView, ConversationView, MessageView, PromptView } from '#contracts/workbench.ts';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 120_000;
const BENCH = '/api/v1/workbench';

test('prompts, chat projects, files, costs of any days and machines are at hand', {
  timeout: 600_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  await api.deployMock('bench');
  const browser = await launchBrowser(chromium);
  try {
    const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
    const page = await openPage(context, stack.url, api.cookie);
    const problems = watchConsole(page, stack.url);
    await keepPrompt(page, stack.url, api);
    await firstReady(api);
    const id = await askWithIt(page, api);
    await fileAway(page, api, id);
    await takeAlong(page, api, id);
    await seeCosts(page, stack.url);
    await seeMachine(page, stack.url);
    await onPhoneInFrench(context, page, stack.url, id);
    assert.deepEqual(problems, [], 'nothing is complained of, and nobody else is asked');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

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

async function firstReady(api: ApiClient): Promise<void> {
  const instance = await eventually(async () => (await api.instances())[0], 'the deployment has an instance');
  await api.waitForState(instance.id, 'ready', LIMIT_MS);
}

async function eventually<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert(performance.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Written, changed, compared with what it was, and made the one that new conversations begin with. */
async function keepPrompt(page: Page, url: string, api: ApiClient): Promise<void> {
  await page.goto(`${url}/chat/prompts`);
  await page.getByTestId('rules-prompt').waitFor();
  await assertAccessible(page);
  await page.getByTestId('prompt-new').click();
  await page.getByTestId('prompt-name').fill('Pirate');
  await page.getByTestId('prompt-content').fill('You are a pirate.\nBe brief.');
  await page.getByTestId('prompt-for-all').check();
  await page.getByTestId('prompt-create').click();
  await page.getByTestId('prompt-Pirate').waitFor();
  const save = page.getByTestId('prompt-save');
  await save.waitFor();
  assert.equal(await save.isDisabled(), true, 'nothing is changed yet');
  await page.getByTestId('prompt-content').fill('You are a pirate.\nBe very brief.');
  await save.click();
  await page.getByTestId('prompt-compare-1').click();
  const changed = await page.getByTestId('prompt-diff').getByRole('listitem').allInnerTexts();
  assert.deepEqual(
    changed.map((line) => line.replaceAll(/\s+/g, ' ').trim()),
    ['You are a pirate.', '− removed: Be brief.', '+ added: Be very brief.'],
  );
  await assertAccessible(page);
  await page.getByTestId('prompt-default').click();
  await page.getByTestId('prompt-default').and(page.locator('[aria-pressed="true"]')).waitFor();
  const { data } = await api.json<{ data: PromptView[] }>('GET', `${BENCH}/prompts`);
  assert.deepEqual(
    data.map(({ name, version, is_default }) => [name, version, is_default]),
    [['Pirate', 2, true]],
  );
}

/** The prompt and a parameter go with the question, and are kept with the conversation and with its answer. */
async function askWithIt(page: Page, api: ApiClient): Promise<string> {
  await page.getByTestId('prompt-use').click();
  await page.locator('summary', { hasText: 'System prompt' }).click();
  await page.getByTestId('chat-system').and(page.locator('textarea')).waitFor();
  assert.equal(await page.getByTestId('chat-system').inputValue(), 'You are a pirate.\nBe very brief.');
  await page.locator('summary', { hasText: 'Parameters' }).click();
  await page.getByTestId('chat-parameter-temperature').fill('9');
  await page.getByTestId('chat-input').fill('Where is the treasure?');
  assert.equal(await page.getByTestId('chat-send').isDisabled(), true, 'no such temperature');
  await assertAccessible(page);
  await page.getByTestId('chat-parameter-temperature').fill('0,5');
  await page.getByTestId('chat-send').click();
  await page.locator('[data-testid="chat-answer"][data-status="done"]').waitFor();
  await page.waitForURL(/conversation=/);
  const id = new URL(page.url()).searchParams.get('conversation') ?? '';
  const answer = await eventually(async () => {
    const path = `${BENCH}/conversations/${id}/messages`;
    return (await api.json<{ data: MessageView[] }>('GET', path)).data[1];
  }, 'the answer is kept');
  assert.deepEqual(answer.parameters, { temperature: 0.5 });
  const kept = await api.json<ConversationView>('GET', `${BENCH}/conversations/${id}`);
  assert.deepEqual([kept.prompt?.version, kept.parameters], [2, { temperature: 0.5 }]);
  await page.getByTestId('chat-input').press('ArrowUp');
  assert.equal(await page.getByTestId('chat-input').inputValue(), 'Where is the treasure?');
  await page.getByTestId('chat-input').fill('');
  await page.getByRole('button', { name: 'View code' }).click();
  await page.getByTestId('code-snippet').filter({ hasText: '"temperature": 0.5' }).waitFor();
  await page.keyboard.press('Escape');
  return id;
}

/** A chat project is made, the conversation moved into it and found there; then the project is put away. */
async function fileAway(page: Page, api: ApiClient, id: string): Promise<void> {
  await page.getByTestId('chat-projects').click();
  await page.getByTestId('chat-project-name').fill('Islands');
  await page.getByTestId('chat-project-create').click();
  await page.getByTestId('chat-project-Islands').waitFor();
  await assertAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('chat-move').click();
  await page.getByTestId('chat-move-Islands').click();
  await eventually(async () => {
    const { project_id: project } = await api.json<ConversationView>('GET', `${BENCH}/conversations/${id}`);
    return project ?? undefined;
  }, 'the conversation is in the project');
  await assertAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('chat-move-dialog').waitFor({ state: 'detached' });
  await page.getByTestId('chat-project').selectOption({ label: 'Islands (1)' });
  await page.waitForURL(/project=/);
  await page.getByTestId('chat-list').getByRole('link').waitFor();
  await page.getByTestId('chat-project').selectOption('none');
  await page.getByTestId('chat-list').getByRole('link').waitFor({ state: 'detached' });
  await page.getByTestId('chat-project').selectOption('');
  await page.getByTestId('chat-list').getByRole('link').waitFor();
  await page.getByTestId('chat-projects').click();
  const row = page.getByTestId('chat-project-Islands');
  await row.getByTestId('chat-project-archive').click();
  await row.getByText('archived').waitFor();
  await row.getByTestId('chat-project-share').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  const { data } = await api.json<{ data: ChatProjectView[] }>('GET', `${BENCH}/projects`);
  assert.ok(data[0]?.archived_at);
}

/** Downloaded as JSON and taken in again, it is another conversation with the same words. */
async function takeAlong(page: Page, api: ApiClient, id: string): Promise<void> {
  await page.getByTestId('chat-export').click();
  const link = page.getByTestId('chat-export-json');
  await assertAccessible(page);
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.match(file.suggestedFilename(), /\.json$/);
  const path = await file.path();
  await page.getByTestId('chat-import-file').setInputFiles(path);
  await page.waitForURL((url) => (url.searchParams.get('conversation') ?? id) !== id);
  const copy = new URL(page.url()).searchParams.get('conversation');
  const [kept, taken] = await Promise.all(
    [id, copy].map((one) => api.json<ConversationView>('GET', `${BENCH}/conversations/${one}`)),
  );
  assert.deepEqual([taken?.title, taken?.messages], [kept?.title, kept?.messages]);
  await page
    .getByTestId('chat-import-file')
    .setInputFiles({ name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Notes') });
  await page.getByTestId('chat-import-failed').getByText('notes.md').waitFor();
  await assertAccessible(page);
  await page.keyboard.press('Escape');
}

async function seeCosts(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/costs`);
  await page.getByTestId('breakdown-sum').filter({ hasText: '€' }).waitFor();
  await page.getByText('Any days', { exact: true }).click();
  await page.waitForURL(/window=custom/);
  await page.getByTestId('costs-from').fill('2025-01-01');
  await page.getByTestId('costs-to').fill('2025-01-31');
  await page.waitForURL(/to=2025-01-31/);
  await page.getByText('Nothing was billed in this time.').waitFor();
  await page.getByText('Nothing was billed yet.').waitFor();
  await assertAccessible(page);
}

async function seeMachine(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/machines`);
  await page.locator('[data-testid^="machine-open-"]').first().click();
  const dialog = page.getByTestId('machine-dialog');
  await dialog.getByRole('table', { name: 'Zones' }).waitFor();
  await dialog.getByText('Prices that were seen').waitFor();
  await assertAccessible(page);
}

async function onPhoneInFrench(context: BrowserContext, page: Page, url: string, id: string): Promise<void> {
  await context.addInitScript(
    `localStorage.setItem('inventiv.language', 'fr'); localStorage.setItem('inventiv.theme', 'dark');`,
  );
  await page.setViewportSize({ width: 390, height: 844 });
  const custom = '/costs?window=custom&from=2025-01-01&to=2026-01-31';
  for (const path of [`/chat?conversation=${id}`, '/chat/prompts', custom, '/machines']) {
    await page.goto(url + path);
    await page.locator('html[lang="fr"] h1').waitFor();
    await page.getByRole('status').first().waitFor({ state: 'attached' });
    await assertAccessible(page);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(overflow, 0, `${path} fits the phone`);
  }
}
