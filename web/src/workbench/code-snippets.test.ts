import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import {
  aiSdkSnippet,
  claudeCodeSnippet,
  codexSnippet,
  curlSnippet,
  javascriptSnippet,
  langChainSnippet,
  pythonSnippet,
} from './code-snippets.ts';

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

const input = {
  baseUrl: 'http://127.0.0.1:8000/v1',
  apiKey: 'inv_k',
  model: "o'rg/b c",
  messages: [{ role: 'user', content: 'say "hi"\n' }],
};

test('Claude Code gets an address without the version, and a shell reads each value whole', () => {
  const script = claudeCodeSnippet(input).replace(
    /claude$/,
    'printf "%s\\0" "$ANTHROPIC_BASE_URL" "$ANTHROPIC_MODEL"',
  );
  const parts = execFileSync('sh', ['-c', script], { encoding: 'utf8', timeout: 5_000 }).split('\0');
  assert.deepEqual(parts.slice(0, 2), ['http://127.0.0.1:8000', "o'rg/b c"]);
});

test('every snippet names the model and the address', () => {
  for (const snippet of [aiSdkSnippet, langChainSnippet, codexSnippet]) {
    const code = snippet(input);
    assert.match(code, /http:\/\/127\.0\.0\.1:8000\/v1/);
    assert.ok(code.includes(JSON.stringify(input.model)), code);
  }
  assert.ok(aiSdkSnippet(input).includes(JSON.stringify('say "hi"\n')));
});

test('parameters are in the code of each program under the name that it knows', () => {
  const parameters = { temperature: 0.7, max_tokens: 64, stop: ["it's"] };
  const withThem = { ...input, parameters };
  const script = curlSnippet(withThem).replace(/^curl /, 'printf "%s\\0" ');
  const parts = execFileSync('sh', ['-c', script], { encoding: 'utf8', timeout: 5_000 }).split('\0');
  const { model: _, messages: __, ...sent } = JSON.parse(parts[parts.indexOf('-d') + 1] ?? '');
  assert.deepEqual(sent, parameters);
  assert.match(pythonSnippet(withThem), /^ {4}temperature=0\.7,\n {4}max_tokens=64,\n {4}stop=\["it's"\],$/m);
  assert.match(langChainSnippet(withThem), /^ {4}max_tokens=64,$/m);
  assert.match(javascriptSnippet(withThem), /^ {2}max_tokens: 64,$/m);
  assert.match(aiSdkSnippet(withThem), /^ {2}maxOutputTokens: 64,\n {2}stopSequences: \["it's"\],$/m);
});
