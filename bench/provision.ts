/**
 * `make bench-provision [RUNS=50]`: deployments in a row without simulated delays, each from POST to ready and
 * terminated before the next. Prints {runs, median_s, p95_s} as the last line of stdout.
 */
import { ApiClient } from '../test/api-client.ts';
import { startStack } from '../test/stack.ts';

const RUNS = Number(process.env['RUNS'] ?? 50);
const READY_WITHIN_MS = 60_000;

await using stack = await startStack();
const api = new ApiClient(stack.url);
await api.login('admin', stack.adminPassword());
const seconds: number[] = [];
for (let run = 1; run <= RUNS; run++) {
  const startedAt = performance.now();
  const deployment = await api.deployMock(`bench-${run}`);
  const id = deployment.instances[0]?.id ?? '';
  await api.waitForState(id, 'ready', READY_WITHIN_MS);
  seconds.push((performance.now() - startedAt) / 1000);
  await api.json('DELETE', `/api/v1/deployments/${deployment.id}`);
  await api.waitForState(id, 'terminated', READY_WITHIN_MS);
  process.stderr.write(`run ${run}: ${seconds.at(-1)?.toFixed(3)} s\n`);
}
seconds.sort((a, b) => a - b);
const quantile = (q: number) => seconds[Math.min(seconds.length - 1, Math.ceil(q * seconds.length) - 1)] ?? 0;
console.log(JSON.stringify({ runs: RUNS, median_s: round(quantile(0.5)), p95_s: round(quantile(0.95)) }));

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
