import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXPORT_FORMAT } from '../../../src/contracts/workbench.ts';
import { FILE_FORMAT, readExport } from './read-export.ts';

test('a file of ours is taken, and of others it is said what they are', () => {
  assert.equal(FILE_FORMAT, EXPORT_FORMAT);
  const ours = { format: EXPORT_FORMAT, title: 'T', messages: [] };
  assert.deepEqual(readExport(JSON.stringify(ours)), { conversation: ours });
  for (const text of ['', '# A title', '{"format":'])
    assert.deepEqual(readExport(text), { fault: 'not_json' }, text);
  for (const text of ['null', '[]', '"text"', '{"format":"inventiv.conversation.v9"}', '{"mapping":{}}'])
    assert.deepEqual(readExport(text), { fault: 'other_format' }, text);
});
