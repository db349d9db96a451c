/**
 * The conformance suite over machines that somebody owns: sshd on loopback addresses, the real adapter and database.
 * There is no company between us and them whose answers could fail, get lost or be late: cases about those are left
 * out by the harness, each with its reason. What goes wrong with machines themselves is in provider.test.ts.
 */
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import type { Provider } from '#providers/provider.ts';
import type { ProviderHarness } from '#providers/provider-bench.ts';
import { describeProvider } from '#providers/provider-suite.ts';
import { Unsuited } from '#providers/provider-suite-case.ts';
import { startHost, whyNoSshd } from '#providers/testing/sshd.ts';
import { openHostBook } from './host-book.ts';
import { FACTS, startHostBench, TYPE } from './testing/host-bench.ts';

/** One more than the pages of a company that would list two at a time. */
const MACHINES = 4;
const skip = whyNoSshd();

if (skip === undefined) describeProvider('bare-metal', makeHarness);
else describe('provider bare-metal', () => it('the suite', { skip }, () => undefined));

async function makeHarness(): Promise<ProviderHarness> {
  const ends: (() => unknown)[] = [];
  // The bench ends what it has begun when the suite does.
  const life = { after: (end: () => unknown) => void ends.push(end) } as unknown as TestContext;
  const hosts = await startHostBench(life);
  const { env, db } = hosts.api;
  for (let number = 1; number <= MACHINES; number++) {
    const machine = await startHost({}, `127.0.0.${number + 1}`);
    ends.push(() => machine.remove());
    const credential = { kind: 'private_key', private_key: machine.privateKey };
    const place = { address: machine.address, port: machine.port, host_key: machine.hostKey };
    const price = { nanos_per_hour: 1_000_000_000, currency: 'EUR' };
    await hosts.register({ name: `machine-${number}`, ...place, credential, price });
  }
  await db.query('update hosts set facts = $1, type_code = $2', [JSON.stringify(FACTS), TYPE]);
  const book = openHostBook({ env, db, sealer: hosts.sealer });
  return {
    provider: hosts.provider,
    get intruder(): Provider {
      throw new Unsuited('there is no account whose credential could be wrong; each machine has its own');
    },
    get unreachable(): Provider {
      throw new Unsuited('there is no company that could be away');
    },
    zones: [`hosts-${hosts.owner.orgId.slice(-16)}`],
    type: TYPE,
    rootBytes: 1,
    pageSize: MACHINES - 1,
    async setFault(fault) {
      throw new Unsuited(`there is no company whose answers could go wrong: ${fault}`);
    },
    clearFaults: async () => undefined,
    async readUserData({ id }) {
      const open = await book.open(id);
      return Buffer.from(open?.script ?? '');
    },
    async readConsole() {
      throw new Unsuited("an owner's machine has no console of ours");
    },
    async close() {
      for (const end of ends.toReversed()) await end();
    },
  };
}
