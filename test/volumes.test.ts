/**
 * A kept volume as a person has it: kept in the dashboard, it outlives its machine, is chosen for the next one, and
 * outlives that too until it is deleted. The bell rings without being asked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { OwnVolume } from '#contracts/sweep.ts';
import { assertAccessible } from './accessibility.ts';
import { ApiClient } from './api-client.ts';
import { findChromium, launchBrowser } from './browser.ts';
import { assertBillsEqual, MockCloudClient } from './mock-cloud-client.ts';
import { startStack } from './stack.ts';

const chromium = findChromium();
const LIMIT_MS = 60_000;
const MODEL = 'Qwen/Qwen3-8B';

test('a kept volume is given to the next machine, and the bell rings by itself', {
  timeout: 300_000,
  skip: chromium || process.env['CI'] ? false : 'no Chromium on this machine',
}, async () => {
  assert(chromium, 'Chromium is missing');
  await using stack = await startStack({ env: { MOCK_PARTS: 'all' } });
  const api = new ApiClient(stack.url);
  await api.login('admin', stack.adminPassword());
  const cloud = new MockCloudClient(stack);
  const browser = await launchBrowser(chromium);
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    page.setDefaultTimeout(LIMIT_MS);
    await page.goto(`${stack.url}/instances`);
    await page.getByTestId('login-user').fill('admin');
    await page.getByTestId('login-password').fill(stack.adminPassword());
    await page.getByTestId('login-submit').click();
    await page.waitForURL('**/instances');

    const kept = await keepVolume(page, stack.url, api);
    const second = await deployWith(page, stack.url, api, kept);
    const volume = (await api.instance(second)).volumes.find(({ id }) => id === kept.id);
    assert.equal(volume?.is_given, true);
    assert.equal((await cloud.liveVolumes()).length, 2, 'a boot volume and the one that was given');
    await page.getByText('kept from an earlier machine').waitFor();
    await assertAccessible(page);
    await shoot(page, 'given-volume');
    await page.goto(`${stack.url}/costs`);
    await page.getByTestId(`kept-volume-${kept.id}`).getByText('Used by second').waitFor();
    await shoot(page, 'kept-volumes');
    await api.json('POST', `/api/v1/instances/${second}/terminate`);
    await api.waitForState(second, 'terminated', LIMIT_MS);
    assert.deepEqual(
      (await cloud.liveVolumes()).map(({ id }) => id),
      [kept.provider_ref.split('/').at(-1)],
    );
    await page.getByTestId(`kept-volume-${kept.id}`).getByTestId('delete-volume').click();
    await page.getByTestId('delete-volume-confirm').click();
    await untilTrue(async () => (await cloud.liveVolumes()).length === 0, 'the end of the volume');
    await assertBillsEqual(api, cloud, LIMIT_MS);
    await hearTheBell(page, api, cloud);
    await shoot(page, 'bell');
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  } finally {
    await browser.close();
  }
});

async function keepVolume(page: Page, url: string, api: ApiClient): Promise<OwnVolume> {
  const { instances } = await api.deployMock('first');
  const id = instances[0]?.id ?? '';
  const { volumes } = await api.waitForState(id, 'ready', LIMIT_MS);
  const data = volumes.find((volume) => !volume.is_boot);
  assert(data, 'the machine has a data volume');
  await page.goto(`${url}/instances/${id}`);
  await page.getByTestId(`keep-${data.id}`).check();
  await page.getByText('It stays and goes on costing until it is deleted.').waitFor();
  await untilTrue(async () => (await keptVolumes(api)).length === 1, 'the wish to keep it');
  await api.json('POST', `/api/v1/instances/${id}/terminate`);
  await api.waitForState(id, 'terminated', LIMIT_MS);
  const [kept] = await keptVolumes(api);
  assert(kept);
  return kept;
}

async function deployWith(page: Page, url: string, api: ApiClient, kept: OwnVolume): Promise<string> {
  await page.goto(`${url}/instances`);
  await page.getByTestId('deploy-open').first().click();
  await page.getByTestId(`deploy-model-option-${MODEL}`).click();
  const { instance_type: type, zone } = await api.instance(kept.instance_id);
  await page.getByTestId(`deploy-offer-${type}-${zone}`).click();
  await page.getByTestId('deploy-name').fill('second');
  await page.getByTestId('deploy-replicas').fill('2');
  assert.equal(
    await page.getByTestId(`deploy-volume-${kept.id}`).isDisabled(),
    true,
    'it goes to one machine',
  );
  await page.getByTestId('deploy-replicas').fill('1');
  await page.getByTestId(`deploy-volume-${kept.id}`).check();
  await assertAccessible(page);
  await shoot(page, 'deploy-volume');
  await page.getByTestId('deploy-submit').click();
  await page.waitForURL(/\/instances\/inst_/);
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await api.waitForState(id, 'ready', LIMIT_MS);
  return id;
}

/** Nothing on the page asks for alerts while the stream is there: what is seen was told. */
async function hearTheBell(page: Page, api: ApiClient, cloud: MockCloudClient): Promise<void> {
  await cloud.send('POST', '/v1/faults', { kind: 'quota', operation: 'server.create', count: 1_000 });
  const { instances } = await api.deployMock('refused');
  await api.waitForState(instances[0]?.id ?? '', 'provisioning_failed', LIMIT_MS);
  await page.getByTestId('alerts-menu').filter({ hasText: '1' }).waitFor();
}

async function keptVolumes(api: ApiClient): Promise<OwnVolume[]> {
  return (await api.json<{ data: OwnVolume[] }>('GET', '/api/v1/volumes?kept=true')).data;
}

async function untilTrue(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await isTrue())) {
    assert(performance.now() < deadline, `waited too long for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** For whoever wants to look: SCREENSHOTS names the folder. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
