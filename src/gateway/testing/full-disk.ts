/** A process of its own on a disk of some 300 KiB: fills it, sees admission stop, frees it, sees admission start. */
import { statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '#kernel/errors.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { Journal } from '../journal/journal.ts';
import { openedOf, usageOfNumber } from './usage-samples.ts';

const [disk = ''] = process.argv.slice(2);
const options = { directory: join(disk, 'journal'), segmentBytesMax: 20_000, reserveBytes: 65_536 };
const filler = join(disk, 'filler');
const env = systemEnv(SILENT_LOG);
const { journal } = await Journal.open(env, options);
const { bavail, bsize } = statfsSync(disk);
writeFileSync(filler, Buffer.alloc(bavail * bsize - 30_000));

const open: string[] = [];
let refusal = '';
for (let i = 0; i < 10_000 && refusal === ''; i++) {
  try {
    await journal.openRequest(openedOf(`req_${i}`));
    open.push(`req_${i}`);
  } catch (error) {
    refusal = error instanceof AppError ? error.code : String(error);
  }
}
const isWritableWhenFull = journal.isWritable;
for (const id of open) journal.closeRequest(usageOfNumber(id, 1));
unlinkSync(filler);
for (let i = 0; i < 400 && !journal.isWritable; i++) await env.sleep(10);
const isWritableAfter = journal.isWritable;
await journal.close();
const again = await Journal.open(env, options);
process.stdout.write(
  JSON.stringify({
    refusal,
    opened: open.length,
    isWritableWhenFull,
    isWritableAfter,
    orphans: again.orphans.length,
  }),
);
await again.journal.close();
