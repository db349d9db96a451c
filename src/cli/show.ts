/** How the words show what the api answered, and how they ask before something cannot be undone. */
import { CliError, EXIT, usageError } from './cli-error.ts';
import { type Cell, tableOf } from './terminal-text.ts';
import type { WordCall } from './word.ts';

/** As JSON where that was asked for, else as a person reads it. */
export function show<T>({ terminal, options }: WordCall, answer: T, text: (answer: T) => string): void {
  terminal.write(options.isJson ? `${JSON.stringify(answer, null, 2)}\n` : text(answer));
}

export interface Listed<T> {
  readonly data: readonly T[];
  readonly has_more?: boolean | undefined;
  readonly next_cursor?: string | null | undefined;
}

type Columns<T> = readonly (readonly [name: string, value: (row: T) => Cell])[];

export const LIST_OPTIONS = { limit: { type: 'string' }, all: { type: 'boolean' } } as const;
const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 200;

/** A list, page by page with `--all`. */
export async function showList<T>(
  call: WordCall,
  read: (page: { limit: number; after?: string }) => Promise<Listed<T>>,
  columns: Columns<T>,
): Promise<void> {
  const isAll = call.options.is('all');
  const limit = isAll ? LIMIT_MAX : numberOf(call, 'limit', LIMIT_DEFAULT, LIMIT_MAX);
  const rows: T[] = [];
  let page = await read({ limit });
  rows.push(...page.data);
  while (isAll && page.has_more && page.next_cursor) {
    page = await read({ limit, after: page.next_cursor });
    rows.push(...page.data);
  }
  if (call.options.isJson) {
    const next = page.has_more ? (page.next_cursor ?? null) : null;
    call.terminal.write(`${JSON.stringify({ data: rows, next_cursor: next }, null, 2)}\n`);
    return;
  }
  call.terminal.write(
    tableOf(
      columns.map(([name]) => name),
      rows.map((row) => columns.map(([, value]) => value(row))),
    ),
  );
  if (page.has_more) call.terminal.tell('There are more: --limit N shows more of them, --all shows all.\n');
}

/** A whole number among the options. @throws CliError */
export function numberOf({ options }: WordCall, name: string, otherwise: number, max: number): number {
  const text = options.text(name);
  if (text === undefined) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw usageError(`--${name} takes a whole number from 1 to ${max}`);
  return value;
}

/** One of these words. @throws CliError */
export function choiceOf<const T extends string>(
  { options }: WordCall,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw usageError(`--${name} takes one of ${choices.join(', ')}`);
  return found;
}

export const CONFIRM_OPTIONS = { yes: { type: 'boolean', short: 'y' } } as const;

/** Goes on when the person says yes, or said so at once with `--yes`. @throws CliError */
export async function confirm({ terminal, options }: WordCall, question: string): Promise<void> {
  if (options.is('yes')) return;
  if (!terminal.isInteractive) throw usageError(`${question} Say --yes when nobody is there to be asked`);
  const answer = await terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer)) throw new CliError(EXIT.failed, 'nothing was done');
}

/** Leaves out what is undefined. */
export function given<const T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}
type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** A key that makes a repeated create harmless. */
export function idempotency({ env }: WordCall): { header: { 'Idempotency-Key': string } } {
  return { header: { 'Idempotency-Key': Buffer.from(env.random.bytes(16)).toString('hex') } };
}
