/** A key with limits, from the form in the browser to the gateway's answers, and back to nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { Page } from 'playwright-core';
import type { ApiKeyView } from '#contracts/api-keys.ts';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { FAST, type Stack, startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 60_000;
const MODEL = 'Qwen/Qwen3-8B';
const GATEWAY_METRICS_PORT = 9100;

test('a key is limited in the browser, and the gateway keeps to it', {
  timeout: 240_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack({ env: FAST });
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const browser = await launchBrowser(chromium);
  try {
    const deployed = api.deployMock('limits');
    const page = await browser.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    await signIn(page, stack);
    const secret = await createLimitedKey(page);
    const [instance] = (await deployed).instances;
    assert(instance);
    await api.waitForState(instance.id, 'ready', LIMIT_MS);
    await useUpLimit(stack, secret);
    await changeKey(api, stack, secret);
    await readSignals(stack);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

async function signIn(page: Page, stack: Stack): Promise<void> {
  await page.goto(`${stack.url}/keys`);
  await page.getByTestId('login-user').fill('admin');
  await page.getByTestId('login-password').fill(stack.adminPassword());
  await page.getByTestId('login-submit').click();
  await page.waitForURL('**/keys');
}

async function createLimitedKey(page: Page): Promise<string> {
  await page.getByTestId('key-name').fill('limited');
  await page.getByTestId('key-restrictions').click();
  await page.getByTestId('key-requestsPerMinute').fill('2');
  await page.getByTestId('key-tokensPerMinute').fill('100000');
  await page.getByTestId('key-models').fill(MODEL);
  await assertAccessible(page);
  await page.getByTestId('key-create').click();
  const secret = await page.getByTestId('key-secret').first().innerText();
  await page.getByText('2 requests/min · 100K tokens/min').waitFor();
  assert.equal(await page.getByTestId('key-requestsPerMinute').inputValue(), '', 'the form is empty again');
  await assertAccessible(page);
  return secret.trim();
}

function clientOf(stack: Stack, apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${stack.gatewayUrl}/v1`, apiKey, maxRetries: 0 });
}

const call = (client: OpenAI, model = MODEL) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content: 'hi' }], max_tokens: 4 });

async function useUpLimit(stack: Stack, secret: string): Promise<void> {
  const client = clientOf(stack, secret);
  await untilServed(client);
  const { response } = await call(client).withResponse();
  assert.equal(response.headers.get('x-ratelimit-limit-requests'), '2');
  assert.equal(response.headers.get('x-ratelimit-limit-tokens'), '100000');
  await assert.rejects(call(client), OpenAI.RateLimitError);
}

/** The gateway hears of a ready instance a moment later; until then nothing is counted. */
async function untilServed(client: OpenAI): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const error = await call(client).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (error === undefined) return;
    const isSoon = error instanceof OpenAI.APIError && [404, 503].includes(error.status ?? 0);
    if (!isSoon || performance.now() > end) throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function changeKey(api: ApiClient, stack: Stack, secret: string): Promise<void> {
  const { data } = await api.json<{ data: ApiKeyView[] }>('GET', '/api/v1/api-keys');
  const key = data.find(({ name }) => name === 'limited');
  assert(key);
  const change = (body: object) => api.json<ApiKeyView>('PATCH', `/api/v1/api-keys/${key.id}`, body);
  const client = clientOf(stack, secret);
  const eventually = async (expected: number) => {
    for (const end = performance.now() + LIMIT_MS; ; ) {
      const status = await call(client).then(
        () => 200,
        (error: unknown) => (error instanceof OpenAI.APIError ? error.status : 0),
      );
      if (status === expected) return;
      assert(performance.now() < end, `it stays ${status} instead of ${expected}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await change({ limits: { requests_per_minute: null } });
  await eventually(200);
  await change({ models: ['org/other'] });
  await eventually(403);
  await change({ models: null, enabled: false });
  await eventually(401);
  await change({ enabled: true });
  await eventually(200);
  await api.json('PATCH', '/api/v1/organisation', { limits: { tokens_per_minute: 1 } });
  await eventually(400);
  await api.json('DELETE', `/api/v1/api-keys/${key.id}`);
  await eventually(401);
}

/** On the loopback port of the gateway's metrics, for whoever decides on the number of workers. */
async function readSignals(stack: Stack): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${GATEWAY_METRICS_PORT + stack.portOffset}/signals`);
  const { data } = (await response.json()) as { data: { model: string; workers: number }[] };
  assert.deepEqual(
    data.map(({ model, workers }) => [model, workers]),
    [[MODEL, 1]],
  );
}
