/**
 * The pages of those who run machines, in a real browser: a model added from its config.json, the machines that it
 * fits on, a price corrected, terms set, a view saved, a cause traced, and the palette that finds all of it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { MachineTermsView } from '#contracts/machine-terms.ts';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 60_000;
const CONFIG = {
  model_type: 'llama',
  architectures: ['LlamaForCausalLM'],
  hidden_size: 2048,
  intermediate_size: 8192,
  num_hidden_layers: 16,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 64,
  vocab_size: 128_256,
  max_position_embeddings: 131_072,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
};

test('models, machines, workers and traces are run from the dashboard', {
  timeout: 600_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack();
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const deployment = await api.json<{ instances: { id: string }[] }>('POST', '/api/v1/deployments', {
    name: 'operations',
    model_id: 'Qwen/Qwen3-8B',
    zone: 'mock-a',
    instance_type: 'MOCK-L4-1',
  });
  const id = deployment.instances[0]?.id;
  assert(id, 'a deployment has an instance');
  await api.waitForState(id, 'ready', LIMIT_MS);
  const browser = await launchBrowser(chromium);
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(LIMIT_MS);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await signIn(page, stack.url, stack.adminPassword());
    await addModel(page, stack.url);
    await correctPrice(page, stack.url, api);
    await setTerms(page, stack.url, { api, id });
    await saveView(page, stack.url);
    await trace(page, stack.url, id);
    await findWithPalette(page, id);
    assert.deepEqual(errors, []);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

async function signIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(`${url}/models`);
  await page.getByTestId('login-user').fill('admin');
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.waitForURL('**/models');
}

/** Added, measured against the machines, and taken out again. */
async function addModel(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/models?show=served`);
  await page.getByTestId('served-Qwen/Qwen3-8B').waitFor();
  await page.goto(`${url}/models`);
  await page.getByTestId('model-add').click();
  await page.getByTestId('model-hf-id').fill('acme/tiny-llama');
  await page.getByTestId('model-config').fill('{"model_type":');
  assert.equal(await page.getByTestId('model-save').isDisabled(), true, 'half a file is not sent');
  await page.getByTestId('model-config').fill(JSON.stringify(CONFIG));
  await page.getByTestId('model-read').waitFor();
  await assertAccessible(page);
  await page.getByTestId('model-save').click();
  await page.getByTestId('model-fit-acme/tiny-llama').click();
  await page.getByTestId('fit-dialog').getByTestId('fit-fits').first().waitFor();
  await page.keyboard.press('Escape');
  const card = page.getByTestId('model-acme/tiny-llama');
  await card.locator('button').last().click();
  await page.getByTestId('delete-model-confirm').click();
  await card.waitFor({ state: 'detached' });
  await assertAccessible(page);
}

async function correctPrice(page: Page, url: string, api: ApiClient): Promise<void> {
  await page.goto(`${url}/machines`);
  await page.getByTestId('machine-edit-MOCK-L4-1').click();
  const field = page.getByTestId('price-mock-a');
  await field.fill('cheap');
  await field.press('Enter');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  await field.fill('0.4321');
  await field.press('Enter');
  await page.getByTestId('machine-MOCK-L4-1').getByText('0.4321').first().waitFor();
  await assertAccessible(page);
  const offers = await api.json<{ data: { zone: string; price_micros_per_hour: number }[] }>(
    'GET',
    '/api/v1/catalogue/offers?provider=mock&zone=mock-a',
  );
  assert(offers.data.some((offer) => offer.price_micros_per_hour === 432_100));
}

async function setTerms(
  page: Page,
  url: string,
  { api, id }: { readonly api: ApiClient; readonly id: string },
): Promise<void> {
  await page.goto(`${url}/workers`);
  await page.getByTestId(`terms-${id}`).click();
  await page.getByTestId('terms-add-window').click();
  await page.getByTestId('terms-requests').fill('1234');
  await assertAccessible(page);
  await page.getByTestId('terms-save').click();
  await page.getByTestId('terms-dialog').waitFor({ state: 'detached' });
  const terms = await api.json<MachineTermsView>('GET', `/api/v1/instances/${id}/terms`);
  assert.equal(terms.requests_per_day, 1_234);
  assert.deepEqual(terms.windows, [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00' }]);
}

/** A filter is in the address; under a name it comes back from anywhere. */
async function saveView(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/instances`);
  await page.getByTestId('filter-state').selectOption('ready');
  await page.waitForURL('**state=ready**');
  await page.getByTestId('views-open').click();
  await page.getByTestId('view-name').fill('what serves');
  await page.getByTestId('view-save').click();
  await page.goto(`${url}/instances`);
  await page.getByTestId('views-open').click();
  await page.getByTestId('view-what serves').click();
  await page.waitForURL('**state=ready**');
  await assertAccessible(page);
}

async function trace(page: Page, url: string, id: string): Promise<void> {
  await page.goto(`${url}/instances/${id}`);
  await page.locator('a[href*="/trace/"]').first().click();
  await page.waitForURL('**/trace/**');
  await page.getByTestId('trace-audit').first().waitFor();
  await page.getByTestId('trace-action').first().waitFor();
  await assertAccessible(page);
}

async function findWithPalette(page: Page, id: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-input').fill('operations');
  await page.getByTestId(`palette-instance ${id}`).waitFor();
  await assertAccessible(page);
  while (
    (await page.locator('[role=option][aria-selected=true]').getAttribute('data-testid')) !==
    `palette-instance ${id}`
  )
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/instances/${id}`);
}
