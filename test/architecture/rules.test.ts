/** Each rule sees a bad sample as bad and a good one as good. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseTests } from './database-tests.ts';
import { compareNames, compareRows, errorRow, namesUnder, settingRow } from './documents.ts';
import { checkImport, importsOf } from './import-rules.ts';
import { cut } from './source-text.ts';
import {
  declaresPolicies,
  hasFewLines,
  hasGoodName,
  hasNoDefaultExport,
  hasShortFunctions,
  holdsNoCredential,
  keepsSqlInStores,
  readsSettingsLive,
  saysOnlyWhatLasts,
  type TextRule,
  takesSqlTimeFromAppNow,
  takesTimeFromEnv,
  writtenTables,
} from './text-rules.ts';

/** An expression inside a template of a sample. */
const HOLE = ['$', '{a}'].join('');
const STORE = 'src/instances/store.ts';

test('imports are found in every form, and not in texts or comments', () => {
  const source = [
    "import { a } from '#kernel/a.ts';",
    "import './b.ts';",
    "export type { C } from './c.ts';",
    "const d = await import('./d.ts');",
    "// import { e } from './e.ts';",
    "const text = `import { f } from './f.ts';`;",
    "import {\n  g,\n} from 'pg';",
  ].join('\n');
  assert.deepEqual(importsOf(source), ['#kernel/a.ts', './b.ts', './c.ts', './d.ts', 'pg']);
});

test('a test that meets a database is found however far away its database is, and no other is', () => {
  const files = [
    { path: 'src/database/testing.ts', text: '' },
    { path: 'src/instances/testing/bench.ts', text: "import { a } from '#database/testing.ts';" },
    { path: 'src/instances/direct.test.ts', text: "import { a } from '../database/testing.ts';" },
    { path: 'src/alerts/far.test.ts', text: "import { b } from '#instances/testing/bench.ts';" },
    { path: 'src/kernel/pure.test.ts', text: "import { ring } from './ring.ts';" },
    { path: 'src/kernel/ring.ts', text: "import './pure.test.ts';" },
    { path: 'test/whole.test.ts', text: "import { a } from '#database/testing.ts';" },
  ];
  assert.deepEqual(databaseTests(files), ['src/alerts/far.test.ts', 'src/instances/direct.test.ts']);
});

test('a source is cut into code, texts and comments', () => {
  const source = `const a = /[/'"\`]/.test(b) ? \`x\${c + \`y\${'}'}\`}z\` : 'it\\'s'; // end`;
  const texts = cut(source)
    .filter((piece) => piece.kind === 'text')
    .map((piece) => piece.text);
  assert.equal(texts.join(' '), `\`x\${ \`y\${ '}' }\` }z\` 'it\\'s'`);
  assert.equal(cut(source).at(-1)?.text, '// end');
  assert.equal(cut("a\nb\n'c'").find((piece) => piece.kind === 'text')?.line, 3);
});

test('imports that are refused, each with what to do instead', () => {
  const refused: [string, string, RegExp][] = [
    ['src/kernel/ids.ts', '#config/config.ts', /imports point down only/],
    ['src/catalog/queries.ts', '#finops/queries.ts', /imports point down only/],
    ['src/gateway/edge.ts', '#worker/agent.ts', /imports point down only/],
    ['src/jobs/runner.ts', '#http/server.ts', /imports point down only/],
    ['src/finops/queries.ts', '../../bin/api.ts', /imports point down only/],
    ['src/plumbing/pipe.ts', '#kernel/ids.ts', /has no rank/],
    ['src/worker/agent.ts', '#config/config.ts', /the worker reaches only/],
    ['bin/worker.ts', '#telemetry/process.ts', /the worker reaches only/],
    ['src/worker/agent.ts', 'undici', /the worker is one small file/],
    [
      'src/instances/jobs/reconcile-instance.ts',
      '#providers/mock/provider.ts',
      /only bin\/ names a concrete/,
    ],
    ['src/finops/queries.ts', '#instances/store.ts', /call a command or a query/],
    ['src/finops/queries.ts', '#instances/store/views.ts', /call a command or a query/],
    ['bin/api.ts', '#finops/ledger-store.ts', /call a command or a query/],
    ['web/src/main.tsx', '#kernel/ids.ts', /the dashboard imports/],
    ['src/identity/queries.ts', 'pg', /imports pg/],
    ['src/jobs/runner.ts', 'node:timers/promises', /sleep by env.sleep/],
    ['src/jobs/runner.ts', '#database/testing.ts', /for tests only/],
  ];
  for (const [file, specifier, expected] of refused) {
    assert.match(
      checkImport(file, specifier) ?? 'nothing is wrong',
      expected,
      `${file} imports ${specifier}`,
    );
  }
});

test('imports that are right', () => {
  const right: [string, string][] = [
    ['src/kernel/ids.ts', './env.ts'],
    ['src/finops/queries.ts', '#instances/queries.ts'],
    ['src/telemetry/process.ts', '#config/config.ts'],
    ['src/database/embedded.ts', 'pg'],
    ['src/worker/agent.ts', '#contracts/worker.ts'],
    ['bin/orchestrator.ts', '#providers/mock/provider.ts'],
    ['src/providers/mock/provider.ts', './client.ts'],
    ['src/finops/ledger.test.ts', '#instances/store.ts'],
    ['web/src/main.tsx', '#contracts/events.ts'],
    ['src/kernel/token.ts', 'node:crypto'],
  ];
  for (const [file, specifier] of right)
    assert.equal(checkImport(file, specifier), undefined, `${file} ${specifier}`);
});

/** Rule, path, bad sample, good sample. */
const SAMPLES: [string, TextRule, string, string, string][] = [
  ['a long file', hasFewLines, 'src/jobs/a.ts', 'a\n'.repeat(501), 'a\n'.repeat(500)],
  ['a long file in bin', hasFewLines, 'bin/a.ts', 'a\n'.repeat(201), 'a\n'.repeat(200)],
  [
    'a long function',
    hasShortFunctions,
    'src/jobs/a.ts',
    `function a(b: { c: 1 }): { d: 2 } {\n${'  b();\n'.repeat(70)}}`,
    `function a(b: { c: 1 }): Promise<{ d: 2 }[]> {\n${'  b();\n'.repeat(68)}}\nfunction e() {\n${'x\n'.repeat(60)}}`,
  ],
  ['a default export', hasNoDefaultExport, 'src/jobs/a.ts', 'export default 1;', 'export const a = 1;'],
  ['a barrel', hasNoDefaultExport, 'src/jobs/a.ts', "export * from './b.ts';", "export { b } from './b.ts';"],
  ['the clock', takesTimeFromEnv, 'src/jobs/a.ts', 'const at = new Date();', 'const at = new Date(ms);'],
  ['Date.now', takesTimeFromEnv, 'src/jobs/a.ts', 'Date.now()', 'env.clock.now()'],
  ['the monotonic clock', takesTimeFromEnv, 'src/jobs/a.ts', 'performance.now()', "'performance.now()'"],
  ['randomness', takesTimeFromEnv, 'src/jobs/a.ts', 'Math.random()', 'env.random.float()'],
  ['random ids', takesTimeFromEnv, 'src/jobs/a.ts', 'randomUUID()', 'newId(env, kind)'],
  ['timers', takesTimeFromEnv, 'src/jobs/a.ts', 'setTimeout(f, 1)', 'socket.setTimeout(1)'],
  ['the environment', takesTimeFromEnv, 'src/jobs/a.ts', 'process.env.HOME', '// process.env.HOME'],
  [
    'now() in a statement',
    takesSqlTimeFromAppNow,
    STORE,
    '`select now() from t`',
    '`select app_now() from t`',
  ],
  [
    'a time in an insert',
    takesSqlTimeFromAppNow,
    STORE,
    '`insert into t values (current_timestamp)`',
    'env.clock.now()',
  ],
  [
    'an id across an expression',
    takesSqlTimeFromAppNow,
    STORE,
    `\`insert into t ${HOLE} values (gen_random_uuid())\``,
    `\`insert into t ${HOLE} values ($1)\``,
  ],
  [
    'a time default in a migration',
    takesSqlTimeFromAppNow,
    'migrations/0001_a.sql',
    'create table t (at timestamptz default now());',
    'create function app_now() returns timestamptz language sql return clock_timestamp();\n-- now()',
  ],
  ['SQL in a query file', keepsSqlInStores, 'src/finops/queries.ts', '`select a from b`', "'select one'"],
  [
    'a private key',
    holdsNoCredential,
    'a.pem',
    `-----BEGIN PRIVATE ${'KEY'}-----\nMIIEvQIBADANBgkqhkiG`,
    'a key',
  ],
  ['an access key', holdsNoCredential, 'a.md', `AKIA${'ABCDEFGHIJKLMNOP'}`, 'AKIA...'],
  [
    'a token of ours',
    holdsNoCredential,
    'a.md',
    `inv_key_${'0'.repeat(26)}_${'a'.repeat(49)}`,
    'inv_key_...',
  ],
  ['a left-over', saysOnlyWhatLasts, 'a.ts', '// TODO: later', '// TODO(#12): later'],
  ['a place of one machine', saysOnlyWhatLasts, 'a.md', 'see /work/shared', 'see docs/work/'],
  [
    'a setting that is read once',
    readsSettingsLive,
    'bin/a.ts',
    'run(config.values.JOB_LEASE_MS, config.values.PORT_OFFSET);',
    "run(settings.get('JOB_LEASE_MS'), config.values.PORT_OFFSET);",
  ],
  [
    'a setting that is taken out of the configuration',
    readsSettingsLive,
    'bin/a.ts',
    'const { JOB_LEASE_MS } = config.values;',
    'const { PORT_OFFSET } = config.values;',
  ],
  [
    'a route without a policy',
    declaresPolicies,
    'src/finops/routes.ts',
    "route({ method: 'GET' })",
    "route({ method: 'GET', policy: { allow: 'worker' } })",
  ],
];

for (const [name, rule, path, bad, good] of SAMPLES) {
  test(`${name} is seen`, () => {
    const problems = rule(path, bad);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', new RegExp(`^${path}.*:.*`));
    assert.deepEqual(rule(path, good), []);
  });
}

test('names that say nothing are seen', () => {
  for (const path of [
    'src/jobs/utils.ts',
    'src/jobs/job-helpers.ts',
    'src/common/a.ts',
    'src/jobs/data.ts',
    'src/jobs/jobRunner.ts',
  ]) {
    assert.equal(hasGoodName(path, '').length, 1, path);
  }
  for (const path of [
    'src/jobs/job-runner.ts',
    'src/database/data-directory.ts',
    'test/helpers.ts',
    'src/a/b.property.test.ts',
  ]) {
    assert.deepEqual(hasGoodName(path, ''), [], path);
  }
});

test('the tables that a file writes are found', () => {
  const source =
    '`insert into a (x) values ($1) on conflict do update set x = 1`; `update b set x = 1`; `delete from c where x`';
  assert.deepEqual(writtenTables(STORE, source), ['a', 'b', 'c']);
  assert.deepEqual(writtenTables(STORE, '`select 1 from a for update skip locked`'), []);
});

test('a page that differs from the code is seen both ways', () => {
  const row = settingRow('ONE_MS', { kind: 'integer', default: 5, min: 1, max: 9, about: 'One.' });
  assert.equal(row, '| `ONE_MS` | `5` | 1 to 9 | One. |');
  assert.deepEqual(compareRows(new Map([['ONE_MS', row]]), `${row}\n`, 'page'), []);
  assert.match(compareRows(new Map([['ONE_MS', row]]), '', 'page')[0] ?? '', /must have this row for ONE_MS/);
  assert.match(compareRows(new Map(), row, 'page')[0] ?? '', /describes ONE_MS, which does not exist/);
  assert.match(compareRows(new Map([['ONE_MS', row]]), `${row}\n${row}`, 'page')[0] ?? '', /twice/);
  assert.equal(errorRow('a.b', 404, 'No.'), '| `a.b` | 404 | No. |');
  assert.deepEqual(namesUnder('## A', '## A\n`ONE`,\n`TWO`.\n## B\n`THREE`'), ['ONE', 'TWO']);
  assert.equal(compareNames(['a'], ['b'], 'page').length, 2);
});
