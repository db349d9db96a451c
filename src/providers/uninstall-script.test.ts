/** What the install script says of a machine, how it is taken off again, and what a checker of shell scripts says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { launchCommand, PROBE, uninstallCommand } from './host-commands.ts';
import { renderInstallScript } from './install-script.ts';
import { installBed, installed, order, pretend, run } from './testing/install-bed.ts';
import { UNINSTALL_SCRIPT } from './uninstall-script.ts';

const SHELLCHECK = '/usr/bin/shellcheck';

/** What a machine answers on which the whole script can run without touching this one. */
const MACHINE = {
  id: 'echo 0',
  useradd: '',
  userdel: '',
  systemctl: '',
  chown: '',
  pkill: '',
  getent: 'exit 2',
};

function logged(): string {
  return fs.readFileSync(installed('var/log/inventiv/install.log'), 'utf8');
}

describe('a machine under the install script', { timeout: 120_000 }, () => {
  installBed();
  const install = (answers: Record<string, string>, changes = {}) =>
    run(renderInstallScript(order(changes)), {
      ...pretend({ ...MACHINE, ...answers }),
      INVENTIV_SKIP_OS: '',
    });

  it('says what driver, toolkit and container runtime it has', async () => {
    const rows = 'echo "550.54.15, NVIDIA L40S"; echo "550.54.15, NVIDIA L40S"';
    const docker = 'echo 27.1.1';
    assert.deepEqual(await install({ 'nvidia-smi': rows, 'nvidia-ctk': '', docker }), {
      code: 0,
      stderr: '',
    });
    assert.match(logged(), /check: 2 x NVIDIA L40S, NVIDIA driver 550\.54\.15\n/);
    assert.match(logged(), /check: container runtime docker 27\.1\.1\n/);
    assert.doesNotMatch(logged(), /warning/);
  });

  it('says what is missing and what to do, and installs all the same', async () => {
    const failing = 'echo "NVIDIA-SMI has failed"; exit 9';
    const silent = '[ "$1" = --version ] && echo "Docker version 27.1.1" && exit 0; exit 1';
    assert.equal((await install({ 'nvidia-smi': failing, docker: silent })).code, 0);
    assert.match(logged(), /warning: nvidia-smi fails[^\n]*install the NVIDIA driver anew/);
    assert.match(logged(), /warning: docker does not answer: start it with systemctl/);
    const old = 'echo "470.12, Tesla T4"';
    assert.equal((await install({ 'nvidia-smi': old })).code, 0);
    assert.match(logged(), /warning: the NVIDIA driver 470\.12 is too old/);
  });

  it('is left without a trace by the program that the script leaves behind', async () => {
    await install({}, { mayPowerOff: false });
    assert.ok(fs.existsSync(installed('etc/systemd/system/inventiv-worker.service')));
    const uninstall = installed('opt/inventiv/inventiv-uninstall');
    assert.equal(fs.readFileSync(uninstall, 'utf8').trim(), UNINSTALL_SCRIPT.trim());
    const env = {
      ...pretend({ ...MACHINE, docker: 'case "$*" in *ps*) echo abc;; esac' }),
      INVENTIV_MACHINE_ROOT: installed('.').replace(/\/$/, ''),
    };
    const told = () => fs.readFileSync(installed('told'), 'utf8');
    for (const _round of ['first', 'second']) {
      const done = spawnSync('/bin/sh', ['-s'], { input: UNINSTALL_SCRIPT, env, encoding: 'utf8' });
      assert.deepEqual([done.status, done.stderr], [0, '']);
      assert.match(done.stdout, /nothing of Inventiv is left/);
    }
    assert.match(told(), /systemctl disable --now inventiv-worker\.service/);
    assert.match(told(), /docker rm -f abc/);
    for (const folder of ['etc/inventiv', 'opt/inventiv', 'var/lib/inventiv', 'var/log/inventiv']) {
      assert.ok(!fs.existsSync(installed(folder)), folder);
    }
    assert.deepEqual(fs.readdirSync(installed('etc/systemd/system')), []);
  });

  it('is not called clean while something of it is left', () => {
    fs.mkdirSync(installed('etc/inventiv'), { recursive: true });
    const env = {
      ...pretend({ ...MACHINE, rm: 'exit 1' }),
      INVENTIV_MACHINE_ROOT: installed('.').replace(/\/$/, ''),
    };
    const done = spawnSync('/bin/sh', ['-s'], { input: UNINSTALL_SCRIPT, env, encoding: 'utf8' });
    assert.equal(done.status, 1);
    assert.match(done.stderr, /could not remove .*etc\/inventiv/);
  });
});

describe('scripts that run on machines', { skip: !fs.existsSync(SHELLCHECK), timeout: 120_000 }, () => {
  for (const [name, script] of [
    ['install', () => renderInstallScript(order())],
    ['uninstall', () => UNINSTALL_SCRIPT],
    ['probe', () => PROBE],
    ['launch', () => launchCommand('claim_1', 'x')],
    ['uninstall over SSH', () => uninstallCommand('claim_1')],
  ] as const) {
    it(`${name} is in order for a checker of shell scripts`, () => {
      const words = ['--shell=sh', '--severity=warning', '--format=gcc', '-'];
      const done = spawnSync(SHELLCHECK, words, { input: script(), encoding: 'utf8' });
      assert.equal(done.stdout, '');
      assert.equal(done.status, 0);
    });
  }
});
