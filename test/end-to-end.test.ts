/**
 * The main job from outside, as a person and a program do it: sign in, deploy, watch, create a key, stream, see the
 * exact usage and the cost, terminate, and find nothing left at the cloud and both bills equal.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { Page } from 'playwright-core';
import type { InstanceView } from '#contracts/instances.ts';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { assertBillsEqual, MockCloudClient } from './mock-cloud-client.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 30_000;
const MODEL = 'Qwen/Qwen3-8B';

test('a model is deployed, used, paid for and removed without a trace', {
  timeout: 180_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack({
    env: { MOCK_BOOT_MS: '400', MOCK_PULL_MS: '1200', MOCK_LOAD_MS: '400', MOCK_ENGINE_PRESET: '8b' },
  });
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const cloud = new MockCloudClient(stack);
  const browser = await launchBrowser(chromium);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    const foreignRequests: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(stack.url) && !request.url().startsWith('data:')) {
        foreignRequests.push(request.url());
      }
    });
    await signIn(page, stack.url, stack.adminPassword());
    const instance = await deploy(page, api);
    await watchProgress(page, instance.id);
    const secret = await createKey(page, stack.url);
    await streamWithSdk(stack.gatewayUrl, secret, api, instance);
    await chat(page, stack.url);
    await seeCosts(page, stack.url);
    await terminate(page, stack.url, instance.id);
    await api.waitForState(instance.id, 'terminated', LIMIT_MS);
    assert.deepEqual(await cloud.liveServers(), []);
    assert.deepEqual(await cloud.liveVolumes(), []);
    assert((await assertBillsEqual(api, cloud, LIMIT_MS)) > 0, 'the run cost something');
    assert.deepEqual(foreignRequests, [], 'the browser talks to the api only');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

async function signIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(`${url}/instances`);
  await page.getByTestId('login-user').fill('admin');
  await assertAccessible(page);
  await page.getByTestId('login-password').fill('wrong on purpose');
  await page.getByTestId('login-submit').click();
  await page.getByRole('alert').first().waitFor();
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.waitForURL('**/instances');
}

async function deploy(page: Page, api: ApiClient): Promise<InstanceView> {
  await page.getByTestId('deploy-open').first().click();
  await page.getByTestId('deploy-dialog').waitFor();
  await page.getByTestId(`deploy-model-option-${MODEL}`).click();
  await page.locator('[data-testid^="deploy-offer-MOCK-"]').first().click();
  assert.match(await page.getByTestId('deploy-price').innerText(), /€/);
  await page.getByTestId('deploy-name').fill('end-to-end');
  await assertAccessible(page);
  await page.getByTestId('deploy-submit').click();
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const [instance] = await api.instances();
    if (instance) return instance;
    assert(performance.now() < deadline, 'the deployment made no instance');
    await page.waitForTimeout(20);
  }
}

/** Progress as a person sees it: it rises, never falls, and ends at 100. */
async function watchProgress(page: Page, id: string): Promise<void> {
  const bar = page.getByTestId(`instance-progress-${id}`);
  const seen: number[] = [];
  const deadline = performance.now() + LIMIT_MS;
  while (seen.at(-1) !== 100) {
    assert(performance.now() < deadline, `progress stands at ${seen.at(-1)}`);
    const value = Number(
      await bar
        .first()
        .getAttribute('aria-valuenow')
        .catch(() => null),
    );
    if (Number.isFinite(value) && value !== seen.at(-1)) seen.push(value);
    await page.waitForTimeout(15);
  }
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
    'progress went back',
  );
  assert(seen.length >= 4, `progress was seen to rise: ${seen.join(' ')}`);
}

async function createKey(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/keys`);
  await page.getByTestId('key-name').fill('end-to-end');
  await page.getByTestId('key-create').click();
  const text = await page.getByTestId('key-secret').first().innerText();
  const secret = /inv_key_[0-9a-z]+_[0-9A-Za-z]{49}/.exec(text)?.[0];
  assert(secret, 'the secret is shown once');
  await assertAccessible(page);
  return secret;
}

/** The official SDK streams; what it was told, what the ledger holds and what was produced are one number. */
async function streamWithSdk(
  gatewayUrl: string,
  apiKey: string,
  api: ApiClient,
  instance: InstanceView,
): Promise<void> {
  const openai = new OpenAI({ baseURL: `${gatewayUrl}/v1`, apiKey });
  const models = await openai.models.list();
  assert.deepEqual(
    models.data.map((model) => model.id),
    [instance.model],
  );
  const stream = await openai.chat.completions.create({
    model: instance.model,
    messages: [{ role: 'user', content: 'Say something about lakes.' }],
    max_tokens: 32,
    stream: true,
    stream_options: { include_usage: true },
  });
  let usage: OpenAI.CompletionUsage | null | undefined;
  let text = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  assert(text.length > 0);
  assert(usage && usage.completion_tokens > 0 && usage.prompt_tokens > 0);
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const sums = await api.json<Record<string, number>>('GET', '/api/v1/usage/summary');
    if (sums['requests'] === 1) {
      assert.equal(sums['completion_tokens'], usage.completion_tokens);
      assert.equal(sums['prompt_tokens'], usage.prompt_tokens);
      return;
    }
    assert(performance.now() < deadline, 'the ledger has no row for the request');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function chat(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/chat`);
  await page.getByTestId('chat-input').fill('Hello there');
  await page.getByTestId('chat-send').click();
  await page.getByTestId('chat-answer').filter({ hasText: /\w{2}/ }).first().waitFor();
  await page.getByTestId('chat-tps').filter({ hasText: /\d/ }).first().waitFor();
  assert.match(await page.getByTestId('chat-ttft').first().innerText(), /\d/);
  await assertAccessible(page);
  await keepConversation(page);
}

/** What was said is there again, told by the ledger; named, shared and deleted by its owner. */
async function keepConversation(page: Page): Promise<void> {
  const settled = page.locator('[data-testid="chat-cost"][data-state="known"]');
  await settled.waitFor();
  const said = await page.getByTestId('chat-answer').innerText();
  await page.reload();
  await page
    .getByTestId('chat-answer')
    .filter({ hasText: said.slice(0, 20) })
    .waitFor();
  await settled.waitFor();
  assert.match(await page.getByTestId('chat-tokens').innerText(), /\d/);
  const list = page.getByTestId('chat-list');
  await list.getByText('Hello there').waitFor();
  await page.getByTestId('chat-rename').click();
  await page.getByTestId('chat-rename-input').fill('Kept for the test');
  await page.getByTestId('chat-rename-confirm').click();
  await list.getByText('Kept for the test').waitFor();
  await page.getByTestId('chat-share').click();
  await page.getByTestId('chat-share-link').click();
  await page
    .getByTestId('chat-link')
    .filter({ hasText: /link=shared_/ })
    .waitFor();
  await assertAccessible(page);
  await page.keyboard.press('Escape');
  await page.getByTestId('chat-find').fill('kept');
  await list.getByText('Kept for the test').waitFor();
  await page.getByTestId('chat-delete').click();
  await page.getByTestId('chat-delete-confirm').click();
  await list.getByText('Kept for the test').waitFor({ state: 'detached' });
}

async function seeCosts(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/costs`);
  // What runs costs something per hour.
  await page
    .getByTestId('cost-tile-now')
    .filter({ hasText: /€/ })
    .filter({ hasText: /[1-9]/ })
    .first()
    .waitFor();
  await page.getByTestId('cost-tile-cumulative').first().waitFor();
  await assertAccessible(page);
}

async function terminate(page: Page, url: string, id: string): Promise<void> {
  await page.goto(`${url}/instances`);
  await assertAccessible(page);
  await page.getByTestId(`terminate-${id}`).first().click();
  await page.getByTestId('terminate-confirm').click();
}
