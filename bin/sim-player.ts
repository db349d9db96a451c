/** Plays the histories that its parent names, one after the other; ends when the parent goes away. */
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { HistoryOptions } from '#simulation/world/history.ts';
import { applyMutant } from './sim-mutation.ts';

const [database = '', mutant] = process.argv.slice(2);
// Before anything that it changes is loaded.
if (mutant) applyMutant(mutant);
const [{ openStage }, { runHistory }] = await Promise.all([
  import('./sim-stage.ts'),
  import('#simulation/world/history.ts'),
]);
const env = systemEnv(SILENT_LOG);
const stage = openStage(env, new Secret(process.env['SIM_DATABASE_URL'] ?? ''), database);

process.on('message', (wish) => void play(wish as HistoryOptions));
process.once('disconnect', () => process.exit(0));

async function play(wish: HistoryOptions): Promise<void> {
  process.send?.(await runHistory(await stage, wish));
}
