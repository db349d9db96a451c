/**
 * `make bench-web [ROWS=10000] [REPEATS=5]`: the dashboard in a real browser before a whole stack. Prints
 * {first_route_kib, worst_lazy_kib, sort_vs_bare, filter_vs_bare, tick_vs_bare, sort_p95_ms, chart_ms,
 * event_to_paint_ms} as the last line of stdout:
 *
 * - scripts, gzipped, of the first page after signing in, and the most that any other page adds to it;
 * - with the processor slowed down four times, the list of ROWS instances beside a bare virtual table of the same rows
 *   from the same API in the same browser: time from a click to the painted rows for orders and filters, and the busy
 *   time of the page's thread until 100 changed rows are painted;
 * - at full speed: a chart of eight lines with a week of minutes, and the time from an event's commit to its painted row.
 */
import { measureWeb } from './web/measure-web.ts';

const say = (text: string) => void process.stderr.write(`${text}\n`);

try {
  const rows = Number(process.env['ROWS'] || 10_000);
  const repeats = Number(process.env['REPEATS'] || 5);
  if (!(rows >= 500) || !(repeats >= 1))
    throw new Error(
      'ROWS must be at least 500 and REPEATS at least 1, such as make bench-web ROWS=10000 REPEATS=5',
    );
  console.log(JSON.stringify(await measureWeb({ rows, repeats, say })));
  process.exit(0);
} catch (error) {
  say(String((error as Error).stack));
  process.exit(1);
}
