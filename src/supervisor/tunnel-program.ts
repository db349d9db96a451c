/**
 * Somebody else's program that makes a local port reachable from outside, such as `cloudflared` or `ssh -R`: started
 * with the system, read for the address it was given, and ended with it. For development; a deployment has a name of
 * its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';

export interface TunnelProgram {
  /** `https://...`, without a path. */
  readonly url: string;
  /** Resolves when it has ended, whoever wanted that. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export interface TunnelOrder {
  /** For a shell; `{url}` and `{port}` in it stand for what is to be reached. */
  readonly command: string;
  readonly port: number;
  /** Where it is known before; else the program says it. */
  readonly url: string | undefined;
  readonly onLine: (line: string) => void;
}

const URL_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 3_000;
/** What it says before: the reason when it fails. */
const LINES_KEPT = 5;

/** @throws StartError when it ends, or says no address, within a minute */
export async function startTunnelProgram(env: Env, order: TunnelOrder): Promise<TunnelProgram> {
  const { port } = order;
  const command = order.command
    .replaceAll('{url}', `http://127.0.0.1:${port}`)
    .replaceAll('{port}', String(port));
  // A group of its own: Ctrl-C is for us, and what the shell starts is ended with it.
  const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
  });
  const last: string[] = [];
  const found = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      order.onLine(line);
      last.push(line);
      if (last.length > LINES_KEPT) last.shift();
      const url = findPublicUrl(line);
      if (url) found.resolve(url);
    });
  }
  const tooLate = new AbortController();
  const limit = env.sleep(URL_LIMIT_MS, tooLate.signal).then(
    () => undefined,
    () => undefined,
  );
  const outcome = await Promise.race([
    order.url === undefined ? found.promise : Promise.resolve(order.url),
    ended.then((how) => new StartError(`the tunnel's program ended (${how}): ${last.join(' | ')}`)),
    limit.then(() => new StartError(`the tunnel's program said no https:// address: ${last.join(' | ')}`)),
  ]);
  tooLate.abort();
  const stop = () => stopGroup(env, child, ended);
  if (typeof outcome === 'string') return { url: outcome, ended, stop };
  await stop();
  throw outcome ?? new StartError("the tunnel's program said no https:// address");
}

/** The first address in a line that names a host and nothing more: links to manuals have a path. */
export function findPublicUrl(line: string): string | undefined {
  for (const [text] of line.matchAll(/https:\/\/[^\s"'<>|,;)\]]+/g)) {
    const url = URL.parse(text);
    if (url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '') {
      return url.origin;
    }
  }
  return undefined;
}

async function stopGroup(env: Env, child: ChildProcess, ended: Promise<string>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await Promise.race([ended, env.sleep(STOP_LIMIT_MS)]);
  signalGroup(child, 'SIGKILL');
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
