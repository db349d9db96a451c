import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineRedactor, redact } from './redact.ts';

/** Put together here, so that no scanner takes the corpus for a leak. */
const LETTERS = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG';
const CANARIES: readonly string[] = [
  `${'inv'}_wkr_01k9xq3v5w7y9z1b_${LETTERS}${LETTERS.slice(0, 17)}`,
  `${'inv'}_boot_01k9xq3v5w7y9z1b_${LETTERS}`,
  `${'hf'}_${LETTERS}`,
  `${'gh'}p_${LETTERS}`,
  `${'AKI'}A${LETTERS.toUpperCase().slice(0, 16)}`,
  `${'SC'}W${LETTERS.toUpperCase().slice(0, 17)}`,
  `${'sk'}-${LETTERS}`,
  `${'ey'}J${LETTERS}.${LETTERS}.${LETTERS}`,
];

const NAMED = [
  (value: string) => `Authorization: Bearer ${value}`,
  (value: string) => `authorization: Basic ${value}`,
  (value: string) => `curl -H "authorization: Bearer ${value}" http://host/`,
  (value: string) => `HF_TOKEN=${value} docker run`,
  (value: string) => `--api-key ${value} --port 1`,
  (value: string) => `{"password":"${value}","user":"me"}`,
  (value: string) => `{"line":"{\\"api_key\\": \\"${value}\\"}"}`,
  (value: string) => `export DB_PASSWORD='${value}'`,
  (value: string) => `postgres://user:${value}@host:5432/db`,
  (value: string) => `aws_secret_access_key = ${value}`,
  (value: string) => `GET /file?X-Amz-Signature=${value}&a=b`,
  (value: string) => `Set-Cookie: inv_session=${value}; Path=/`,
];

test('no credential that has a form gets through, wherever it stands', () => {
  for (const canary of CANARIES) {
    for (const line of [
      canary,
      `x ${canary} y`,
      `"${canary}"`,
      `a=${canary},b`,
      `(${canary})`,
      `${canary}\n`,
    ]) {
      assert.ok(!redact(line).includes(canary.slice(8)), redact(line));
    }
  }
});

test('no value that is named as a secret gets through', () => {
  for (const say of NAMED) {
    const clean = redact(say('Tr0ub4dor-and-3'));
    assert.ok(!clean.includes('Tr0ub4dor'), clean);
    assert.ok(clean.includes('[secret]'), clean);
  }
});

test('values of secret variables are taken out as they are', () => {
  assert.equal(
    redact('the word is swordfish, they say', ['swordfish', 'abc']),
    'the word is [secret], they say',
  );
  assert.equal(redact('abc is too short to be one', ['abc']), 'abc is too short to be one');
});

test('what is no secret stays', () => {
  for (const line of [
    'prompt_tokens=123 completion_tokens: 45, max_tokens=4096',
    'Loading tokenizer=Qwen/Qwen3-8B from cache',
    'the token is missing or wrong',
    'token: null, password: false',
    'Loading safetensors checkpoint shards:  50% Completed | 2/4',
    '{"time":"2026-11-21T12:00:00.000Z","level":"info","message":"The agent starts.","sha256":"abc"}',
    'GET http://127.0.0.1:8001/health 200',
    'a bearer of news',
  ]) {
    assert.equal(redact(line), line);
  }
});

test('a key over many lines is taken out whole, and what follows is not', () => {
  const redactor = new LineRedactor(() => []);
  const kind = 'PRIVATE KEY';
  const lines = [
    'before',
    `-----BEGIN RSA ${kind}-----`,
    LETTERS,
    LETTERS,
    `-----END RSA ${kind}-----`,
    'after',
  ];
  assert.deepEqual(
    lines.map((line) => redactor.clean(line)),
    ['before', '[secret]', '[secret]', '[secret]', '[secret]', 'after'],
  );
  redactor.clean(`-----BEGIN ${kind}-----`);
  assert.equal(redactor.clean(LETTERS), '[secret]');
  assert.equal(redactor.clean('{"message":"cut off"}'), '{"message":"cut off"}');
  assert.equal(redactor.clean('after'), 'after');
});

test('no line makes it slow', () => {
  const evil = ['a', 'eyJ', 'token', 'token=', '://a:', '"', '\\"', 'Bearer ', 'password ', '-----BEGIN '];
  for (const part of evil) {
    const line = part.repeat(Math.ceil(65_536 / part.length));
    const startedAt = performance.now();
    redact(line);
    assert.ok(performance.now() - startedAt < 8_000, part);
  }
});
