/**
 * `make bench-gateway [ROUNDS=5]`: our gateway as it is run (keys, limits, routing, journal, ledger, metrics) against
 * nginx, which does none of that, and against another gateway in TypeScript. One core for the gateways in turn, one for
 * upstream and generator; medians of alternating rounds. Prints one JSON object as the last line of stdout.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Contestant,
  LOAD_CORE,
  startNginx,
  startOwn,
  startPinned,
  startPortkey,
  UPSTREAM_PORT,
  upstreamAddresses,
} from './gateway/contestants.ts';
import { Measure } from './gateway/measure.ts';
import { Rounds } from './gateway/rounds.ts';
import { buildLoad, installPortkey, MissingToolError, requireTools } from './gateway/tools.ts';

const ROUNDS = Number(process.env['ROUNDS'] || 5);
const SECONDS = Number(process.env['SECONDS'] || 4);
const STREAMS = Number(process.env['STREAMS'] || 1_000);

const say = (text: string) => void process.stderr.write(`${text}\n`);

try {
  await main();
  process.exit(0);
} catch (error) {
  say(error instanceof MissingToolError ? error.message : String((error as Error).stack));
  process.exit(1);
}

async function main(): Promise<void> {
  if (availableParallelism() < 2) throw new MissingToolError('two cores are needed, one for each side');
  requireTools(say);
  const directory = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
  const addresses = upstreamAddresses();
  const load = buildLoad();
  const upstream = startPinned(LOAD_CORE, [load, 'upstream', ...addresses, String(UPSTREAM_PORT)]);
  const [first] = addresses;
  if (!first || !upstream.stdout) throw new Error('the upstream did not start');
  await once(upstream.stdout, 'data');
  const port = 20_000 + (process.pid % 10_000);
  const nginx = await startNginx(addresses, port, directory);
  const own = await startOwn(addresses);
  const portkeyServer = installPortkey(say);
  const portkey = portkeyServer ? await startPortkey(portkeyServer, first, port + 1) : undefined;
  const children = [upstream, nginx.child, ...(portkey ? [portkey.child] : [])];
  const end = () => {
    // In order, so that none leaves a worker of its own behind.
    for (const child of children) child.kill('SIGTERM');
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', end);
  const direct: Contestant = {
    name: 'direct',
    pid: process.pid,
    address: first,
    port: UPSTREAM_PORT,
    headers: [],
    model: 'm',
  };
  const measure = new Measure(directory, load, upstream.pid ?? 0);
  const rounds = new Rounds(
    measure,
    { nginx, own, portkey, direct },
    { seconds: SECONDS, streams: STREAMS, say },
  );
  await rounds.warmUp();
  for (let round = 0; round < ROUNDS; round++) await rounds.run(round);
  const { requests, rows } = await own.settledCounts();
  say(`requests ${requests}, rows in the ledger ${rows}`);
  await own.stop();
  console.log(JSON.stringify({ ...rounds.result(), ledger_rows_match: rows === requests && rows > 0 }));
}
