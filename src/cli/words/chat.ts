/** One prompt to one model, its answer as it comes. */
import { CliError, EXIT, usageError } from '../cli-error.ts';
import { readEvents } from '../read-events.ts';
import { given, numberOf } from '../show.ts';
import { plainLines } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

const TOKENS_MAX = 1_000_000;

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[];
  readonly error?: { readonly message?: string; readonly code?: string };
}

export const CHAT_WORDS: readonly Word[] = [
  {
    name: 'chat',
    usage: 'MODEL [PROMPT...] [--system TEXT] [--max-tokens N]',
    about: 'one prompt; from standard input when none is typed. With --json the whole answer',
    options: { system: { type: 'string' }, 'max-tokens': { type: 'string' } },
    takes: [1, 10_000],
    run: chat,
  },
];

async function chat(call: WordCall): Promise<void> {
  const { options, stopped, terminal, words } = call;
  const [model = '', ...typed] = words;
  const prompt = typed.length > 0 ? typed.join(' ') : await terminal.readInput();
  if (prompt.trim() === '') throw usageError('say something: inventiv chat MODEL "a prompt"');
  const system = options.text('system');
  const tokens = options.text('max-tokens');
  const body = {
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: prompt },
    ],
    ...given({ max_tokens: tokens === undefined ? undefined : numberOf(call, 'max-tokens', 1, TOKENS_MAX) }),
    ...(options.isJson ? {} : { stream: true }),
  };
  const response = await call.api().fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: stopped,
    isStream: true,
  });
  if (options.isJson) {
    terminal.write(`${JSON.stringify(await response.json(), null, 2)}\n`);
    return;
  }
  if (response.body) await relay(terminal.write, response.body);
}

async function relay(write: (text: string) => void, body: AsyncIterable<Uint8Array>): Promise<void> {
  let isWhole = false;
  for await (const { data } of readEvents(body)) {
    if (data === '[DONE]') isWhole = true;
    const { choices, error } = (typeof data === 'object' ? data : {}) as Chunk;
    if (error) throw brokenOff(error.message ?? 'the model broke off', error.code);
    const text = choices?.[0]?.delta?.content;
    if (text) write(plainLines(text));
  }
  write('\n');
  if (!isWhole) throw brokenOff('the answer broke off: what is above is not all of it');
}

function brokenOff(message: string, code?: string): CliError {
  return new CliError(EXIT.unavailable, message, { code });
}
