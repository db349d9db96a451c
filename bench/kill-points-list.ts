/** `make kill-points-list`: writes the list of crash points into the guide. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIST_BEGINS, LIST_ENDS, renderList } from '../test/kill-points/guide.ts';

const path = join(import.meta.dirname, '../docs/guides/kill-points.md');
const text = readFileSync(path, 'utf8');
const begin = text.indexOf(LIST_BEGINS);
const end = text.indexOf(LIST_ENDS);
if (begin < 0 || end < begin)
  throw new Error(`${path} has no place for the list: ${LIST_BEGINS} ... ${LIST_ENDS}`);
writeFileSync(path, `${text.slice(0, begin)}${LIST_BEGINS}\n\n${renderList()}\n\n${text.slice(end)}`);
