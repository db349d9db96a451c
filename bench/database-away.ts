/**
 * `make bench-database-away [MINUTES=15]`: requests flow while the database is frozen for half of the time and stopped for
 * the other half. Prints {minutes, requests, failed, lost} as the last line of stdout; lost are requests that are not in
 * the ledger with exactly their tokens once the database is back.
 */
import { serveWithoutDatabase } from './traffic/database-away.ts';

const minutes = Number(process.env['MINUTES'] || 15);
if (!(minutes > 0)) throw new Error('MINUTES must be a positive number');
const { reasons, ...figures } = await serveWithoutDatabase({
  minutes,
  clients: 8,
  tell: (line) => process.stderr.write(`${line}\n`),
});
for (const reason of reasons) process.stderr.write(`${reason}\n`);
process.stdout.write(`${JSON.stringify(figures)}\n`);
