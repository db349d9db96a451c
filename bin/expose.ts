/**
 * `make expose`: everything of `make up`, reachable from outside through a tunnel, so that machines of a real provider
 * can be tried out from a laptop. The tunnel is a program of the person's choice; when it ends, everything ends, because
 * machines out there would call an address that is ours no more.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readProcessConfig } from '#config/process-config.ts';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { startTunnelProgram } from '#supervisor/tunnel-program.ts';

const HELP = `say which program makes port {port} reachable, such as
  make expose with="cloudflared tunnel --url {url}"
  make expose with="ssh -R 80:localhost:{port} nokey@localhost.run"
and its address where the program does not print it: url=https://me.example`;

export async function expose(env: Env, words: readonly string[]): Promise<void> {
  const config = readProcessConfig();
  const [command, url] = words;
  if (!command) throw new StartError(HELP);
  if (url && URL.parse(url)?.protocol !== 'https:') {
    throw new StartError(`${url} is not an https:// address`);
  }
  if (config.values.PUBLIC_URL) {
    throw new StartError(`PUBLIC_URL is ${config.values.PUBLIC_URL} already: use make up, or leave it empty`);
  }
  const onLine = (line: string) => void process.stderr.write(`tunnel: ${line}\n`);
  const tunnel = await startTunnelProgram(env, { command, port: config.ports.api, url, onLine });
  const stack = spawn(process.execPath, [join(import.meta.dirname, 'all.ts')], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PUBLIC_URL: tunnel.url },
  });
  const stackEnded = new Promise<number>((resolve) => {
    stack.once('exit', (code) => resolve(code ?? 1));
  });
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      isAsked = true;
      stack.kill(signal);
    });
  }
  const lost = tunnel.ended.then((how) => {
    if (isAsked || stack.exitCode !== null) return;
    process.stderr.write(
      `inventiv: the tunnel ended (${how}), so everything ends. Machines that are rented go on costing: start again, or look with make reap.\n`,
    );
    stack.kill('SIGTERM');
  });
  const code = await stackEnded;
  isAsked = true;
  await tunnel.stop();
  await lost;
  process.exit(code);
}
