/** What is done on machines by SSH, with a real sshd. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { newKeyPair } from './host-key-pair.ts';
import { launchOnHost, mayDial, probeHost, uninstallFromHost, WorkFailure } from './host-work.ts';
import { startHost, type TestHost, until, whyNoSshd } from './testing/sshd.ts';

const CLAIM = 'claim_1';
const skip = whyNoSshd() ?? false;

describe('work on an owner’s machine', { skip, timeout: 170_000 }, () => {
  let host: TestHost;
  before(async () => {
    host = await startHost();
  });
  after(() => host.remove());
  beforeEach(() => {
    for (const name of ['sudo', 'id', 'nvidia-smi', 'docker']) host.unpretend(name);
    fs.rmSync(path.join(host.root, 'var'), { recursive: true, force: true });
  });

  const call = (limitMs = 60_000) => ({ signal: AbortSignal.timeout(limitMs), mayDial: () => true });
  const file = (name: string) => path.join(host.root, 'var/lib/inventiv-install', name);
  const read = (name: string) =>
    fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : undefined;
  const isDone = () => (read('done') === undefined || read('pid') !== undefined ? undefined : true);
  const script = (body: string) => `#!/bin/sh\nset -eu\nat="$INVENTIV_MACHINE_ROOT/var"\n${body}\n`;
  const launch = (text: string, claim = CLAIM) =>
    launchOnHost(host.target(), call(), { claim, script: text });

  it('says what the machine is', async () => {
    host.pretend(
      'nvidia-smi',
      'echo "NVIDIA L40S, 46068, 550.54.15, 8.9"; echo "NVIDIA L40S, 46068, 550.54.15, 8.9"',
    );
    host.pretend('docker', 'echo "Docker version 27.1.1, build 1"');
    host.pretend('systemctl', ':');
    const { facts, hasRoot } = await probeHost(host.target(), call());
    assert.equal(hasRoot, true);
    assert.deepEqual(
      facts.gpus.map(({ kind, vramBytes, computeCapability }) => [
        kind,
        vramBytes / 2 ** 20,
        computeCapability,
      ]),
      [
        ['L40S', 46_068, '8.9'],
        ['L40S', 46_068, '8.9'],
      ],
    );
    assert.ok(facts.vcpus > 0 && facts.memoryBytes > 0);
    assert.match(facts.runtime ?? '', /27\.1\.1/);
  });

  it('gets nothing from a key that is not taken there, and the error shows no secret', async () => {
    const { private: secret } = newKeyPair();
    const failure = await refused(probeHost(host.target({ secret }), call()));
    assert.equal(failure.kind, 'auth');
    assert.match(failure.message, /refused the user root/);
    assert.ok(!String(failure.stack).includes('PRIVATE KEY'));
  });

  it('shows the key of a machine that nobody confirmed, and sends it nothing', async () => {
    const failure = await refused(probeHost(host.target({ hostKey: null }), call()));
    assert.equal(failure.kind, 'host_key_unknown');
    assert.equal(failure.seenHostKey, host.hostKey);
  });

  it('refuses a machine whose key has changed, until somebody confirms the new one', async () => {
    const before = host.target();
    const seen = await host.renewHostKey();
    for (const work of [
      () => probeHost(before, call()),
      () => launchOnHost(before, call(), { claim: CLAIM, script: script('echo never >"$at/never"') }),
      () => uninstallFromHost(before, call(), CLAIM),
    ]) {
      const failure = await refused(work());
      assert.equal(failure.kind, 'host_key_changed');
      assert.equal(failure.seenHostKey, seen);
    }
    assert.ok(!fs.existsSync(path.join(host.root, 'var')));
    host.pretend('systemctl', ':');
    await probeHost({ ...before, hostKey: seen }, call());
  });

  it('says how sudo is mended where the user may not run it, and changes nothing', async () => {
    host.pretend('id', 'if [ "$1" = -u ]; then echo 1000; else echo ubuntu; fi');
    host.pretend('sudo', 'echo "sudo: a password is required" >&2; exit 1');
    const failure = await refused(probeHost(host.target(), call()));
    assert.equal(failure.kind, 'no_sudo');
    assert.match(failure.message, /NOPASSWD/);
    const launched = await refused(launch(script('echo never >"$at/never"')));
    assert.equal(launched.kind, 'no_sudo');
    assert.ok(!fs.existsSync(path.join(host.root, 'var')));
  });

  it('becomes root by sudo where the user is another one', async () => {
    host.pretend('id', 'if [ "$1" = -u ] && [ -z "$AS_ROOT" ]; then echo 1000; else echo 0; fi');
    host.pretend('sudo', '[ "$1" = -n ] || exit 1; shift; AS_ROOT=1 exec "$@"');
    await launch(script('echo "as root: $AS_ROOT" >"$at/made"'));
    await until(isDone, 'the script');
    assert.equal(fs.readFileSync(path.join(host.root, 'var/made'), 'utf8'), 'as root: 1\n');
  });

  it('says that a machine does not answer', async () => {
    const failure = await refused(probeHost(host.target({ port: 1 }), call()));
    assert.equal(failure.kind, 'unreachable');
  });

  it('never dials the control plane itself, nor what clouds tell their machines', async () => {
    for (const address of [
      '127.0.0.1',
      '127.8.9.1',
      '::1',
      '::ffff:127.0.0.1',
      '169.254.169.254',
      '0.0.0.0',
    ]) {
      assert.equal(mayDial(address), false, address);
    }
    assert.equal(mayDial('10.0.0.5'), true);
    assert.equal(mayDial('203.0.114.9'), true);
    const failure = await refused(probeHost(host.target(), { ...call(), mayDial }));
    assert.match(failure.message, /no machine of yours/);
  });

  it('runs a script once, however often it is told to', async () => {
    const text = script('echo ran >>"$at/runs"');
    assert.equal(await launch(text), '127.0.0.1');
    await until(isDone, 'the script');
    await Promise.all([launch(text), launch(text)]);
    await launch(text);
    assert.equal(fs.readFileSync(path.join(host.root, 'var/runs'), 'utf8'), 'ran\n');
    await launch(script('echo another >>"$at/runs"'));
    await until(() =>
      /another/.test(fs.readFileSync(path.join(host.root, 'var/runs'), 'utf8')) ? true : undefined,
    );
  });

  it('goes on when the connection breaks in the middle, and is run again when it is killed', async () => {
    const text = script(
      [
        'echo begun >>"$at/begun"',
        'echo $$ >"$at/script-pid"',
        'until [ -f "$at/go" ]; do sleep 0.05; done',
        'echo whole >"$at/whole"',
      ].join('\n'),
    );
    await launch(text);
    host.cutConnections();
    const begun = () => (fs.existsSync(path.join(host.root, 'var/begun')) ? true : undefined);
    await until(begun, 'the beginning');
    const pid = await until(() => {
      const file = path.join(host.root, 'var/script-pid');
      return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) || undefined : undefined;
    });
    process.kill(pid, 'SIGKILL');
    const runs = () => fs.readFileSync(path.join(host.root, 'var/begun'), 'utf8').split('\n').length - 1;
    await until(() => (runs() >= 2 ? true : undefined), 'the second run');
    fs.writeFileSync(path.join(host.root, 'var/go'), '');
    await until(isDone, 'the script');
    assert.ok(fs.existsSync(path.join(host.root, 'var/whole')));
  });

  it('runs nothing of a script whose copy was cut, and runs it whole when told again', async () => {
    const text = `${script('echo ran >>"$at/runs"')}# ${'x'.repeat(300_000)}\n`;
    const command = await import('./host-commands.ts');
    const { withSsh } = await import('./host-ssh.ts');
    // As much as had arrived when the connection broke.
    const half = text.slice(0, 200_000);
    const result = await withSsh(host.target(), call(), (session) =>
      session.run(command.launchCommand(CLAIM, text), half),
    );
    assert.equal(result.code, command.EXIT_CODES.wrongChecksum);
    assert.equal(read('script'), undefined);
    assert.ok(!fs.existsSync(path.join(host.root, 'var/runs')));
    await launch(text);
    await until(isDone, 'the script');
    assert.equal(fs.readFileSync(path.join(host.root, 'var/runs'), 'utf8'), 'ran\n');
  });

  it('leaves a machine alone that another claim holds', async () => {
    await launch(script('echo first >"$at/first"'));
    await until(isDone, 'the script');
    const failure = await refused(launch(script('echo second >"$at/second"'), 'claim_2'));
    assert.equal(failure.kind, 'in_use');
    await uninstallFromHost(host.target(), call(), 'claim_2');
    assert.equal(read('claim'), `${CLAIM}\n`, 'what is not of this claim stays');
  });

  it('leaves nothing behind, also of an installation that still runs, and may be told twice', async () => {
    for (const folder of ['etc/inventiv', 'opt/inventiv', 'var/lib/inventiv/models', 'var/log/inventiv']) {
      fs.mkdirSync(path.join(host.root, folder), { recursive: true });
    }
    fs.writeFileSync(path.join(host.root, 'var/lib/inventiv/models/weights'), 'x');
    fs.mkdirSync(path.join(host.root, 'var/lib/other'), { recursive: true });
    await launch(script('echo $$ >"$at/script-pid"; exec sleep 600'));
    const pid = await until(() => {
      const file = path.join(host.root, 'var/script-pid');
      return fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) || undefined : undefined;
    });
    await uninstallFromHost(host.target(), call(), CLAIM);
    await uninstallFromHost(host.target(), call(), CLAIM);
    assert.deepEqual(fs.readdirSync(path.join(host.root, 'var/lib')), ['other'], 'what is not ours stays');
    assert.deepEqual(fs.readdirSync(path.join(host.root, 'etc')), []);
    assert.deepEqual(fs.readdirSync(path.join(host.root, 'opt')), []);
    await until(() => (isAlive(pid) ? undefined : true), 'the end of the script');
  });

  it('ends within its time when a machine takes a command and never ends it', async () => {
    host.pretend('uname', 'exec sleep 15');
    const failure = await refused(probeHost(host.target(), call(1_000)));
    assert.equal(failure.kind, 'cut');
    host.unpretend('uname');
    host.cutConnections();
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function refused(work: Promise<unknown>): Promise<WorkFailure> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof WorkFailure, `expected a failure, got ${String(error)}`);
  return error;
}
