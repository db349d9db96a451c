import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Settings } from '#config/settings.ts';
import type { Lease } from '#jobs/jobs.ts';
import { beginFile } from '../commands/store-file.ts';
import { linesOf, startBatchBench } from '../testing/batch-bench.ts';
import { expireFilesHandler } from './expire-files.ts';

test('what is over its time goes, with its bytes; what an open batch uses stays', async (t) => {
  const bench = await startBatchBench(t);
  const { db, orgId } = bench;
  const settings = { get: () => 24 } as unknown as Settings;
  const handler = expireFilesHandler(db, settings);
  const run = () => handler.run({ signal: new AbortController().signal } as Lease);
  const files = async () =>
    (await db.query<{ id: string }>('select id from files order by id')).map(({ id }) => id);

  const used = await bench.upload(linesOf(2));
  const { id } = await bench.make(used);
  const fresh = await bench.upload('fresh');
  const old = await Promise.all(Array.from({ length: 12 }, () => bench.upload('old')));
  const limits = { fileBytesMax: 1e6, orgBytesMax: 1e9, lifeSeconds: 86_400 };
  const broken = await beginFile(bench.env, db, orgId, limits);
  await broken.write(Buffer.from('half'));
  await db.query(`update files set expires_at = app_now() where id = any($1)`, [[used, ...old]]);
  await db.query(
    `update files set created_at = app_now() - interval '5 hours' where state = 'writing' or id = $1`,
    [fresh],
  );

  assert.deepEqual(await run(), { againInMs: 200 }, 'some at a time');
  assert.deepEqual(await run(), { againInMs: 600_000 });
  assert.deepEqual(
    await files(),
    [used, fresh].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  assert.equal((await db.query('select 1 from file_chunks')).length, 2);

  const done = await bench.finish(id);
  assert.equal(done.status, 'completed', 'its input was still there');
  await run();
  assert.deepEqual(
    await files(),
    [fresh, done.output_file_id ?? ''].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  await db.query(`update batches set created_at = app_now() - interval '25 hours'`);
  await run();
  assert.deepEqual(await db.query('select * from batches'), []);
});
