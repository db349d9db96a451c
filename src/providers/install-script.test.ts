import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { installLogRequestSchema } from '#contracts/logs.ts';
import { Secret } from '#kernel/secret.ts';
import { type InstallOrder, renderInstallScript } from './install-script.ts';

const WORKER = "console.log('the agent ran with ' + process.argv.slice(2).join(' '));\n";
const NODE = '#!/bin/sh\necho pretended node "$@"\n';
const TOKEN = `inv_boot_'"$(touch /tmp/never)\`x\`\\`;

let server: http.Server;
let base = '';
let requests: string[] = [];
/** Bodies that came to the control plane. */
let told: string[] = [];
/** When set, a download sends half of the file and then waits. */
let stallDownloads = false;
let toldStatus = 204;
let root = '';

before(async () => {
  server = http.createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.once('end', () => {
        told.push(`${request.url} ${body}`);
        response.writeHead(toldStatus).end();
      });
      return undefined;
    }
    requests.push(request.url ?? '');
    const body = request.url === '/worker.mjs' ? WORKER : request.url === '/node' ? NODE : undefined;
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-length': Buffer.byteLength(body) });
    if (stallDownloads) return response.write(body.slice(0, 10));
    return response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'install test-'));
  requests = [];
  told = [];
  toldStatus = 204;
  stallDownloads = false;
});

afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function order(changes: Partial<InstallOrder> = {}): InstallOrder {
  return {
    controlUrl: 'http://127.0.0.1:8003',
    instanceId: 'inst_1',
    bootstrapToken: new Secret(TOKEN),
    workerUrl: `${base}/worker.mjs`,
    workerSha256: sha256(WORKER),
    nodeUrl: `${base}/node`,
    nodeSha256: sha256(NODE),
    mayPowerOff: true,
    ...changes,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Outcome {
  readonly code: number | null;
  readonly stderr: string;
}

function start(script: string, env: Record<string, string> = {}): ChildProcess {
  const file = path.join(root, 'user-data');
  fs.writeFileSync(file, script);
  return spawn('/bin/sh', [file], {
    env: {
      PATH: process.env['PATH'] ?? '',
      INVENTIV_MACHINE_ROOT: root,
      INVENTIV_SKIP_OS: '1',
      INVENTIV_NODE: process.execPath,
      INVENTIV_MACHINE_ADDRESS: '127.4.5.6',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stderr })));
}

function run(script: string, env: Record<string, string> = {}): Promise<Outcome> {
  return outcomeOf(start(script, env));
}

function installed(name: string): string {
  return path.join(root, name);
}

describe('the install script', { timeout: 60_000 }, () => {
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
    assert.deepEqual(requests, ['/worker.mjs']);
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
    const outcome = await run(renderInstallScript(order({ workerUrl: `${base}/absent` })));
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /cannot download worker.mjs/);
  });

  it('tells the control plane how far it came and why it failed, with what its commands said', async () => {
    const failing = order({ controlUrl: base, nodeUrl: `${base}/absent` });
    const outcome = await run(renderInstallScript(failing), { INVENTIV_NODE: '' });
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /cannot download node/, 'a person at the console reads it too');
    const bodies = told.map((text) => {
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
      renderInstallScript(order({ controlUrl: base, workerSha256: 'a"\\b'.repeat(3) })),
    );
    assert.equal(again.code, 1);
    const last = JSON.parse(told.at(-1)?.split(/ (.*)/s)[1] ?? '').lines as string[];
    assert.match(last[0] ?? '', /begin, worker a"\\b/, 'only the lines of this run, whatever is in them');
  });

  it('goes on without a control plane, and asks one that refuses no second time', async () => {
    toldStatus = 401;
    assert.equal((await run(renderInstallScript(order({ controlUrl: base })))).code, 0);
    assert.equal(told.length, 1);
  });

  it('heals after it was killed in the middle of a download', async () => {
    stallDownloads = true;
    const child = start(renderInstallScript(order()));
    const folder = installed('opt/inventiv');
    while (!fs.existsSync(folder) || fs.readdirSync(folder).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.kill('SIGKILL');
    stallDownloads = false;
    assert.equal((await run(renderInstallScript(order()))).code, 0);
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.includes('worker')),
      ['worker.mjs'],
    );
    assert.ok(!fs.readdirSync(folder).some((name) => name.includes('.new.')));
    server.closeAllConnections();
  });

  it('lets two runs at the same time both succeed, with one download', async () => {
    const script = renderInstallScript(order());
    const outcomes = await Promise.all([run(script), run(script)]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.code),
      [0, 0],
    );
    assert.deepEqual(requests, ['/worker.mjs']);
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
      told = [];
      const script = renderInstallScript(order({ controlUrl: base }));
      assert.deepEqual(await run(script, { PATH: bin }), { code: 0, stderr: '' });
      assert.equal(told.length, 2, `the log is sent with ${name}`);
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
    const outcome = await run(renderInstallScript(order()), { INVENTIV_MACHINE_ROOT: `${root}/a"b` });
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

/** Programs of the system that answer what a machine would, and write down what they were told. */
function pretend(answers: Record<string, string>): Record<string, string> {
  const bin = installed('pretended');
  fs.mkdirSync(bin, { recursive: true });
  for (const [name, body] of Object.entries(answers)) {
    const line = `printf '%s %s\\n' ${name} "$*" >>'${installed('told')}'`;
    fs.writeFileSync(path.join(bin, name), `#!/bin/sh\n${line}\n${body}\n`, { mode: 0o755 });
  }
  return { PATH: `${bin}:${process.env['PATH']}` };
}

/** What a program left behind did when it was run, of the things that change a machine. */
function runLeft(name: string, env: Record<string, string>): string[] {
  fs.rmSync(installed('told'), { force: true });
  execFileSync(installed(`opt/inventiv/${name}`), {
    env: { ...process.env, ...env },
    timeout: 30_000,
    stdio: 'ignore',
  });
  const told = fs.existsSync(installed('told')) ? fs.readFileSync(installed('told'), 'utf8') : '';
  return told.split('\n').filter((line) => /^(mkfs|mount )/.test(line));
}

describe('the disk of the model cache', { timeout: 60_000 }, () => {
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

describe('user data that the provider holds', { timeout: 60_000 }, () => {
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
    requests = [];
    assert.equal((await boot()).code, 0);
    assert.deepEqual(requests, [], 'it is what was run to install');
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
