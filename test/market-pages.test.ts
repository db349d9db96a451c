/**
 * Two organisations side by side in a real browser: one offers a model, the other asks for it, is let in, and uses it
 * through the gateway; each sees what the other does without reloading, and both bills agree to the micro-euro. What a
 * role may not do is not offered.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { readConfig } from '#config/config.ts';
import type { SessionView } from '#contracts/management.ts';
import type { OfferingView } from '#contracts/offerings.ts';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { createUser } from '#identity/testing.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { type Stack, startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 120_000;
const MODEL = 'Qwen/Qwen3-8B';
const PASSWORD = 'a long password';
const FUNDS_EUROS = '50';
const FUNDS_MICROS = 50_000_000;
const REQUESTS = 3;

/** An organisation: its owner's api, and a page where that owner is signed in. */
interface Side {
  readonly api: ApiClient;
  readonly slug: string;
  readonly page: Page;
}

test('a model is offered, asked for, used and paid for, and both sides see the same', {
  timeout: 900_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack();
  await addPeople(stack);
  const browser = await launchBrowser(chromium);
  const problems: string[] = [];
  try {
    const provider = await openSide(browser, stack, ['admin', stack.adminPassword()], problems);
    const consumer = await openSide(browser, stack, ['guest', PASSWORD], problems);
    const deployed = await provider.api.deployMock('market', 1, MODEL);
    await provider.api.waitForState(deployed.instances[0]?.id ?? '', 'ready', LIMIT_MS);

    const offeringUrl = await offer(provider, stack.url);
    await ask(consumer, stack.url, `${provider.slug}/chat`);
    await letIn(provider, stack.url);
    await seeCode(consumer, `${provider.slug}/chat`);
    await pay(provider, consumer, stack.url);
    await use(stack, consumer, `${provider.slug}/chat`);
    await agree(provider, consumer, offeringUrl);
    await onPhoneInFrench(provider, stack.url, offeringUrl);
    await endIt(provider, consumer, { stack, offeringUrl });
    await asOthers(browser, stack, problems);
    assert.deepEqual(problems, [], 'nothing is complained of');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

/** A guest with an organisation of their own, and two people of lesser roles, each in one of theirs. */
async function addPeople(stack: Stack): Promise<void> {
  const env = systemEnv(SILENT_LOG);
  const config = readConfig({ INVENTIV_DATA_DIR: stack.dataDir, PORT_OFFSET: String(stack.portOffset) });
  const url = databaseUrlFor(config, 'owner');
  const db = openDatabase(env, { url, applicationName: 'test', poolSize: 2 });
  try {
    await createUser(env, db, { username: 'guest', password: PASSWORD });
    const keeper = await createUser(env, db, { username: 'keeper', password: PASSWORD });
    for (const role of ['admin', 'user']) {
      const { userId, orgId } = await createUser(env, db, { username: `a-${role}`, password: PASSWORD });
      await db.query(
        `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'owner', app_now())`,
        [orgId, keeper.userId],
      );
      await db.query('update memberships set role = $2 where user_id = $1', [userId, role]);
    }
  } finally {
    await db.close();
  }
}

async function openSide(
  browser: Browser,
  stack: Stack,
  [login, password]: readonly [string, string],
  problems: string[],
): Promise<Side> {
  const api = new ApiClient(stack.url);
  const session: SessionView = await api.login(login, password);
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1_440, height: 900 } });
  const [name = '', value = ''] = api.cookie.split('=');
  await context.addCookies([{ name, value, url: stack.url }]);
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  // What the line in the console does not say.
  page.on('response', (response) => response.status() >= 400 && problems.push(response.url()));
  return { api, slug: session.organisation.slug, page };
}

/** From the empty list to a published offering with a price. Returns the address of its page. */
async function offer({ page, api }: Side, url: string): Promise<string> {
  const { data } = await api.json<{ data: { id: string; hf_id: string }[] }>(
    'GET',
    '/api/v1/models?limit=200',
  );
  const model = data.find(({ hf_id: hfId }) => hfId === MODEL);
  assert(model, 'the model is in the catalogue');
  await page.goto(`${url}/market/own`);
  await page.getByText('You offer nothing yet').waitFor();
  await assertAccessible(page);
  await page.getByTestId('offering-add').click();
  await page.getByTestId('offering-model').selectOption(model.id);
  await page.getByTestId('offering-code').fill('Not A Code');
  await page.getByTestId('offering-name').fill('Helpdesk chat');
  await page.getByTestId('offering-visibility').selectOption('public');
  await page.getByTestId('form-submit').click();
  await page.getByText('Lower-case letters, digits').waitFor();
  await assertAccessible(page);
  await page.getByTestId('offering-code').fill('chat');
  await page.getByTestId('form-submit').click();

  await page.waitForURL(/market\/offering\//);
  await page.getByTestId('offering-gaps').getByText('It is not published.').waitFor();
  await page.getByTestId('offering-price').click();
  await page.getByTestId('price-prompt').fill('0.012345');
  await page.getByTestId('price-cached').fill('0,001');
  await page.getByTestId('form-submit').click();
  await page.getByText('An amount in euros up to 1,000').waitFor();
  await page.getByTestId('price-completion').fill('0.067891');
  await assertAccessible(page);
  await page.getByTestId('form-submit').click();
  await page.getByTestId('price-dialog').waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: /€0\.012345 in/ }).waitFor();
  await page.getByTestId('offering-publish').click();
  await page.getByTestId('confirm').click();
  await page.getByTestId('offering-state').filter({ hasText: 'Published' }).waitFor();
  await page.getByTestId('offering-gaps').waitFor({ state: 'detached' });
  await assertAccessible(page);
  const offeringUrl = page.url();
  await page.goto(`${url}/market/requests`);
  await page.getByText('No requests').waitFor();
  return offeringUrl;
}

async function ask({ page }: Side, url: string, name: string): Promise<void> {
  await page.goto(`${url}/market`);
  const card = page.getByTestId(`offering-${name}`);
  await card.waitFor();
  await assertAccessible(page);
  await page.getByTestId('market-find').fill('nothing is called so');
  await card.waitFor({ state: 'detached' });
  await page.getByTestId('market-find').fill('helpdesk');
  await card.getByRole('link', { name: 'Helpdesk chat' }).click();
  await page.getByTestId('offering-get').click();
  await page.getByTestId('request-note').fill('For our helpdesk.');
  await assertAccessible(page);
  await page.getByTestId('form-submit').click();
  await page.getByTestId('standing-request').filter({ hasText: 'Waits for an answer' }).waitFor();
}

/** The request has come to the open page by itself. */
async function letIn({ page, slug }: Side, url: string): Promise<void> {
  const row = page.getByTestId(`request-${slug}/chat`);
  await row.getByText('For our helpdesk.').waitFor();
  await assertAccessible(page);
  await row.getByTestId('request-approve').click();
  await page.getByTestId('approve-dialog').getByText('€0.012345 in').waitFor();
  await assertAccessible(page);
  await page.getByTestId('form-submit').click();
  await row.getByText('Approved').waitFor();
  await page.goto(`${url}/market/contracts`);
  await page.getByTestId(`contract-${slug}/chat`).getByText('Active').waitFor();
  await page.getByRole('button', { name: /^Terms with/ }).click();
  await page.getByTestId('contract-history').getByText('€0.012345 in').waitFor();
  await assertAccessible(page);
  await page.keyboard.press('Escape');
}

/** The page on which access was asked for shows that it is given. */
async function seeCode({ page }: Side, name: string): Promise<void> {
  await page.getByTestId('standing-state').filter({ hasText: 'Active' }).waitFor();
  await page.getByTestId('offering-code-open').click();
  await page
    .getByTestId('code-snippet')
    .filter({ hasText: `"model": "${name}"` })
    .waitFor();
  await page.keyboard.press('Escape');
}

async function pay({ page: admin }: Side, { page, slug }: Side, url: string): Promise<void> {
  await page.goto(`${url}/market/wallet`);
  await page.getByTestId('wallet-stopped').waitFor();
  await assertAccessible(page);
  assert.equal(await page.getByTestId('wallet-admin').count(), 0, 'only the platform books payments');
  await admin.goto(`${url}/platform/organisations`);
  await admin.getByTestId(`wallet-of-${slug}`).click();
  await admin.getByTestId('amount').fill('a lot');
  await admin.getByTestId('form-submit').click();
  await admin.getByText('An amount in euros').waitFor();
  await assertAccessible(admin);
  await admin.getByTestId('amount').fill(FUNDS_EUROS);
  await admin.getByTestId('form-submit').click();
  await page.getByTestId('wallet-stopped').waitFor({ state: 'detached' });
  await page.getByTestId('wallet-balance').locator(`[data-micros="${FUNDS_MICROS}"]`).waitFor();
  await page.getByTestId('wallet-entry-top_up').waitFor();
}

async function use({ gatewayUrl }: Stack, { api }: Side, model: string): Promise<void> {
  const key = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'helpdesk' });
  let answered = 0;
  for (const end = performance.now() + LIMIT_MS; answered < REQUESTS; ) {
    const status = await send(gatewayUrl, key.secret, model);
    if (status === 200) answered++;
    else assert(performance.now() < end, `the gateway answers ${status}`);
  }
}

async function send(gatewayUrl: string, secret: string, model: string): Promise<number> {
  const response = await fetch(`${gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Lakes?' }], max_tokens: 16 }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  await response.text();
  return response.status;
}

/** What one pays is what the other gets; both read it on their own page. */
async function agree({ page: owner }: Side, { page, api }: Side, offeringUrl: string): Promise<void> {
  const until = performance.now() + LIMIT_MS;
  for (;;) {
    const { consumed } = await api.json<{ consumed: { requests: number } }>(
      'GET',
      '/api/v1/costs/charge-back',
    );
    if (consumed.requests === REQUESTS) break;
    assert(performance.now() < until, `${consumed.requests} requests are on the bill`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { consumed } = await api.json<{ consumed: { total_micros: number } }>(
    'GET',
    '/api/v1/costs/charge-back',
  );
  const total = consumed.total_micros;
  assert.ok(total > 0);
  await page.getByTestId('wallet-consumed').locator(`[data-micros="${total}"]`).waitFor();
  await page
    .getByTestId('wallet-balance')
    .locator(`[data-micros="${FUNDS_MICROS - total}"]`)
    .waitFor();
  await assertAccessible(page);
  await owner.goto(offeringUrl);
  await owner.getByTestId('offering-income').locator(`[data-micros="${total}"]`).waitFor();
  await assertAccessible(owner);
  const [file] = await Promise.all([
    owner.waitForEvent('download'),
    owner.getByTestId('export-csv').first().click(),
  ]);
  assert.match(file.suggestedFilename(), /^income-.*\.csv$/);
}

async function onPhoneInFrench({ page, slug }: Side, url: string, offeringUrl: string): Promise<void> {
  const context = page.context();
  const phone = await context.newPage();
  phone.setDefaultTimeout(LIMIT_MS);
  await phone.addInitScript(
    `localStorage.setItem('inventiv.language', 'fr'); localStorage.setItem('inventiv.theme', 'dark');`,
  );
  await phone.setViewportSize({ width: 390, height: 844 });
  const paths = ['', '/use', '/own', '/requests', '/contracts', '/wallet'];
  for (const address of [...paths.map((path) => `${url}/market${path}`), offeringUrl]) {
    await phone.goto(address);
    await phone.locator('html[lang="fr"] h1').waitFor();
    await phone.locator('[aria-label="Chargement"]').first().waitFor({ state: 'detached' });
    await assertAccessible(phone);
    const overflow = await phone.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(overflow, 0, `${address} fits the phone`);
  }
  await phone.goto(`${url}/market/own`);
  await phone.getByTestId(`own-offering-${slug}/chat`).getByText('Publiée').waitFor();
  await phone.evaluate(
    `localStorage.setItem('inventiv.language', 'en'); localStorage.setItem('inventiv.theme', 'light');`,
  );
  await phone.close();
}

/** To withdraw says whom it hits; ending it from the other side stops it for good, and stays written. */
async function endIt(
  { page: owner, slug }: Side,
  { page, api }: Side,
  { stack, offeringUrl }: { stack: Stack; offeringUrl: string },
): Promise<void> {
  await owner.goto(offeringUrl);
  await owner.getByTestId('offering-withdraw').click();
  await owner.getByTestId('withdraw-dialog').getByText('1 organisation uses it').waitFor();
  await assertAccessible(owner);
  await owner.keyboard.press('Escape');
  await page.goto(`${stack.url}/market/use`);
  const row = page.getByTestId(`use-${slug}/chat`);
  await row.getByText('By contract').waitFor();
  await assertAccessible(page);
  await row.getByRole('button', { name: /^Stop/ }).click();
  await page.getByTestId('end-use').getByText('stays on both bills').waitFor();
  await page.getByTestId('confirm').click();
  await row.waitFor({ state: 'detached' });
  await page.getByText('Ended', { exact: true }).click();
  await row.waitFor();
  await owner.getByText('Nobody uses it now').waitFor();
  const key = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'after' });
  for (const end = performance.now() + LIMIT_MS; ; ) {
    const status = await send(stack.gatewayUrl, key.secret, `${slug}/chat`);
    if (status === 403) return;
    assert(performance.now() < end, `the gateway still answers ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function asOthers(browser: Browser, stack: Stack, problems: string[]): Promise<void> {
  const user = await openSide(browser, stack, ['a-user', PASSWORD], problems);
  await user.page.goto(`${stack.url}/market`);
  await user.page.getByRole('link', { name: 'Helpdesk chat' }).click();
  await user.page.getByTestId('standing').getByText('Owners and managers take up').waitFor();
  assert.equal(await user.page.getByTestId('offering-get').count(), 0, 'a user asks for nothing');
  const tabs = user.page.getByRole('navigation', { name: 'Market' }).getByRole('link');
  assert.deepEqual(await tabs.allInnerTexts(), ['Discover', 'We use', 'We offer']);
  await assertAccessible(user.page);

  const admin = await openSide(browser, stack, ['a-admin', PASSWORD], problems);
  const wanted = { code: 'draft', model_id: MODEL, name: 'Draft', access: 'per_token' };
  const { id } = await admin.api.json<OfferingView>('POST', '/api/v1/offerings', wanted);
  await admin.page.goto(`${stack.url}/market/offering/${id}`);
  await admin.page.getByTestId('activation-notice').getByText('Economic').waitFor();
  await admin.page.getByText('Owners and managers set prices.').waitFor();
  assert.equal(await admin.page.getByTestId('offering-price').count(), 0, 'an administrator sets no price');
  assert.equal(await admin.page.getByTestId('offering-publish').count(), 1, 'but publishes');
  await assertAccessible(admin.page);
}
