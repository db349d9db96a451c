/** `make kill-points [RUNS=1] [LIVES=plain,orphan]`: every named crash point of real processes, by both signals. */
import { runKillPoints } from '../test/kill-points/kill-points.ts';
import { LIVES } from '../test/kill-points/lives.ts';

const runs = wholeNumber('RUNS', 1);
const stages = wholeNumber('STAGES', 3);
const lives = namedLives();
const tell = (line: string) => process.stderr.write(`${line}\n`);
const report = await runKillPoints({ runs, isThorough: process.env['ONCE'] !== '1', lives, stages, tell });
const { violations, unreached, ...figures } = report;
for (const point of unreached) tell(`not reached: ${point}`);
process.stdout.write(
  `${JSON.stringify({ ...figures, unreached: unreached.length, violations: violations.length })}\n`,
);
process.exitCode = violations.length + unreached.length === 0 ? 0 : 1;

function wholeNumber(name: string, otherwise: number): number {
  const text = process.env[name];
  if (!text) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) fail(`${name}=${text} is no whole number above 0`);
  return value;
}

function namedLives(): string[] | undefined {
  const names = process.env['LIVES']?.split(',').map((name) => name.trim());
  if (!names?.[0]) return undefined;
  const known = LIVES.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) fail(`there is no life "${unknown}"; there are ${known.join(', ')}`);
  return names;
}

function fail(message: string): never {
  process.stderr.write(`kill-points: ${message}\n`);
  process.exit(1);
}
