import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { renderInstallScript } from './install-script.ts';
import {
  bed,
  installBed,
  installed,
  type Outcome,
  order,
  outcomeOf,
  pretend,
  run,
  runLeft,
} from './testing/install-bed.ts';

describe('the disk of the model cache', { timeout: 170_000 }, () => {
  installBed();
  const DISKS =
    '/dev/vda disk 0 150000000000\\n/dev/nvme0n1 disk 0 1600000000000\\n/dev/vdb disk 0 200000000000';
  const machine = (changes: Record<string, string> = {}) =>
    pretend({
      mountpoint: 'exit 1',
      blkid: 'exit 2',
      'mkfs.ext4': 'exit 0',
      mount: 'exit 0',
      getent: 'exit 2',
      wipefs: 'exit 0',
      lsblk: `case "$*" in *SIZE*) printf '${DISKS}\\n' ;; *MOUNTPOINT*) echo ;; *vda*) printf 'vda\\nvda1\\n' ;; *) echo one ;; esac`,
      ...changes,
    });

  beforeEach(async () => {
    assert.equal((await run(renderInstallScript(order()))).code, 0);
  });

  it('is the largest that is empty, formatted once and mounted', () => {
    assert.deepEqual(runLeft('mount-cache', machine()), [
      'mkfs.ext4 -q -m 0 -L inventiv-cache /dev/nvme0n1',
      `mount /dev/nvme0n1 ${installed('var/lib/inventiv/models')}`,
    ]);
  });

  it('is the one that carries the label, as it is: its models come from an earlier machine', () => {
    const told = runLeft('mount-cache', machine({ blkid: 'echo /dev/vdb' }));
    assert.deepEqual(told, [`mount /dev/vdb ${installed('var/lib/inventiv/models')}`]);
  });

  it('is never one that holds anything, is mounted, or cannot be read', () => {
    for (const changes of [
      { wipefs: 'echo ext4' },
      { wipefs: 'exit 1' },
      {
        lsblk: `case "$*" in *SIZE*) printf '${DISKS}\\n' ;; *MOUNTPOINT*) echo /data ;; *) echo one ;; esac`,
      },
      { lsblk: `case "$*" in *SIZE*) printf '${DISKS}\\n' ;; *) printf 'a\\na1\\n' ;; esac` },
      { lsblk: 'echo /dev/vdb disk 1 200000000000' },
      { lsblk: 'exit 1' },
      { mountpoint: 'exit 0' },
    ]) {
      assert.deepEqual(runLeft('mount-cache', machine(changes)), [], JSON.stringify(changes));
    }
    assert.ok(fs.statSync(installed('var/lib/inventiv/models')).isDirectory(), 'the root holds it then');
  });

  it("is left alone on an owner's machine", async () => {
    fs.rmSync(installed('opt'), { recursive: true, force: true });
    assert.equal((await run(renderInstallScript(order({ mayPowerOff: false })))).code, 0);
    assert.ok(!fs.existsSync(installed('opt/inventiv/mount-cache')));
    assert.ok(!fs.existsSync(installed('opt/inventiv/run-user-data')));
  });
});

describe('user data that the provider holds', { timeout: 170_000 }, () => {
  installBed();
  let held = '';
  let provider: http.Server;
  let url = '';

  before(async () => {
    provider = http.createServer((_request, response) => response.end(held));
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/user_data/cloud-init`;
  });
  after(() => {
    provider.closeAllConnections();
    provider.close();
  });

  function boot(): Promise<Outcome> {
    const child = spawn(installed('opt/inventiv/run-user-data'), {
      env: { ...process.env, INVENTIV_USER_DATA_URL: url },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return outcomeOf(child);
  }
  const ran = () => (fs.existsSync(installed('ran')) ? fs.readFileSync(installed('ran'), 'utf8') : '');

  it('is run by the next boot when it is new, once, and again only when it failed', async () => {
    const script = renderInstallScript(order());
    assert.equal((await run(script)).code, 0);
    held = script;
    bed.requests = [];
    assert.equal((await boot()).code, 0);
    assert.deepEqual(bed.requests, [], 'it is what was run to install');
    held = `#!/bin/sh\necho once >>'${installed('ran')}'\n`;
    assert.equal((await boot()).code, 0);
    assert.equal((await boot()).code, 0);
    assert.equal(ran(), 'once\n');
    held = `#!/bin/sh\necho failing >>'${installed('ran')}'\nexit 1\n`;
    assert.equal((await boot()).code, 1);
    assert.equal((await boot()).code, 1);
    assert.equal(ran(), 'once\nfailing\nfailing\n');
    held = '#cloud-config\nruncmd: [x]\n';
    assert.equal((await boot()).code, 0, 'what is no script is not for us');
    assert.ok(!fs.readdirSync(installed('opt/inventiv')).includes('user-data.new'));
  });
});
