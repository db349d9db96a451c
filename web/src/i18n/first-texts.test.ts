import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { en } from './en.ts';
import { first } from './en-first.ts';

const SOURCE = resolve(import.meta.dirname, '..');
/** What is painted without waiting for the other texts. */
const FIRST_PAGES = ['main.tsx', 'shell/shell.tsx', 'home/home-page.tsx', 'identity/login-page.tsx'];
const IMPORT = /^(?:import|export)\s+(?!type\b)[^'"]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'/gm;

/** The files of the first pages, as far as they are loaded with them and not later. */
function filesOfFirstPages(): Map<string, string> {
  const files = new Map<string, string>();
  const open = FIRST_PAGES.map((file) => resolve(SOURCE, file));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const isOther = files.has(file) || !existsSync(file) || !/\.tsx?$/.test(file);
    if (isOther || dirname(file) === import.meta.dirname) continue;
    const text = readFileSync(file, 'utf8');
    files.set(file, text);
    for (const [, named, bare] of text.matchAll(IMPORT))
      open.push(resolve(dirname(file), named ?? bare ?? ''));
  }
  return files;
}

/** Keys that a file names whole, and all that begin as a key does which it puts together. */
function keysIn(text: string): string[] {
  const all = Object.keys(en);
  const whole = [...text.matchAll(/'([a-z_]+\.[\w.]+)'/g)].map(([, key = '']) => key);
  const begun = [...text.matchAll(/`([a-z_]+\.[\w.]*)\$\{/g)].map(([, beginning = '']) => beginning);
  return all.filter((key) => whole.includes(key) || begun.some((beginning) => key.startsWith(beginning)));
}

test('what the first pages say is there before they are painted', () => {
  const files = filesOfFirstPages();
  assert.ok(files.size > 50, 'they are made of many files');
  const missing = [...files].flatMap(([file, text]) =>
    keysIn(text)
      .filter((key) => !(key in first))
      .map((key) => `${key} of ${file}`),
  );
  assert.deepEqual(missing, []);
});
