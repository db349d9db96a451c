import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { CliError } from './cli-error.ts';
import { readProblem } from './problem-error.ts';
import { readEvents } from './read-events.ts';
import { readTyped } from './read-words.ts';
import { forgetSignIn, readSignIn, writeSignIn } from './session-file.ts';
import { plain, plainLines, tableOf } from './terminal-text.ts';
import type { Terminal, WordCall } from './word.ts';
import { WORDS } from './words.ts';

test('nothing that others named steers the terminal', () => {
  assert.equal(
    plain('a\u001b[31mred\u0007\u009b2J\nb\u202ec'),
    'a\u{fffd}[31mred\u{fffd}\u{fffd}2J\u{fffd}b\u{fffd}c',
  );
  assert.equal(plainLines('a\n\tb\u001b]0;title\u0007\r'), 'a\n\tb\u{fffd}]0;title\u{fffd}\u{fffd}');
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 3 }),
      (names) => {
        const text = tableOf(
          ['name'],
          names.map((name) => [name]),
        );
        assert.equal(text.split('\n').length, names.length + 2);
        assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
      },
    ),
  );
});

test('columns stand below each other, and what is not there is a dash', () => {
  const rows = [
    ['a', 1, true],
    ['long', null, false],
  ] as const;
  assert.equal(tableOf(['one', 'two', 'is'], rows), 'ONE   TWO  IS\na     1    yes\nlong  -    no\n');
  assert.equal(tableOf(['one'], []), 'nothing\n');
});

test('no secret is taken from the command line, in whatever place', () => {
  const key = ['inv', 'key', '01k9xq3v5w7y9z1b', 'A'.repeat(49)].join('_');
  for (const typed of [
    ['login', '--password', 'x'],
    ['login', '--password=x'],
    ['login', '--token', 'x'],
    ['login', '--key=x'],
    ['login', '--api-key', 'x'],
    ['keys', 'create', key],
    ['chat', 'model', '--', `my key is ${key}`],
    ['whoami', '--url', `http://${key}@host`],
  ]) {
    assert.throws(() => readTyped(WORDS, typed), /never written on the command line/, typed.join(' '));
  }
});

test('a thing alone is its list, and what is wrong is said with what is right', () => {
  assert.equal(readTyped(WORDS, ['keys']).word.name, 'keys');
  assert.equal(readTyped(WORDS, ['keys', '--all']).options.is('all'), true);
  assert.equal(readTyped(WORDS, ['keys', 'revoke', 'k', '-y']).words[0], 'k');
  const problems: [string[], RegExp][] = [
    [['keys', 'eat'], /list, create, rotate, revoke/],
    [['keys', 'revoke'], /inventiv keys revoke ID/],
    [['keys', 'revoke', 'a', 'b'], /too much/],
    [['costs', '--nothing'], /--nothing.*inventiv costs/],
    [['instances', '--limit'], /--limit/],
  ];
  for (const [typed, told] of problems) {
    assert.throws(
      () => readTyped(WORDS, typed),
      (error) => error instanceof CliError && error.exitCode === 2 && told.test(error.message),
      typed.join(' '),
    );
  }
});

test('every word has its own name, and says what it does', () => {
  const names = WORDS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, about, usage, takes = [0, 0] } of WORDS) {
    assert.ok(about.length > 0, name);
    assert.equal(takes[0] > 0, /^[A-Z]|^bash/.test(usage), `${name}: what must be typed stands first`);
  }
});

test('events are read however the stream is cut', async () => {
  const sent = [
    ': hello\n\n',
    'id: 1\nevent: a\ndata: {"text":"é€😀"}\n\n',
    'data: [DONE]\r\n\r\n',
    'id: 2\ndata: half',
  ].join('');
  const bytes = Buffer.from(sent);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      async function* pieces() {
        for (const [i, edge] of edges.slice(1).entries()) yield bytes.subarray(edges[i], edge);
      }
      const events = [];
      for await (const event of readEvents(pieces())) events.push(event);
      assert.deepEqual(events, [
        { id: '1', data: { text: 'é€😀' } },
        { id: undefined, data: '[DONE]' },
      ]);
    }),
  );
});

test('a sign-in is kept whole for its owner alone, and not used while others can read it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-sign-in-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'session.json');
  assert.equal(readSignIn(file), undefined);
  const signIn = { url: 'https://api.example', cookie: 'inv_session=x' };
  writeSignIn(file, signIn);
  writeSignIn(file, { ...signIn, key: 'k' });
  assert.deepEqual(readSignIn(file), { ...signIn, key: 'k' });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder), ['session.json'], 'nothing half-written is left');
  chmodSync(file, 0o640);
  assert.throws(() => readSignIn(file), /chmod 600/);
  chmodSync(file, 0o600);
  for (const text of ['', '{', '[]', '{"url":"no address"}']) {
    writeFileSync(file, text);
    assert.throws(() => readSignIn(file), /sign in again/);
  }
  forgetSignIn(file);
  forgetSignIn(file);
  assert.equal(readSignIn(file), undefined);
});

test('an answer of either form, or of none, becomes one sentence and an exit code', async () => {
  const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
    readProblem({ status, headers: new Headers(headers), text: async () => text });
  const problem = { detail: 'No.', code: 'request.invalid', errors: [{ path: 'name', message: 'too long' }] };
  const cases = [
    [await answer(422, JSON.stringify(problem)), 2, /^No\. name: too long$/],
    [
      await answer(401, JSON.stringify({ detail: 'Sign in first.', code: 'auth.required' })),
      3,
      /inventiv login/,
    ],
    [
      await answer(429, JSON.stringify({ error: { message: 'Slow.', code: 'limit' } }), {
        'retry-after': '7',
      }),
      7,
      /Slow\. Try again in 7 s/,
    ],
    [await answer(500, '<html>', { 'x-request-id': 'req_1' }), 1, /status 500.*req_1/],
    [await answer(418, 'null'), 1, /status 418/],
  ] as const;
  for (const [error, exitCode, told] of cases) {
    assert.equal(error.exitCode, exitCode, error.message);
    assert.match(error.message, told);
  }
});

test('a shell completes words, what is done with a thing, and options, in that order', async () => {
  const offered = async (...typed: string[]) => {
    const word = readTyped(WORDS, ['completion', 'bash']);
    let script = '';
    const terminal = {
      write: (text: string) => {
        script += text;
      },
    };
    await word.word.run({ ...({} as WordCall), words: word.words, terminal: terminal as Terminal });
    const ended = spawnSync(
      'bash',
      [
        '--norc',
        '-c',
        `${script}\nCOMP_WORDS=(inventiv "$@"); COMP_CWORD=$#; _inventiv; echo "\${COMPREPLY[@]}"`,
        'bash',
        ...typed,
      ],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(ended.status, 0, ended.stderr);
    return ended.stdout.trim().split(' ');
  };
  assert.deepEqual(await offered('dep'), ['deploy', 'deployments']);
  assert.deepEqual(await offered('keys', 'r'), ['rotate', 'revoke']);
  assert.deepEqual(await offered('keys', 'rotate', '--u'), ['--until', '--url']);
  assert.deepEqual(await offered('deploy', 'm', '--wi'), ['--within']);
  assert.deepEqual(await offered('login', '--p'), [''], 'there is no such thing as --password');
});
