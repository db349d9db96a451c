/** Runs one typed word against a running stack: a result on the output, or one sentence and an exit code that says why. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import type { Env } from '#kernel/env.ts';
import { type Api, openApi } from './api.ts';
import { CliError, EXIT } from './cli-error.ts';
import { isWordOf, readTyped, usageOf } from './read-words.ts';
import { forgetSignIn, readSignIn, type SignIn, writeSignIn } from './session-file.ts';
import { openTerminal } from './terminal.ts';
import { plain } from './terminal-text.ts';
import type { Options, Place, Terminal } from './word.ts';
import { WORDS } from './words.ts';

export function isCliWord(typed: readonly string[]): boolean {
  return isWordOf(WORDS, typed);
}

/** The lines of the help, one for each word. */
export function cliHelp(): string {
  return WORDS.map((word) => `  ${`${word.name} ${word.usage}`.trimEnd()}\n      ${word.about}\n`).join('');
}

/** Gives the exit code. */
export async function runCli(env: Env, config: Config, typed: readonly string[]): Promise<number> {
  const terminal = openTerminal();
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let opened: Api | undefined;
  try {
    const { word, words, options } = readTyped(WORDS, typed);
    if (options.is('help')) {
      terminal.write(`${usageOf(word)}\n${word.about}\n`);
      return 0;
    }
    const place = placeOf(config, options);
    const api = () => {
      opened ??= openSignedIn(place);
      return opened;
    };
    await word.run({ env, words, options, place, terminal, stopped: stop.signal, api });
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    return tellError(terminal, error, typed.includes('--json'));
  } finally {
    await opened?.close();
  }
}

function placeOf({ values, ports }: Config, options: Options): Place {
  const path = values.INVENTIV_SESSION_FILE || join(homedir(), '.config', 'inventiv', 'session.json');
  let signIn = readSignIn(path);
  const own = `http://127.0.0.1:${ports.api}`;
  const url = (options.text('url') ?? (values.INVENTIV_URL || signIn?.url || own)).replace(/\/+$/, '');
  return {
    path,
    url,
    get signIn() {
      return signIn;
    },
    keep: (next: SignIn) => {
      signIn = next;
      writeSignIn(path, next);
    },
    forget: () => {
      signIn = undefined;
      forgetSignIn(path);
    },
  };
}

/** A session goes to the address that gave it and to no other, whatever was typed. */
function openSignedIn(place: Place): Api {
  const { signIn, url } = place;
  if (!signIn || signIn.url !== url) {
    throw new CliError(EXIT.signedOut, `you are not signed in at ${url}: inventiv login --url ${url}`);
  }
  return openApi({ signIn, keepCookie: (cookie) => place.keep({ ...signIn, cookie }) });
}

function tellError(terminal: Terminal, error: unknown, isJson: boolean): number {
  if (!(error instanceof CliError)) throw error;
  const { message, exitCode, code = null, requestId = null } = error;
  terminal.tell(
    isJson
      ? `${JSON.stringify({ error: { code, message, request_id: requestId } })}\n`
      : `inventiv: ${plain(message)}\n`,
  );
  return exitCode;
}
