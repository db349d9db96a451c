/**
 * `make bench-slow [SENDERS=2000] [READERS=2000]`: what clients that send or read slowly cost all others. The median
 * time of a request with and without them, in alternating rounds, through the gateway as it is run. Prints
 * {senders, readers, others_p50_ratio} as the last line of stdout.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  LOAD_CORE,
  type OwnGateway,
  startOwn,
  startPinned,
  UPSTREAM_PORT,
  upstreamAddresses,
} from './gateway/contestants.ts';
import { Measure } from './gateway/measure.ts';
import { buildLoad, MissingToolError, requireTools } from './gateway/tools.ts';

const SENDERS = Number(process.env['SENDERS'] || 2_000);
const READERS = Number(process.env['READERS'] || 2_000);
const ROUNDS = Number(process.env['ROUNDS'] || 5);
const REQUESTS = 200;
const OPEN_SHARE = 0.9;
const OPEN_WITHIN_MS = 120_000;
const GONE_MS = 3_000;
const CLIENTS = fileURLToPath(new URL('./gateway/slow-clients.ts', import.meta.url));

const say = (text: string) => void process.stderr.write(`${text}\n`);

try {
  await main();
  process.exit(0);
} catch (error) {
  say(error instanceof MissingToolError ? error.message : String((error as Error).stack));
  process.exit(1);
}

async function main(): Promise<void> {
  requireTools(say);
  const directory = mkdtempSync(join(tmpdir(), 'bench-slow-'));
  const addresses = upstreamAddresses();
  const load = buildLoad();
  const upstream = startPinned(LOAD_CORE, [load, 'upstream', ...addresses, String(UPSTREAM_PORT)]);
  process.once('exit', () => {
    upstream.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  if (!upstream.stdout) throw new Error('the upstream did not start');
  await once(upstream.stdout, 'data');
  const own = await startOwn(addresses);
  const measure = new Measure(directory, load, upstream.pid ?? 0);
  await measure.latency(own, REQUESTS);
  const ratios: number[] = [];
  let held = { senders: SENDERS, readers: READERS };
  for (let round = 0; round < ROUNDS; round++) {
    const alone = await measure.latency(own, REQUESTS);
    const slow = await startSlowClients(own);
    const beside = await measure.latency(own, REQUESTS);
    held = {
      senders: Math.min(held.senders, slow.held.senders),
      readers: Math.min(held.readers, slow.held.readers),
    };
    await slow.stop();
    ratios.push(beside / alone);
    say(`round ${round + 1}: ${alone} us alone, ${beside} us beside ${JSON.stringify(slow.held)}`);
  }
  await own.stop();
  ratios.sort((a, b) => a - b);
  const ratio = ratios[Math.floor(ratios.length / 2)] ?? Number.NaN;
  console.log(
    JSON.stringify({
      senders: SENDERS,
      readers: READERS,
      others_p50_ratio: Math.round(ratio * 1_000) / 1_000,
      senders_held_min: held.senders,
      readers_held_min: held.readers,
    }),
  );
}

async function startSlowClients({ port, headers, model }: OwnGateway) {
  const child = spawn('taskset', ['-c', LOAD_CORE, process.execPath, CLIENTS], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const order = { port, headers, model, senders: SENDERS, readers: READERS };
  child.stdin.write(`${JSON.stringify(order)}\n`);
  let held = { senders: 0, readers: 0 };
  createInterface({ input: child.stdout }).on('line', (line) => {
    held = JSON.parse(line) as typeof held;
  });
  const deadline = performance.now() + OPEN_WITHIN_MS;
  while (held.senders < SENDERS * OPEN_SHARE || held.readers < READERS * OPEN_SHARE) {
    if (performance.now() > deadline) throw new Error(`only ${JSON.stringify(held)} are connected`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    get held() {
      return held;
    },
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      // What they left is given up by the gateway before the next round.
      await new Promise((resolve) => setTimeout(resolve, GONE_MS));
    },
  };
}
