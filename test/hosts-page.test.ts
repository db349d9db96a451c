/**
 * Own machines in a browser, on a whole stack: a command is made and run on a machine, which appears while the dialog
 * is open; another one is registered by SSH; what a role may not do is not offered.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { assertAccessible } from './accessibility.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 120_000;
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const run = promisify(execFile);

test('machines are added by command and by SSH, taken out of service and removed', {
  timeout: 600_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack({
    tunnels: true,
    env: { ENABLED_PROVIDERS: 'mock,bare-metal', PUBLIC_URL_CHECK: 'off' },
  });
  const root = mkdtempSync(join(tmpdir(), 'machine-'));
  const browser = await launchBrowser(chromium);
  const problems: string[] = [];
  try {
    const page = await newPage(browser, problems);
    await signIn(page, stack.url, stack.adminPassword());
    await page.goto(`${stack.url}/organisation/hosts`);
    await page.getByText('No machine yet').waitFor();
    await assertAccessible(page);
    await enrol(page, root);
    await registerBySsh(page);
    await assertAccessible(page);

    const cellar = cardOf(page, 'cellar-1');
    await cellar.getByTestId('host-service').click();
    await cellar.getByText('Out of service').waitFor();
    await cellar.getByTestId('host-service').click();
    await cellar.getByText('Free', { exact: true }).waitFor();

    const manager = await newPage(browser, problems, 'manager');
    await signIn(manager, stack.url, stack.adminPassword());
    await manager.goto(`${stack.url}/organisation/hosts`);
    await cardOf(manager, 'cellar-1').waitFor();
    for (const id of ['host-enrol', 'host-register', 'host-import', 'host-service', 'host-remove']) {
      assert.equal(await manager.getByTestId(id).count(), 0, `${id} is for owners and administrators`);
    }

    await cellar.getByTestId('host-remove').click();
    await page.getByTestId('remove-dialog').getByText('inventiv-host uninstall').waitFor();
    await page.getByTestId('confirm').click();
    await cellar.waitFor({ state: 'detached' });
    assert.deepEqual(problems, [], 'no error in the console');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
    rmSync(root, { recursive: true, force: true });
  }
});

function cardOf(page: Page, name: string) {
  return page.getByRole('region', { name });
}

/** As somebody in this role sees it; what the api would refuse is tested with its routes. */
async function newPage(browser: Browser, problems: string[], role?: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const isRefusal = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isRefusal) problems.push(message.text());
  });
  if (role !== undefined) {
    await page.route('**/api/v1/session', async (route) => {
      if (route.request().method() !== 'GET') return route.continue();
      const response = await route.fetch();
      if (!response.ok()) return route.fulfill({ response });
      const session = (await response.json()) as { organisation: object };
      const json = { ...session, organisation: { ...session.organisation, role } };
      return route.fulfill({ response, json });
    });
  }
  return page;
}

async function signIn(page: Page, url: string, password: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByTestId('login-user').fill('admin');
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.getByTestId('user-menu').waitFor();
}

async function enrol(page: Page, root: string): Promise<void> {
  await page.getByTestId('host-enrol').click();
  await page.getByTestId('enrol-name').fill('cellar-1');
  await page.getByTestId('form-submit').click();
  const command = (await page.getByTestId('enrol-command-text').innerText()).trim();
  await page.getByTestId('enrol-waiting').waitFor();
  await assertAccessible(page);
  await runOn(root, command);
  await page.getByTestId('enrol-arrived').getByText('cellar-1 is here').waitFor();
  await page.getByTestId('enrol-close').click();
  await cardOf(page, 'cellar-1').getByText('L40S').waitFor();
  assert.equal(await page.getByTestId('enrolments').count(), 0, 'nothing waits any more');
}

/** The very command that is shown, on a machine that is a folder and belongs to whoever runs the test. */
async function runOn(root: string, command: string): Promise<void> {
  const programs = join(root, 'programs');
  mkdirSync(programs);
  for (const [name, body] of [
    ['sudo', 'exec "$@"'],
    ['systemctl', ':'],
    ['nvidia-smi', 'echo "NVIDIA L40S, 46068, 550.54.15, 8.9"'],
  ] as const) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(programs, name), 0o755);
  }
  const env = { PATH: `${programs}:${PATH}`, INVENTIV_MACHINE_ROOT: root, INVENTIV_SKIP_OS: '1' };
  await run('sh', ['-c', command], { env });
}

async function registerBySsh(page: Page): Promise<void> {
  await page.getByTestId('host-register').click();
  await page.getByTestId('form-submit').click();
  await page.getByText('An IP address or a host name.', { exact: true }).waitFor();
  await assertAccessible(page);
  await page.getByTestId('register-name').fill('rack-1');
  await page.getByTestId('register-address').fill('rack-1.invalid');
  await page.getByTestId('form-submit').click();
  const rack = cardOf(page, 'rack-1');
  await rack.getByText('ssh-ed25519').waitFor();
  await rack.getByText('Key not confirmed').waitFor();
}
