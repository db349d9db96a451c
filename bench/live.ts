/**
 * `make bench-live [TABS=1000]`: so many open tabs of ten people at one api process as it is run, then changes one
 * after the other and in a burst. Prints {tabs, events, rss_mb_per_1000_tabs, delivered_p50_ms, delivered_p99_ms, cpu}
 * as the last line of stdout: what the tabs got, the memory that they cost the api, how long after its moment an event
 * was at a tab, and the share of a core that the api needed meanwhile.
 */
import { measureLive } from './live/measure-live.ts';

const say = (text: string) => void process.stderr.write(`${text}\n`);

try {
  const tabs = Number(process.env['TABS'] || 1_000);
  if (!(tabs >= 10)) throw new Error('TABS must be a number of at least 10');
  console.log(JSON.stringify(await measureLive({ tabs, say })));
  process.exit(0);
} catch (error) {
  say(String((error as Error).stack));
  process.exit(1);
}
