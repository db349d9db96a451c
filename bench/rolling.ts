/**
 * `make bench-rolling [REQUESTS=50000]`: the gateway is replaced and workers are installed anew, one after the other,
 * while requests flow. Prints {requests, restarts, failed} as the last line of stdout.
 */
import { restartUnderLoad } from './traffic/rolling-restarts.ts';

const requests = Number(process.env['REQUESTS'] || 50_000);
if (!Number.isInteger(requests) || requests < 1) throw new Error('REQUESTS must be a whole number');
const { reasons, ...figures } = await restartUnderLoad({
  requests,
  clients: 24,
  replicas: 3,
  tell: (line) => process.stderr.write(`${line}\n`),
});
for (const reason of reasons) process.stderr.write(`failed: ${reason}\n`);
process.stdout.write(`${JSON.stringify(figures)}\n`);
