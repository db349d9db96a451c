/**
 * `make test-http-corpus [MUTATIONS=100000] [SEED=n]`: raw requests, well-formed, ambiguous and broken, to two gateways
 * at once: one reads with its own parsers, one with node:http and undici. Prints
 * {cases, mutations, seed, crashes, server_errors, disagreements} as the last line of stdout.
 */
import { CASE_OPTIONS, Differential } from './http-corpus/differential.ts';
import { mutationOf } from './http-corpus/mutations.ts';
import { rawCases } from './http-corpus/raw-cases.ts';
import { Seeded } from './http-corpus/seeded.ts';

const PATIENCE_MS = 5_000;
const AT_ONCE = 512;
const TELL_EVERY = 5_000;

await main();

async function main(): Promise<void> {
  const mutations = wholeNumber('MUTATIONS', 100_000);
  const seed = wholeNumber('SEED', 1);
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const differential = await Differential.start({ patienceMs: PATIENCE_MS, atOnce: AT_ONCE, say });
  const cases = rawCases(CASE_OPTIONS);
  await differential.run(cases);
  say(`${cases.length} cases: ${JSON.stringify(differential.verdict)}`);
  const random = new Seeded(seed);
  for (let done = 0; done < mutations; done += TELL_EVERY) {
    const part = Math.min(TELL_EVERY, mutations - done);
    await differential.run(Array.from({ length: part }, (_, i) => mutationOf(cases, random, done + i)));
    say(`${done + part} mutations: ${JSON.stringify(differential.verdict)}`);
  }
  await differential.stop();
  console.log(JSON.stringify({ cases: cases.length, mutations, seed, ...differential.verdict }));
  process.exit(0);
}

function wholeNumber(name: string, fallback: number): number {
  const value = Number(process.env[name] || fallback);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
}
