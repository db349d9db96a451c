/** The terminal of this process, or the pipes in its place. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError, EXIT } from './cli-error.ts';
import type { Terminal } from './word.ts';

const INPUT_BYTES_MAX = 1_048_576;

export function openTerminal(): Terminal {
  // Whoever read our output has enough, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const isInteractive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    isInteractive,
    write: (text) => void process.stdout.write(text),
    tell: (text) => void process.stderr.write(text),
    ask: (question) => ask(question, true),
    askSecret: async (question) => {
      if (isInteractive) return ask(question, false);
      return (await readInput()).split('\n', 1)[0]?.trim() ?? '';
    },
    readInput,
  };
}

/** Asked on the error output, so that the result can go into a file. */
async function ask(question: string, isShown: boolean): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: isShown ? process.stderr : silent,
    terminal: true,
    historySize: 0,
  });
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  lines.once('close', () => left.abort());
  try {
    return (await lines.question('', { signal: left.signal })).trim();
  } catch (error) {
    throw new CliError(EXIT.failed, 'nothing was done', { cause: error });
  } finally {
    lines.close();
    if (!isShown) process.stderr.write('\n');
  }
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > INPUT_BYTES_MAX) throw new CliError(EXIT.usage, 'the input is larger than a megabyte');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
