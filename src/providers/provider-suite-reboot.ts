import assert from 'node:assert/strict';
import { type Bench, rejects, until } from './provider-bench.ts';
import { it } from './provider-suite-case.ts';

/** What an adapter must do with a machine that has to begin again. */
export const REBOOT_SECTIONS: readonly ((current: () => Bench) => void)[] = [
  describeReboot,
  describeUserData,
];

function describeReboot(current: () => Bench): void {
  it('a rebooted server comes back as it was, and a stopped one starts', async () => {
    const bench = current();
    bench.requireMade('an owner reboots the machine');
    const stopped = await bench.create();
    await bench.provider.rebootServer(bench.context(), stopped.ref);
    const running = await bench.waitFor(stopped.ref, (now) => now.state === 'running');
    await bench.provider.rebootServer(bench.context(), running.ref);
    const back = await bench.waitFor(running.ref, (now) => now.state === 'running');
    assert.deepEqual(
      [back.address, back.billedFromMs, back.billedToMs, back.owner],
      [running.address, running.billedFromMs, undefined, running.owner],
    );
  });

  it('what is not there or on its way out is not rebooted', async () => {
    const bench = current();
    bench.requireMade('an owner reboots the machine');
    const nothing = { id: 'no-such-thing', zone: bench.zone };
    await rejects(bench.provider.rebootServer(bench.context(), nothing), 'not_found', false);
    await rejects(bench.provider.replaceUserData(bench.context(), nothing, ''), 'not_found', false);
    const server = await bench.createStarted();
    await bench.harness.setFault('delete_stuck');
    await bench.provider.deleteServer(bench.context(), server.ref);
    await rejects(bench.provider.rebootServer(bench.context(), server.ref), 'conflict', false);
    await bench.harness.clearFaults();
    await bench.waitGone(server.ref);
  });
}

function describeUserData(current: () => Bench): void {
  it('new user data is run by the next boot, once, where the adapter says that it is read then', async () => {
    const bench = current();
    if (!bench.provider.capabilities.userDataAtEachBoot) return;
    const says = (word: string) => `#!/bin/sh\necho says-${word}\n`;
    const server = await bench.createStarted({ userData: says('first') });
    const hears = (text: string) =>
      until(async () => {
        const console = await bench.harness.readConsole(server.ref);
        return console.includes(text) ? console : undefined;
      });
    await hears('says-first');
    await bench.provider.replaceUserData(bench.context(), server.ref, says('second'));
    await bench.provider.replaceUserData(bench.context(), server.ref, says('second'));
    await bench.provider.rebootServer(bench.context(), server.ref);
    const whole = await hears('says-second');
    assert.equal(whole.match(/says-first/g)?.length, 1);
    const limit = bench.provider.capabilities.maxUserDataBytes;
    const long = bench.provider.replaceUserData(bench.context(), server.ref, 'x'.repeat(limit + 1));
    await rejects(long, 'invalid', false);
  });
}
