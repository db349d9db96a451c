/** `make kill-points [RUNS=1]`: every named crash point of real processes; one JSON line. */
import { runKillPoints } from '../test/kill-points/kill-points.ts';

const runs = Number(process.env['RUNS'] ?? '1') || 1;
const report = await runKillPoints(runs, (line) => process.stderr.write(`${line}\n`));
for (const violation of report.violations) process.stderr.write(`violation: ${violation}\n`);
const { violations, ...figures } = report;
process.stdout.write(`${JSON.stringify({ ...figures, violations: violations.length })}\n`);
