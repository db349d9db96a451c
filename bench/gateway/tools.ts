/** What a measurement needs of the machine: installed where it is missing, else named in one line. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, '.cache', 'bench-gateway');
const LOAD_SOURCE = fileURLToPath(new URL('./load.c', import.meta.url));
const PORTKEY = '1.15.2';

export class MissingToolError extends Error {}

/** Debian packages by the command that each brings. */
const PACKAGES: Readonly<Record<string, string>> = {
  nginx: 'nginx-light',
  wrk: 'wrk',
  gcc: 'gcc libc6-dev',
  taskset: 'util-linux',
};

/** @throws MissingToolError */
export function requireTools(say: (text: string) => void, names = Object.keys(PACKAGES)): void {
  const missing = names.filter((name) => !hasCommand(name));
  if (missing.length === 0) return;
  const packages = missing.flatMap((name) => (PACKAGES[name] ?? '').split(' '));
  if (process.getuid?.() === 0) {
    say(`installing ${packages.join(' ')}`);
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['-qq', 'update'], options);
    spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], options);
  }
  const left = missing.filter((name) => !hasCommand(name));
  if (left.length > 0) {
    throw new MissingToolError(`${left.join(', ')} is missing: apt-get install ${packages.join(' ')}`);
  }
}

function hasCommand(name: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/bin', '/usr/local/bin'].some((place) => existsSync(join(place, name)));
}

/** The compiled generator and upstream. @throws MissingToolError */
export function buildLoad(): string {
  return build(LOAD_SOURCE, 'load');
}

/** @throws MissingToolError */
export function build(source: string, name: string): string {
  mkdirSync(CACHE, { recursive: true });
  const binary = join(CACHE, name);
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(source).mtimeMs) return binary;
  const built = spawnSync('gcc', ['-O2', '-o', binary, source], { encoding: 'utf8' });
  if (built.status !== 0) throw new MissingToolError(`gcc cannot build the load generator: ${built.stderr}`);
  return binary;
}

/** The other gateway in TypeScript, as published; undefined, and a word, where it cannot be installed. */
export function installPortkey(say: (text: string) => void): string | undefined {
  const directory = join(CACHE, 'portkey');
  const server = join(directory, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (existsSync(server)) return server;
  mkdirSync(directory, { recursive: true });
  // With the newest of these two every streamed request of it fails.
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': PORTKEY },
    overrides: { hono: '4.9.7', '@hono/node-server': '1.3.3' },
  };
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  say(`installing @portkey-ai/gateway ${PORTKEY}`);
  const words = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=dev'];
  const done = spawnSync('npm', words, { cwd: directory, encoding: 'utf8', timeout: 240_000 });
  if (existsSync(server)) return server;
  say(`@portkey-ai/gateway cannot be installed, it is left out: ${done.stderr.slice(-300)}`);
  return undefined;
}
