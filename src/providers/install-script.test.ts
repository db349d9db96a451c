import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { installLogRequestSchema } from '#contracts/logs.ts';
import { Secret } from '#kernel/secret.ts';
import { renderInstallScript } from './install-script.ts';
import {
  bed,
  closeConnections,
  installBed,
  installed,
  order,
  run,
  sha256,
  start,
  TOKEN,
  WORKER,
} from './testing/install-bed.ts';

describe('the install script', { timeout: 170_000 }, () => {
  installBed();
  it('installs an agent that can be executed, with a configuration only its owner reads', async () => {
    const outcome = await run(renderInstallScript(order()));
    assert.deepEqual(outcome, { code: 0, stderr: '' });
    const config = installed('etc/inventiv/worker.json');
    assert.equal(fs.statSync(config).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(fs.readFileSync(config, 'utf8')), {
      control_url: 'http://127.0.0.1:8003',
      instance_id: 'inst_1',
      bootstrap_token: TOKEN,
      agent_port: 8080,
      data_port: 8000,
      engine_port: 8001,
      listen_address: '127.4.5.6',
      engine_host: '127.4.5.6',
      state_dir: installed('var/lib/inventiv'),
      log_dir: installed('var/log/inventiv'),
    });
    const said = execFileSync(installed('etc/inventiv/run'), { encoding: 'utf8', timeout: 10_000 });
    assert.equal(said, `the agent ran with --config ${config}\n`);
    const log = fs.readFileSync(installed('var/log/inventiv/install.log'), 'utf8');
    assert.match(log, /worker.mjs installed[\s\S]*configuration written[\s\S]*done/);
    assert.ok(!log.includes('inv_boot'), 'no token in the log');
  });

  it('downloads nothing and changes nothing when run again', async () => {
    const script = renderInstallScript(order());
    await run(script);
    const before = fs.readFileSync(installed('etc/inventiv/worker.json'), 'utf8');
    assert.equal((await run(script)).code, 0);
    assert.deepEqual(bed.requests, ['/worker.mjs']);
    assert.equal(fs.readFileSync(installed('etc/inventiv/worker.json'), 'utf8'), before);
  });

  it('keeps the previous agent when a new one comes', async () => {
    await run(renderInstallScript(order()));
    fs.writeFileSync(installed('opt/inventiv/worker.mjs'), 'an older agent');
    assert.equal((await run(renderInstallScript(order()))).code, 0);
    assert.equal(fs.readFileSync(installed('opt/inventiv/worker.mjs'), 'utf8'), WORKER);
    assert.equal(fs.readFileSync(installed('opt/inventiv/worker.mjs.previous'), 'utf8'), 'an older agent');
  });

  it('starts the agent that an order put in place, as long as it is whole and this is the last order', async () => {
    await run(renderInstallScript(order()));
    const ordered = "console.log('the ordered agent ran');\n";
    const folder = installed('var/lib/inventiv/agent');
    const bundle = path.join(folder, `${sha256(ordered)}.mjs`);
    const start = () => execFileSync(installed('etc/inventiv/run'), { encoding: 'utf8', timeout: 10_000 });
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'current'), `${sha256(ordered)}\n`);
    assert.match(start(), /^the agent ran with/, 'the bundle is not there yet');
    fs.writeFileSync(bundle, ordered.slice(0, 10));
    assert.match(start(), /^the agent ran with/, 'half a bundle is none');
    fs.writeFileSync(bundle, ordered);
    assert.equal(start(), 'the ordered agent ran\n');
    await run(renderInstallScript(order()));
    assert.equal(start(), 'the ordered agent ran\n', 'the same script at the next boot changes nothing');
    await run(renderInstallScript(order({ bootstrapToken: new Secret('another') })));
    assert.match(start(), /^the agent ran with/, 'a new installation outdates the order');
  });

  it('stops before anything can be executed when a checksum is wrong', async () => {
    const outcome = await run(renderInstallScript(order({ workerSha256: 'a'.repeat(64) })));
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /worker.mjs has a wrong checksum and was not used/);
    assert.deepEqual(fs.readdirSync(installed('opt/inventiv')), []);
    assert.ok(!fs.existsSync(installed('etc/inventiv/run')));
  });

  it('says which file it could not download', async () => {
    const outcome = await run(renderInstallScript(order({ workerUrl: `${bed.base}/absent` })));
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /cannot download worker.mjs/);
  });

  it('tells the control plane how far it came and why it failed, with what its commands said', async () => {
    const failing = order({ controlUrl: bed.base, nodeUrl: `${bed.base}/absent` });
    const outcome = await run(renderInstallScript(failing), { INVENTIV_NODE: '' });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /cannot download node/, 'a person at the console reads it too');
    const bodies = bed.told.map((text) => {
      const [path, body = ''] = text.split(/ (.*)/s);
      assert.equal(path, '/internal/worker/install-log');
      return installLogRequestSchema.parse(JSON.parse(body));
    });
    const final = bodies.at(-1);
    assert.equal(final?.bootstrap_token, TOKEN);
    assert.equal(final?.instance_id, 'inst_1');
    const lines = final?.lines.map((line) => line.slice('2026-11-21T10:00:00Z '.length)) ?? [];
    assert.match(lines[0] ?? '', /^begin, worker /);
    assert.deepEqual(lines.slice(1, 3), ['worker.mjs installed', 'failed: cannot download node']);
    assert.match(lines[3] ?? '', /^stderr: .*404/);
    assert.equal(bodies.length, 3, 'at the beginning, with the agent in place, at the end');
    const left = fs.readdirSync(installed('var/lib/inventiv')).filter((name) => name !== 'install.lock');
    assert.deepEqual(left, [], 'nothing with the token in it is left');
    const again = await run(
      renderInstallScript(order({ controlUrl: bed.base, workerSha256: 'a"\\b'.repeat(3) })),
    );
    assert.equal(again.code, 1);
    const last = JSON.parse(bed.told.at(-1)?.split(/ (.*)/s)[1] ?? '').lines as string[];
    assert.match(last[0] ?? '', /begin, worker a"\\b/, 'only the lines of this run, whatever is in them');
  });

  it('goes on without a control plane, and asks one that refuses no second time', async () => {
    bed.toldStatus = 401;
    assert.equal((await run(renderInstallScript(order({ controlUrl: bed.base })))).code, 0);
    assert.equal(bed.told.length, 1);
  });

  it('heals after it was killed in the middle of a download', async () => {
    bed.stallDownloads = true;
    const child = start(renderInstallScript(order()));
    const folder = installed('opt/inventiv');
    while (!fs.existsSync(folder) || fs.readdirSync(folder).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill('SIGKILL');
    bed.stallDownloads = false;
    assert.equal((await run(renderInstallScript(order()))).code, 0);
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.includes('worker')),
      ['worker.mjs'],
    );
    assert.ok(!fs.readdirSync(folder).some((name) => name.includes('.new.')));
    closeConnections();
  });

  it('lets two runs at the same time both succeed, with one download', async () => {
    const script = renderInstallScript(order());
    const outcomes = await Promise.all([run(script), run(script)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.code),
      [0, 0],
    );
    assert.deepEqual(bed.requests, ['/worker.mjs']);
  });

  it('brings its own Node where none is given', async () => {
    assert.equal((await run(renderInstallScript(order()), { INVENTIV_NODE: '' })).code, 0);
    const said = execFileSync(installed('etc/inventiv/run'), { encoding: 'utf8', timeout: 10_000 });
    assert.match(said, /^pretended node .*worker.mjs --config /);
  });

  it('does without curl, without flock, and at last without wget', async () => {
    const tools = 'date mkdir chmod rm mv ln cat sha256sum sleep sh wc tail cut tr sed'.split(' ');
    for (const [extra, name] of [
      [['wget'], 'wget'],
      [[], 'node'],
    ] as const) {
      const bin = installed(`bin-${name}`);
      fs.mkdirSync(bin);
      for (const tool of [...tools, ...extra]) {
        const found = (process.env['PATH'] ?? '')
          .split(':')
          .find((dir) => fs.existsSync(path.join(dir, tool)));
        if (found) fs.symlinkSync(path.join(found, tool), path.join(bin, tool));
      }
      if (name === 'wget' && !fs.existsSync(path.join(bin, 'wget'))) continue;
      fs.rmSync(installed('opt'), { recursive: true, force: true });
      bed.told = [];
      const script = renderInstallScript(order({ controlUrl: bed.base }));
      assert.deepEqual(await run(script, { PATH: bin }), { code: 0, stderr: '' });
      assert.equal(bed.told.length, 2, `the log is sent with ${name}`);
      assert.ok(!fs.existsSync(installed('var/lib/inventiv/install.lock.d')), 'the lock is gone');
    }
  });

  it('takes over the lock of a killed run where there is no flock', async () => {
    const bin = installed('bin');
    fs.mkdirSync(bin);
    for (const tool of 'date mkdir chmod rm mv ln cat sha256sum sleep curl'.split(' ')) {
      const found = (process.env['PATH'] ?? '').split(':').find((dir) => fs.existsSync(path.join(dir, tool)));
      if (found) fs.symlinkSync(path.join(found, tool), path.join(bin, tool));
    }
    fs.mkdirSync(installed('var/lib/inventiv/install.lock.d'), { recursive: true });
    fs.writeFileSync(installed('var/lib/inventiv/install.lock.d/pid'), '4194304\n');
    assert.equal((await run(renderInstallScript(order()), { PATH: bin })).code, 0);
  });

  it('refuses a root that it could not write into a file safely', async () => {
    const outcome = await run(renderInstallScript(order()), { INVENTIV_MACHINE_ROOT: `${bed.root}/a"b` });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /INVENTIV_MACHINE_ROOT has characters/);
  });

  it('makes a user and a hardened unit on a real machine, and starts it', async () => {
    const bin = installed('bin');
    fs.mkdirSync(bin);
    const calls = installed('calls');
    for (const tool of ['useradd', 'systemctl', 'chown']) {
      fs.writeFileSync(path.join(bin, tool), `#!/bin/sh\necho "${tool} $*" >>'${calls}'\n`, { mode: 0o755 });
    }
    fs.writeFileSync(path.join(bin, 'getent'), '#!/bin/sh\n[ "$1 $2" = "group video" ]\n', { mode: 0o755 });
    fs.writeFileSync(path.join(bin, 'id'), '#!/bin/sh\necho 0\n', { mode: 0o755 });
    const outcome = await run(renderInstallScript(order()), {
      INVENTIV_SKIP_OS: '',
      PATH: `${bin}:${process.env['PATH']}`,
    });
    assert.deepEqual(outcome, { code: 0, stderr: '' });
    const unit = fs.readFileSync(installed('etc/systemd/system/inventiv-worker.service'), 'utf8');
    const log = fs.readFileSync(installed('var/log/inventiv/install.log'), 'utf8');
    assert.match(log, /warning: no GPU driver was found|check: /);
    assert.match(unit, /Restart=always/);
    assert.match(unit, /SupplementaryGroups= video\n/);
    assert.ok(unit.includes(`ExecStart="${installed('etc/inventiv/run')}"`));
    const said = fs.readFileSync(calls, 'utf8');
    assert.match(
      said,
      /^useradd --system[\s\S]*systemctl daemon-reload\n[\s\S]*systemctl restart inventiv-worker/,
    );
  });

  it('a rented machine can be switched off by its agent, which has no rights for that itself', async () => {
    const pretend = async (mayPowerOff: boolean) => {
      const bin = installed('bin');
      fs.mkdirSync(bin, { recursive: true });
      for (const tool of ['useradd', 'chown', 'getent']) {
        fs.writeFileSync(path.join(bin, tool), '#!/bin/sh\n', { mode: 0o755 });
      }
      const calls = `#!/bin/sh\necho "$*" >>'${installed('calls')}'\n`;
      fs.writeFileSync(path.join(bin, 'systemctl'), calls, { mode: 0o755 });
      fs.writeFileSync(path.join(bin, 'id'), '#!/bin/sh\necho 0\n', { mode: 0o755 });
      const environment = { INVENTIV_SKIP_OS: '', PATH: `${bin}:${process.env['PATH']}` };
      const outcome = await run(renderInstallScript(order({ mayPowerOff })), environment);
      assert.deepEqual(outcome, { code: 0, stderr: '' });
    };
    const unit = (name: string) => installed(`etc/systemd/system/inventiv-${name}`);
    await pretend(true);
    const wish = installed('var/lib/inventiv/power-off');
    const [, command = ''] =
      /^Environment="INVENTIV_POWER_OFF_COMMAND=(.*)"$/m.exec(
        fs.readFileSync(unit('worker.service'), 'utf8'),
      ) ?? [];
    execFileSync('/bin/sh', ['-c', command], { timeout: 10_000 });
    assert.ok(fs.existsSync(wish));
    assert.ok(fs.readFileSync(unit('power-off.path'), 'utf8').includes(`PathExists=${wish}\n`));
    const [, line = ''] =
      /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(fs.readFileSync(unit('power-off.service'), 'utf8')) ?? [];
    execFileSync('/bin/sh', ['-c', line], {
      timeout: 10_000,
      env: { PATH: `${installed('bin')}:${process.env['PATH']}` },
    });
    assert.ok(!fs.existsSync(wish), 'the next boot is not switched off again');
    const said = fs.readFileSync(installed('calls'), 'utf8');
    assert.match(said, /enable --now inventiv-power-off\.path\n[\s\S]*poweroff\n$/);
    await pretend(false);
    assert.ok(!fs.existsSync(unit('power-off.path')));
    assert.doesNotMatch(fs.readFileSync(unit('worker.service'), 'utf8'), /POWER_OFF/);
  });

  it('without systemd the agent inherits the command of its machine, unless the order forbids it', async () => {
    const seen = async (mayPowerOff: boolean): Promise<string> => {
      await run(renderInstallScript(order({ mayPowerOff })));
      fs.writeFileSync(
        installed('opt/inventiv/worker.mjs'),
        'console.log(process.env.INVENTIV_POWER_OFF_COMMAND)',
      );
      const environment = { PATH: process.env['PATH'] ?? '', INVENTIV_POWER_OFF_COMMAND: '/off' };
      return execFileSync(installed('etc/inventiv/run'), {
        encoding: 'utf8',
        env: environment,
        timeout: 10_000,
      });
    };
    assert.equal(await seen(true), '/off\n');
    assert.equal(await seen(false), 'undefined\n');
  });

  it('refuses to run without the rights it needs on a real machine', async () => {
    const bin = installed('bin');
    fs.mkdirSync(bin);
    fs.writeFileSync(path.join(bin, 'id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 });
    const outcome = await run(renderInstallScript(order()), {
      INVENTIV_SKIP_OS: '',
      PATH: `${bin}:${process.env['PATH']}`,
    });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /run this as root/);
  });
});
