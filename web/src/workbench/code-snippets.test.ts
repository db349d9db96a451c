import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { curlSnippet } from './code-snippets.ts';

test('the curl call survives quotes, dollars and line breaks in a prompt', () => {
  const content = 'It\'s "5 $HOME" `x`\nsecond line \\ end';
  const snippet = curlSnippet({
    baseUrl: 'http://127.0.0.1:8000/v1',
    apiKey: 'inv_k',
    model: 'a/b',
    messages: [{ role: 'user', content }],
  });
  // The shell itself says what curl would be given.
  const script = snippet.replace(/^curl /, 'printf "%s\\0" ');
  const parts = execFileSync('sh', ['-c', script], { encoding: 'utf8', timeout: 5_000 }).split('\0');
  const body = parts[parts.indexOf('-d') + 1] ?? '';
  assert.equal(parts[0], 'http://127.0.0.1:8000/v1/chat/completions');
  assert.ok(parts.includes('Authorization: Bearer inv_k'));
  assert.deepEqual(JSON.parse(body), { model: 'a/b', messages: [{ role: 'user', content }] });
});
