/**
 * `make sim-mutants [MUTANT=name,...]`: takes one rule after the other out of the code and plays histories until one of
 * them breaks. The last line of stdout is {mutants, found, missed}.
 */
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { MUTANTS, type Mutant } from '#simulation/world/mutants.ts';
import { startPlayers } from './sim-players.ts';
import { startStageServer } from './sim-stage.ts';

/** What is found does not depend on how fast this machine is; this only ends what will never end. */
const LIMIT_MS = 1_200_000;
const PLAYERS = 2;
const HISTORIES_MAX = 400;

const { MUTANT } = process.env;
const mutants = MUTANTS.filter(({ name }) => !MUTANT || MUTANT.split(',').includes(name));
if (mutants.length === 0) {
  process.stderr.write(`there is no mutant ${MUTANT}: ${MUTANTS.map(({ name }) => name).join(', ')}\n`);
  process.exit(1);
}
const env = systemEnv(SILENT_LOG);
const server = await startStageServer(env);
const missed: string[] = [];
try {
  for (const mutant of mutants) if (!(await isFound(mutant))) missed.push(mutant.name);
} finally {
  await server.close();
}
process.stdout.write(
  `${JSON.stringify({ mutants: mutants.length, found: mutants.length - missed.length, missed })}\n`,
);

async function isFound({ name, why, focus }: Mutant): Promise<boolean> {
  const startedAt = env.clock.monotonic();
  const seconds = () => ((env.clock.monotonic() - startedAt) / 1000).toFixed(1);
  const players = startPlayers({ url: server.url, count: PLAYERS, mutant: name });
  const wishes = Array.from({ length: HISTORIES_MAX }, (_, index) => ({
    seed: String(index + 1),
    focus,
    endsAtViolation: true,
  }));
  const reports = await players.play(
    wishes,
    ({ violations }) => violations.length > 0 || env.clock.monotonic() - startedAt > LIMIT_MS,
  );
  await players.stop();
  const broken = reports.find(({ violations }) => violations.length > 0);
  const [violation] = broken?.violations ?? [];
  process.stderr.write(
    violation
      ? `found  ${name}, ${reports.length} histories, ${seconds()} s: seed ${broken?.seed}, ${violation.kind}: ${violation.text.slice(0, 150)}\n`
      : `MISSED ${name}, ${reports.length} histories, ${seconds()} s: ${why}\n`,
  );
  return violation !== undefined;
}
