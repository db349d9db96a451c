/**
 * People in a browser, on a whole stack: an invitation is mailed, opened and accepted by somebody without an account,
 * who turns the second factor on and signs in with it; what their role may not do is not offered.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { assertAccessible } from './accessibility.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 120_000;
const PASSWORD = 'three blind little mice';
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PERIOD_MS = 30_000;
const ADMIN_PAGES = [
  '/organisation',
  '/organisation/members',
  '/organisation/projects',
  '/organisation/activation',
  '/organisation/providers',
  '/organisation/webhooks',
  '/organisation/settings',
  '/organisation/audit',
  '/account',
  '/platform',
  '/platform/users',
  '/platform/organisations',
  '/platform/settings',
  '/platform/audit',
];

test('somebody is invited, joins, and signs in with a second factor', {
  timeout: 600_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack();
  const browser = await launchBrowser(chromium);
  const problems: string[] = [];
  try {
    const admin = await newPage(browser, problems);
    await signIn(admin, stack.url, 'admin', stack.adminPassword());
    await invite(admin, stack.url, 'ada@example.test');
    const token = await mailedToken(join(stack.dataDir, 'mail'));

    const ada = await newPage(browser, problems);
    await acceptInvitation(ada, `${stack.url}/invitation#token=${token}`);
    assert.match(await ada.getByTestId('workspace-switcher').innerText(), /Main/);
    await ada.goto(`${stack.url}/organisation/members`);
    await ada.getByRole('cell', { name: 'ada' }).first().waitFor();
    assert.equal(await ada.getByTestId('invite').count(), 0, 'a plain user invites nobody');
    await ada.goto(`${stack.url}/platform/users`);
    await ada.getByText('For platform administrators').waitFor();

    const secret = await turnCodesOn(ada, stack.url);
    await ada.getByTestId('user-menu').click();
    await ada.getByTestId('sign-out').click();
    await ada.getByTestId('login-user').fill('ada');
    await ada.getByTestId('login-password').fill(PASSWORD);
    await ada.getByTestId('login-submit').click();
    await ada.getByTestId('login-code').waitFor();
    await assertAccessible(ada);
    await ada.getByTestId('login-code').fill('000000');
    await ada.getByTestId('login-code-submit').click();
    await ada.getByRole('alert').first().waitFor();
    await ada.getByTestId('login-code').fill(await freshCode(secret));
    await ada.getByTestId('login-code-submit').click();
    await ada.getByTestId('user-menu').waitFor();

    for (const path of ADMIN_PAGES) {
      await admin.goto(`${stack.url}${path}`);
      await admin.getByRole('heading', { level: 1 }).waitFor();
      await admin.locator('[aria-label="Loading"]').first().waitFor({ state: 'detached' });
      await assertAccessible(admin);
    }
    await followLinks(ada, stack.url);
    await comeBackSignedIn(admin, stack.url, stack.adminPassword());
    assert.deepEqual(problems, [], 'no error in the console');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

const slugIn = (page: Page) => /^\/o\/([^/]+)/.exec(new URL(page.url()).pathname)?.[1] ?? '';

/** An address names its organisation: it opens there, and says so to who is no member. */
async function followLinks(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/keys`);
  await page.waitForURL('**/o/*/keys');
  const [team, name] = [slugIn(page), await page.getByTestId('workspace-switcher').innerText()];
  await page.getByTestId('workspace-switcher').click();
  await page.getByTestId('workspace-personal').click();
  await page.waitForURL((to) => /^\/o\/(?!$)/.test(to.pathname) && !to.pathname.startsWith(`/o/${team}`));
  const own = slugIn(page);
  await page.goto(`${url}/o/${team}/keys?q=nothing`);
  await page
    .getByTestId('workspace-switcher')
    .filter({ hasText: name.trim().split('\n')[0] ?? '' })
    .waitFor();
  assert.equal(new URL(page.url()).pathname, `/o/${team}/keys`);
  await page.goto(`${url}/o/${own}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(slugIn(page), own);
  await page.goto(`${url}/o/nobodys/keys`);
  await page.getByText('There is no organisation “nobodys” that you are a member of.').waitFor();
  await assertAccessible(page);
}

async function comeBackSignedIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(`${url}/instances?show=all`);
  await page.waitForURL('**/o/*/instances?show=all');
  const wanted = page.url();
  await page.getByTestId('user-menu').click();
  await page.getByTestId('sign-out').click();
  await page.getByTestId('login-user').waitFor();
  await page.goto(wanted);
  await page.getByTestId('login-user').fill('admin');
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.waitForURL(wanted);
  await page.getByTestId('user-menu').waitFor();
}

async function newPage(browser: Browser, problems: string[]): Promise<Page> {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // The browser itself notes refused requests: asking for a session that is not there is one.
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) problems.push(message.text());
  });
  return page;
}

async function signIn(page: Page, url: string, login: string, password: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByTestId('login-user').fill(login);
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.getByTestId('user-menu').waitFor();
}

async function invite(page: Page, url: string, email: string): Promise<void> {
  await page.goto(`${url}/organisation/members`);
  await page.getByTestId('invite').click();
  await page.getByTestId('invite-email').fill(email);
  await page.getByTestId('form-submit').click();
  await page.getByRole('cell', { name: email }).first().waitFor();
}

async function acceptInvitation(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByTestId('join-form').waitFor();
  assert.doesNotMatch(page.url(), /token/, 'the token is in no address any more');
  await assertAccessible(page);
  await page.getByTestId('join-username').fill('ada');
  await page.getByTestId('new-password').fill(PASSWORD);
  await page.getByTestId('new-password-again').fill('something else entirely');
  await page.getByTestId('join-submit').click();
  await page.getByText('This is not the same as above.').waitFor();
  await page.getByTestId('new-password-again').fill(PASSWORD);
  await page.getByTestId('join-submit').click();
  await page.getByTestId('user-menu').waitFor();
}

async function turnCodesOn(page: Page, url: string): Promise<string> {
  await page.goto(`${url}/account`);
  await page.getByTestId('totp-set-up').click();
  await page.getByRole('dialog').getByTestId('present-password').fill(PASSWORD);
  await page.getByTestId('form-submit').click();
  const secret = (await page.getByTestId('totp-secret').innerText()).trim();
  await assertAccessible(page);
  await page.getByTestId('totp-code').fill(await freshCode(secret));
  await page.getByTestId('form-submit').click();
  await page.getByTestId('recovery-codes').waitFor();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('On', { exact: true }).waitFor();
  return secret;
}

const usedPeriods = new Set<number>();

/** The code of a period that was not used yet, as a person waits for the next one. */
async function freshCode(secret: string): Promise<string> {
  for (;;) {
    const period = Math.floor(Date.now() / PERIOD_MS);
    if (!usedPeriods.has(period)) {
      usedPeriods.add(period);
      return codeOf(secret, period);
    }
    await sleep(500);
  }
}

function codeOf(secret: string, period: number): string {
  const bits = [...secret].map((sign) => BASE_32.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(period));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function mailedToken(folder: string): Promise<string> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : [];
    for (const name of names) {
      const plain = readFileSync(join(folder, name), 'utf8')
        .replaceAll(/=\r?\n/g, '')
        .replaceAll('=3D', '=');
      const token = /\/invitation#token=(\w+)/.exec(plain)?.[1];
      if (token !== undefined) return token;
    }
    assert(performance.now() < deadline, 'the invitation was mailed');
    await sleep(100);
  }
}
