/** `make kill-points [RUNS=1]`: every named crash point of real processes, by both signals; one JSON line. */
import { runKillPoints } from '../test/kill-points/kill-points.ts';

const runs = Number(process.env['RUNS'] ?? '1') || 1;
const tell = (line: string) => process.stderr.write(`${line}\n`);
const report = await runKillPoints({ runs, isThorough: true, tell });
const { violations, unreached, ...figures } = report;
if (unreached.length > 0) tell(`not reached again: ${unreached.join(', ')}`);
process.stdout.write(
  `${JSON.stringify({ ...figures, unreached: unreached.length, violations: violations.length })}\n`,
);
