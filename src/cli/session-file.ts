/**
 * Where a person is signed in: the address, and the session or the API key. The file is theirs alone (0600), written
 * whole or not at all, and not read while others can: then it says how to correct that.
 */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { CliError, EXIT } from './cli-error.ts';

const signInSchema = z.object({
  url: z.url(),
  /** Name and value of the session's cookie. */
  cookie: z.string().optional(),
  key: z.string().optional(),
});
export type SignIn = z.infer<typeof signInSchema>;

export function readSignIn(path: string): SignIn | undefined {
  let text: string;
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new CliError(EXIT.failed, `others can read ${path}: chmod 600 ${path}, or remove it and sign in`);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const read = signInSchema.safeParse(parse(text));
  if (!read.success) throw new CliError(EXIT.failed, `${path} cannot be read: remove it and sign in again`);
  return read.data;
}

export function writeSignIn(path: string, signIn: SignIn): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.${process.pid}.part`;
  rmSync(half, { force: true });
  writeFileSync(half, `${JSON.stringify(signIn)}\n`, { mode: 0o600, flag: 'wx' });
  // The mode of a new file is cut by the umask; nothing widens it, but a narrower one would lock its owner out.
  chmodSync(half, 0o600);
  renameSync(half, path);
}

export function forgetSignIn(path: string): void {
  rmSync(path, { force: true });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
