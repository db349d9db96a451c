/**
 * `make bench-streams [STREAMS=10000] [MINUTES=10]`: so many streams at once, a token a second each, through two
 * gateways on one port as they are run. Prints {streams, minutes, gateways, errors, rss_mb, added_p50_ms} as the last
 * line of stdout: what did not come whole, the memory of both gateways together at its highest, and how much later the
 * median token comes than without gateways.
 */

import { MissingToolError } from './gateway/tools.ts';
import { measureStreams, type StreamsReport } from './streams/measure-streams.ts';

const say = (text: string) => void process.stderr.write(`${text}\n`);

try {
  const report: StreamsReport = await measureStreams({
    streams: Number(process.env['STREAMS'] || 10_000),
    minutes: Number(process.env['MINUTES'] || 10),
    say,
  });
  console.log(JSON.stringify(report));
  process.exit(0);
} catch (error) {
  say(error instanceof MissingToolError ? error.message : String((error as Error).stack));
  process.exit(1);
}
