/** A process of its own that writes usage to a journal as fast as it can and says what is safe, until it is killed. */
import { writeSync } from 'node:fs';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { Journal } from '../journal/journal.ts';
import { openedOf, usageOfNumber } from './usage-samples.ts';

const [directory = '', prefix = ''] = process.argv.slice(2);
const { journal } = await Journal.open(systemEnv(SILENT_LOG), {
  directory,
  segmentBytesMax: 20_000,
  reserveBytes: 65_536,
});
for (let i = 0; ; i++) {
  const id = `${prefix}${i}`;
  await journal.openRequest(openedOf(id));
  writeSync(1, `open ${id}\n`);
  journal.closeRequest(usageOfNumber(id, i));
  await journal.written();
  writeSync(1, `close ${id}\n`);
  if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
}
