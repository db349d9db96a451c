import { SETTING_NAMES } from '#config/settings.ts';
import { DOMAINS, folderOf, isBackend, isTestOnly } from './import-rules.ts';
import { cut } from './source-text.ts';

/** Rules that look at one file. Each returns what is wrong and what to do instead; nothing when all is right. */
export type TextRule = (path: string, source: string) => string[];

const LINES_MAX = 500;
const BIN_LINES_MAX = 200;
const FUNCTION_LINES_MAX = 70;
const BANNED_WORDS = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager'];
const BANNED_NAMES = ['data', 'info', 'index'];
const SQL_TIME =
  /\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid|uuidv4|uuidv7|uuid_generate_v\d|random)\s*\(|\bcurrent_(timestamp|date|time)\b|\blocaltime(stamp)?\b/i;
const SQL =
  /\b(select\b[\s\S]*\bfrom|insert\s+into|update\s+[a-z_]+\s+(as\s+\w+\s+)?set|delete\s+from|create\s+(table|role|database)|alter\s+table)\b/i;
const ENV_PLACES = ['src/kernel/system-env.ts'];
const CREDENTIALS: readonly [RegExp, string][] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s*[A-Za-z0-9+/=\\]{16}/, 'a private key'],
  [/\bAKIA[0-9A-Z]{16}\b/, 'an AWS access key'],
  [/\bSCW[0-9A-Z]{17}\b/, 'a Scaleway access key'],
  [/\b(?:ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{30,}/, 'a GitHub token'],
  [/\bhf_[A-Za-z0-9]{30,}\b/, 'a Hugging Face token'],
  [/\bsk-[A-Za-z0-9_-]{32,}/, 'a secret key of an inference provider'],
  [/\bxox[abprs]-[A-Za-z0-9-]{20,}/, 'a Slack token'],
  [/\binv_(?:key|sess|boot|wkr|data|ctl)_[0-9a-z]{8,32}_[0-9A-Za-z]{49}\b/, 'a token of our own'],
];

export const hasFewLines: TextRule = (path, source) => {
  // The sentences of one language belong together.
  if (/^web\/src\/i18n\/[a-z]{2}\.ts$/.test(path)) return [];
  const max = path.startsWith('bin/') ? BIN_LINES_MAX : LINES_MAX;
  const lines = source.split('\n').length - 1;
  return lines <= max ? [] : [`${path} has ${lines} lines, more than ${max}: split it by what it knows`];
};

export const hasShortFunctions: TextRule = (path, source) =>
  (isTestOnly(path) ? [] : functionsOf(source)).flatMap(({ name, lines }) =>
    lines <= FUNCTION_LINES_MAX
      ? []
      : [`${path}: ${name} has ${lines} lines, more than ${FUNCTION_LINES_MAX}: give its parts names`],
  );

export const hasGoodName: TextRule = (path) => {
  const parts = path.replace(/(\.[a-z]+)+$/, '').split('/');
  const name = parts.at(-1) ?? '';
  const problems: string[] = [];
  const allowed = path.startsWith('test/') || path === 'web/index.html';
  const banned = parts.flatMap((part) => part.split('-')).find((word) => BANNED_WORDS.includes(word));
  if (banned && !allowed)
    problems.push(`${path} is called "${banned}", which says nothing: name what it knows`);
  if (BANNED_NAMES.includes(name) && !allowed) {
    problems.push(`${path} is called "${name}", which says nothing: name what it knows`);
  }
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) problems.push(`${path} is not in kebab-case: rename it`);
  return problems;
};

export const hasNoDefaultExport: TextRule = (path, source) => {
  if (path === 'web/vite.config.ts') return [];
  const code = codeOf(source);
  const problems: string[] = [];
  if (/\bexport\s+default\b|\bas\s+default\b/.test(code)) {
    problems.push(`${path} has a default export: export it by a name`);
  }
  if (/\bexport\s*\*/.test(code))
    problems.push(`${path} re-exports everything: let importers name the file they mean`);
  return problems;
};

/** The clock, randomness and sleeping of the machine, outside the one place that may touch them. */
export const takesTimeFromEnv: TextRule = (path, source) => {
  if (!isBackend(path) || isTestOnly(path) || ENV_PLACES.includes(path)) return [];
  const banned: [RegExp, string][] = [
    [/\bnew\s+Date\s*\(\s*\)/, 'new Date(env.clock.now())'],
    [/\bDate\s*\.\s*now\b/, 'env.clock.now()'],
    [/\bperformance\s*\.\s*now\b|\bprocess\s*\.\s*hrtime\b/, 'env.clock.monotonic()'],
    [/\bMath\s*\.\s*random\b/, 'env.random.float()'],
    [/\brandom(UUID|Bytes|Int|FillSync)\b|\bgetRandomValues\b/, 'env.random.bytes() or newId(env, kind)'],
    [/(?<![.\w])set(Timeout|Interval)\s*\(/, 'env.sleep()'],
    [/\bprocess\s*\.\s*env\b/, 'the configuration (src/config)'],
  ];
  const code = codeOf(source);
  return banned.flatMap(([pattern, instead]) => {
    const found = pattern.exec(code)?.[0];
    if (!found || (path.startsWith('src/config/') && found.includes('env'))) return [];
    return [`${path} uses ${found.trim()}: use ${instead} instead, so that a simulation can decide it`];
  });
};

/** The database's clock and ids, outside app_now. */
export const takesSqlTimeFromAppNow: TextRule = (path, source) => {
  const texts = path.endsWith('.sql')
    ? [withoutAppNow(source.replace(/--.*$/gm, ''))]
    : sqlTexts(path, source);
  return texts.flatMap((text) => {
    const found = SQL_TIME.exec(text)?.[0];
    return found ? [`${path} uses ${found} in SQL: use app_now() for time and newId(env, kind) for ids`] : [];
  });
};

/** SQL of a domain lives in its store, and each table has one folder that writes it. */
export const keepsSqlInStores: TextRule = (path, source) => {
  if (!isBackend(path) || isTestOnly(path) || !DOMAINS.includes(folderOf(path))) return [];
  if (/(^|\/)(store|[a-z-]+-store)\.ts$|\/store\//.test(path)) return [];
  return sqlTexts(path, source).length > 0
    ? [
        `${path} holds SQL: move it to src/${folderOf(path)}/store.ts, the sole place of this domain's statements`,
      ]
    : [];
};

/** Tables that a file writes, by the statements in its texts. */
export function writtenTables(path: string, source: string): string[] {
  if (!isBackend(path) || isTestOnly(path)) return [];
  const pattern = /\b(?:insert\s+into|(?<!for\s)(?<!do\s)update|delete\s+from)\s+([a-z_]+)\b/gi;
  return sqlTexts(path, source).flatMap((text) =>
    [...text.matchAll(pattern)].flatMap((match) => (match[1] && match[1] !== 'set' ? [match[1]] : [])),
  );
}

/** A setting is asked for at each use: what is read of the configuration is its first value only. */
export const readsSettingsLive: TextRule = (path, source) => {
  if (isTestOnly(path) || path.startsWith('src/config/')) return [];
  const code = codeOf(source);
  return SETTING_NAMES.filter((name) => {
    const isMember = new RegExp(`\\bvalues\\s*\\??\\.\\s*${name}\\b`).test(code);
    const isTakenOut = new RegExp(`\\{[^{}]*\\b${name}\\b[^{}]*\\}\\s*=[^=]*\\bvalues\\b`).test(code);
    return isMember || isTakenOut;
  }).map(
    (name) =>
      `${path} reads ${name} from the configuration: ask settings.get('${name}') at each use, because it changes without a restart`,
  );
};

export const holdsNoCredential: TextRule = (path, source) =>
  CREDENTIALS.flatMap(([pattern, what]) =>
    pattern.test(source)
      ? [`${path} holds what looks like ${what}: remove it, and revoke it if it was real`]
      : [],
  );

export const saysOnlyWhatLasts: TextRule = (path, source) => {
  const problems: string[] = [];
  const todo = /\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/.exec(source)?.[0];
  if (todo) problems.push(`${path} has a ${todo} without an issue number: do it, or write TODO(#number)`);
  const place = /(?<![\w.])\/(work|tmp\/brief)\//.exec(source)?.[0];
  if (place)
    problems.push(`${path} names ${place}, a place of one machine: make it relative to the repository`);
  return problems;
};

/** Each route object names a policy. The compiler demands it too; this also sees a cast around it. */
export const declaresPolicies: TextRule = (path, source) => {
  if (!isBackend(path) || isTestOnly(path) || !/routes?\.ts$/.test(path) || path === 'src/http/route.ts')
    return [];
  const code = codeOf(source);
  const routes = code.match(/\broute\s*\(/g)?.length ?? 0;
  const policies = code.match(/\bpolicy\s*[:,]/g)?.length ?? 0;
  return policies >= routes
    ? []
    : [`${path} declares ${routes} routes and ${policies} policies: give each route one`];
};

function codeOf(source: string): string {
  return cut(source)
    .map((piece) => (piece.kind === 'code' ? piece.text : ' '))
    .join('');
}

/** Declared functions with their length, from the first line to the closing brace. */
function functionsOf(source: string): { name: string; lines: number }[] {
  const code = cut(source)
    .map((piece) => (piece.kind === 'code' ? piece.text : piece.text.replace(/[^\n]/g, ' ')))
    .join('');
  return [...code.matchAll(/\bfunction\s*\*?\s*(\w+)/g)].map((match) => {
    const parameters = closing(code, code.indexOf('(', match.index), '(', ')');
    let end = closing(code, code.indexOf('{', parameters), '{', '}');
    // What closed first may have been the braces of a return type; the body comes after it.
    for (
      let rest = /^[\s>\][|&]*\{/.exec(code.slice(end + 1));
      rest;
      rest = /^[\s>\][|&]*\{/.exec(code.slice(end + 1))
    ) {
      end = closing(code, end + rest[0].length, '{', '}');
    }
    return { name: match[1] ?? '', lines: code.slice(match.index, end).split('\n').length };
  });
}

function closing(code: string, from: number, open: string, close: string): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    if (code[at] === open) depth += 1;
    else if (code[at] === close && --depth === 0) return at;
  }
  return code.length;
}

function sqlTexts(path: string, source: string): string[] {
  if (!/\.(ts|mjs)$/.test(path) || isTestOnly(path)) return [];
  return templatesOf(source).filter((text) => SQL.test(text));
}

/** Texts, with a template's parts joined again around its expressions. */
function templatesOf(source: string): string[] {
  const texts: string[] = [];
  let open: string | undefined;
  for (const piece of cut(source)) {
    if (piece.kind !== 'text') continue;
    const continues = open !== undefined && piece.text.startsWith('}');
    const text: string = (continues ? `${open} ` : '') + piece.text;
    if (piece.text.endsWith('${')) open = text;
    else {
      open = undefined;
      texts.push(text);
    }
  }
  return open === undefined ? texts : [...texts, open];
}

function withoutAppNow(sql: string): string {
  return sql.replace(/create (?:or replace )?function (?:public\.)?app_now\(\)[^;]*;/i, '');
}
