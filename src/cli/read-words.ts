/** From what was typed to a word with its options. Secrets are never taken from there: every process could read them. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { usageError } from './cli-error.ts';
import { Options, type Word } from './word.ts';

const COMMON: ParseArgsOptionsConfig = {
  json: { type: 'boolean' },
  url: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
};
const SECRET_OPTIONS = /^--?(password|passwd|pass|secret|token|api-?key|cookie|code|otp)(=|$)/i;
const SECRET_VALUE = /inv_(key|sess|whsec|wkr|boot|web)[_.][0-9A-Za-z_.-]{8,}|^whsec_/;

export interface ReadWord {
  readonly word: Word;
  readonly words: readonly string[];
  readonly options: Options;
}

/** Whether this typed line begins with one of these words. */
export function isWordOf(words: readonly Word[], typed: readonly string[]): boolean {
  return words.some(({ name }) => name.split(' ')[0] === typed[0]);
}

/** @throws CliError with what would be right */
export function readTyped(words: readonly Word[], typed: readonly string[]): ReadWord {
  refuseSecrets(typed);
  const word = choose(words, typed);
  const rest = typed.slice(word.name.split(' ').length);
  const { values, positionals } = parse(word, rest);
  const [min, max] = word.takes ?? [0, 0];
  const isHelp = values['help'] === true;
  if (!isHelp && (positionals.length < min || positionals.length > max)) {
    throw usageError(
      `${positionals.length < min ? 'something is missing' : 'this is too much'}: ${usageOf(word)}`,
    );
  }
  return { word, words: positionals, options: new Options(values) };
}

export function usageOf({ name, usage }: Word): string {
  return `inventiv ${name}${usage && ` ${usage}`}`;
}

/** A thing alone is its list. */
function choose(words: readonly Word[], [first = '', second = '']: readonly string[]): Word {
  const named = (name: string) => words.find((word) => word.name === name);
  const found = named(`${first} ${second}`) ?? named(first);
  if (found) return found;
  const ofThing = words.filter((word) => word.name.startsWith(`${first} `));
  const list = named(`${first} list`);
  if (list && (second === '' || second.startsWith('-'))) return { ...list, name: first };
  throw usageError(
    `say what to do with ${first}: ${ofThing.map((word) => word.name.slice(first.length + 1)).join(', ')}`,
  );
}

function parse(word: Word, args: readonly string[]) {
  try {
    const options = { ...COMMON, ...word.options };
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. To specify')[0] : String(error);
    throw usageError(`${why}: ${usageOf(word)}`);
  }
}

function refuseSecrets(typed: readonly string[]): void {
  const end = typed.indexOf('--');
  const options = end < 0 ? typed : typed.slice(0, end);
  // Of `--key=...` the value would be the secret; the bare `--key` only says which kind of sign-in.
  const isTyped = (text: string) => SECRET_OPTIONS.test(text) || text.startsWith('--key=');
  if (options.some(isTyped) || typed.some((text) => SECRET_VALUE.test(text))) {
    throw usageError(
      'a secret is never written on the command line, where every process can read it: it is asked for, or read from ' +
        'standard input',
    );
  }
}
