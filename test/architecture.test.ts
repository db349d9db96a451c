/**
 * The architecture as a test: every rule over every file of the repository. What the rules themselves are worth is
 * shown in test/architecture/rules.test.ts, which feeds each a bad sample.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AnyDefinition, DEFINITIONS } from '#config/definitions.ts';
import { GRANTED_TABLES } from '#database/grants.ts';
import { MIGRATIONS_DIRECTORY } from '#database/migrator.ts';
import { dumpSchema } from '#database/schema-dump.ts';
import { withTestDatabase } from '#database/testing.ts';
import { statusOf } from '#http/problem.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '#kernel/error-catalogue.ts';
import { AppError } from '#kernel/errors.ts';
import { compareNames, compareRows, errorRow, namesUnder, settingRow } from './architecture/documents.ts';
import { checkImport, folderOf, importsOf } from './architecture/import-rules.ts';
import { ROOT, readRepository } from './architecture/repository.ts';
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
} from './architecture/text-rules.ts';

const files = readRepository();
const code = files.filter(({ path }) => /^(src|bin|test|bench|scripts|web)\/.*\.(ts|tsx|mjs)$/.test(path));
const generated = /\.gen\.tsx?$/;

function assertNone(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n  ${problems.join('\n  ')}\n`);
}

function assertRule(rule: TextRule, over: typeof files): void {
  assertNone(over.flatMap(({ path, text }) => rule(path, text)));
}

test('imports point down, and reach into no other part than they may', () => {
  assertNone(
    code.flatMap(({ path, text }) =>
      importsOf(text).flatMap((specifier) => checkImport(path, specifier) ?? []),
    ),
  );
});

test('files are small', () => {
  assertRule(
    hasFewLines,
    code.filter(({ path }) => !generated.test(path)),
  );
});

test('functions are short', () => {
  assertRule(hasShortFunctions, code);
});

test('names say what a file knows', () => {
  assertRule(
    hasGoodName,
    code.filter(({ path }) => !generated.test(path)),
  );
});

test('exports have names', () => {
  assertRule(hasNoDefaultExport, code);
});

test('time, randomness and settings come from Env and the configuration', () => {
  assertRule(takesTimeFromEnv, code);
});

test('SQL takes time and ids from app_now and newId', () => {
  const sql = files.filter(({ path }) => /^migrations\/.*\.sql$/.test(path));
  assertRule(takesSqlTimeFromAppNow, [...code, ...sql]);
});

test('the SQL of a domain is in its store', () => {
  assertRule(keepsSqlInStores, code);
});

test('each table is written by one part', () => {
  const writers = new Map<string, Set<string>>();
  for (const { path, text } of code) {
    for (const table of writtenTables(path, text)) {
      writers.set(table, (writers.get(table) ?? new Set()).add(folderOf(path)));
    }
  }
  const shared = [...writers].filter(([, folders]) => folders.size > 1);
  assertNone(
    shared.map(
      ([table, folders]) => `${table} is written by ${[...folders].join(' and ')}: call one's command`,
    ),
  );
});

test('every route names a policy', () => {
  assertRule(declaresPolicies, code);
});

test('no file holds a credential', () => {
  assertRule(holdsNoCredential, files);
});

test('files speak of what lasts', () => {
  assertRule(
    saysOnlyWhatLasts,
    files.filter(({ path }) => !path.startsWith('test/architecture/')),
  );
});

test('every setting is documented as it is, and nothing else is', () => {
  const path = 'docs/reference/environment.md';
  const rows = Object.entries(DEFINITIONS).map(([name, one]) => [name, settingRow(name, one)] as const);
  assertNone(compareRows(new Map(rows), readFileSync(join(ROOT, path), 'utf8'), path));
});

test('settings that change without a restart are asked for at each use', () => {
  assertRule(readsSettingsLive, code);
});

test('what changes without a restart is listed as it is, and nothing else is', () => {
  const path = 'docs/reference/environment.md';
  const page = readFileSync(join(ROOT, path), 'utf8');
  const named = (scope: string) =>
    Object.entries<AnyDefinition>(DEFINITIONS).flatMap(([name, one]) => (one.scope === scope ? [name] : []));
  const headings = {
    global: '### One value for everything',
    provider: '### One value for everything, and one for each provider that needs another',
    organisation: '### One value for everything, for each provider, and for each organisation',
  };
  for (const [scope, heading] of Object.entries(headings)) {
    assertNone(compareNames(named(scope), namesUnder(heading, page), `${path}, "${heading}",`));
  }
});

test('every error code is documented as it is, and nothing else is', () => {
  const path = 'docs/reference/errors.md';
  const rows = Object.entries(ERROR_CATALOGUE).map(([code, { message }]) => {
    const status = statusOf(new AppError(code as ErrorCode));
    return [code, errorRow(code, status, message)] as const;
  });
  assertNone(compareRows(new Map(rows), readFileSync(join(ROOT, path), 'utf8'), path));
});

test('the migrations replayed are migrations/schema.sql, and the grants name each of its tables', async (t) => {
  const { db } = await withTestDatabase(t);
  const written = readFileSync(join(MIGRATIONS_DIRECTORY, 'schema.sql'), 'utf8');
  assert.equal(await dumpSchema(db), written, 'run `make db-dump` and review the difference');
  const tables = await db.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename !~ '_p[0-9]{8}$'`,
  );
  const names = tables.map((row) => row.name);
  assertNone(compareNames(names, GRANTED_TABLES, 'src/database/grants.ts'));
});
