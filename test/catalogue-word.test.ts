/** The word `inventiv catalogue`: what it says of a model, of machines, and of a file that is none. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { QWEN3_8B } from '#catalog/testing/base-configs.ts';
import { withTestDatabase } from '#database/testing.ts';
import { fitText, listText } from '../bin/catalogue-word.ts';

const run = promisify(execFile);
const inventiv = (...words: string[]) => run(process.execPath, ['bin/inventiv.ts', 'catalogue', ...words]);

test('machines are listed with verdict, price and reason, the best and cheapest first', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await seedCatalogue(env, db);
  const question = {
    model: 'Qwen/Qwen3-8B',
    provider: 'scaleway',
    contextLength: undefined,
    sequences: undefined,
    enabledProviders: ['scaleway'],
    usdRate: '0.86@2026-11-01',
  };
  const [head = '', ...lines] = (await fitText(db, question)).trimEnd().split('\n');
  assert.match(head, /^Qwen\/Qwen3-8B: 15\.3 GiB of weights, 40960 tokens, disk of 130 GB$/);
  assert.match(
    lines[0] ?? '',
    /^fits +scaleway L40S-1-48G +1\.4699 EUR\/h {2}[\d.]+ requests of 40960 tokens/,
  );
  assert.ok(lines.some((line) => /^tight +scaleway L4-1-24G .*room for \d+ of the 40960/.test(line)));
  assert.match(lines.at(-1) ?? '', /^no +scaleway RENDER-S .*compute capability 6\.0/);
  await assert.rejects(fitText(db, { ...question, model: 'no/such' }), { code: 'model.not_found' });
  const listed = await listText(db);
  assert.equal(listed.trimEnd().split('\n').length, 25);
  assert.match(listed, /^Qwen\/Qwen3-8B +15\.3 GiB +40960 tokens$/m);
});

test('a config.json is explained without a database, and a wrong one is refused in one line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-catalogue-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(QWEN3_8B));
  const { stdout } = await inventiv('inspect', path);
  assert.match(
    stdout,
    /^8190735360 parameters, 15\.3 GiB of weights\n147456 bytes per token, 40960 tokens, 36 layers/,
  );
  writeFileSync(path, JSON.stringify({ ...QWEN3_8B, vocab_size: -1 }));
  await assert.rejects(inventiv('inspect', path), /`vocab_size` must be a whole number/);
  writeFileSync(path, '{');
  await assert.rejects(inventiv('inspect', path), /is no JSON: name the config\.json/);
  await assert.rejects(inventiv('inspect', join(folder, 'none')), /cannot be read/);
  await assert.rejects(inventiv(), /say catalogue list, catalogue fit MODEL/);
  await assert.rejects(inventiv('fit', 'a/b', '--context', 'x'), /--context is a whole number/);
});

test('no word of this machine is also one of a running stack, which would be taken first', async () => {
  const { stdout } = await run(process.execPath, ['bin/inventiv.ts', 'help']);
  const [here = '', there = ''] = stdout.split('On a running stack');
  const wordsOf = (text: string) => [...text.matchAll(/^ {2}([a-z-]+)/gm)].map(([, word]) => word ?? '');
  assert.ok(wordsOf(here).includes('catalogue') && wordsOf(there).includes('models'));
  const both = wordsOf(here).filter((word) => wordsOf(there).includes(word));
  assert.deepEqual(both, []);
});
