/**
 * `make kill-usage [KILLS=500] [DISCONNECTS=10000]`: gateways are killed under load, clients leave at a random event,
 * and in the end the ledger is compared with what the engines say themselves. Prints {kills, disconnects, requests,
 * lost, doubled, wrong} as the last line of stdout.
 */
import { killGatewaysUnderLoad } from './traffic/killed-gateways.ts';

function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] || fallback);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
}

const { examples, ...figures } = await killGatewaysUnderLoad({
  kills: numberFrom('KILLS', 500),
  disconnects: numberFrom('DISCONNECTS', 10_000),
  gateways: numberFrom('GATEWAYS', 4),
  clients: numberFrom('CLIENTS', 40),
  streamShare: numberFrom('STREAM_PERCENT', 80) / 100,
  tell: (line) => process.stderr.write(`${line}\n`),
});
for (const example of examples) process.stderr.write(`${example}\n`);
process.stdout.write(`${JSON.stringify(figures)}\n`);
