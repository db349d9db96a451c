/**
 * A real sshd on loopback, whose machine is a folder. Programs that a machine has, such as sudo, are pretended where a
 * test says so; all else is the system's own.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Secret } from '#kernel/secret.ts';
import { env } from '#providers/provider-bench.ts';
import type { HostCredential, SshTarget } from '../host-ssh.ts';

const SSHD = '/usr/sbin/sshd';
const LIMIT_MS = 30_000;

/** Undefined where these tests can run, else why not. `scripts/test.ts` sees that in CI they always can. */
export function whyNoSshd(): string | undefined {
  if (!fs.existsSync(SSHD)) return 'there is no sshd: apt-get install openssh-server';
  return process.getuid?.() === 0 ? undefined : 'only root runs an sshd that takes others';
}

export interface TestHost {
  readonly root: string;
  readonly address: string;
  readonly port: number;
  readonly hostKey: string;
  readonly privateKey: string;
  target(changes?: Partial<SshTarget> & { readonly secret?: string }): SshTarget;
  /** As after a new installation of the machine. */
  renewHostKey(): Promise<string>;
  /** Ends every connection that is open now. */
  cutConnections(): void;
  /** A program that is found before the system's own. */
  pretend(name: string, body: string): void;
  unpretend(name: string): void;
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

/** Waits until it holds; the limit is only there so that a failing test ends. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>, what = 'it'): Promise<T> {
  const deadline = env.clock.monotonic() + LIMIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (env.clock.monotonic() > deadline) throw new Error(`${what} did not come true`);
    await env.sleep(20);
  }
}

export async function startHost(
  environment: Record<string, string> = {},
  address = '127.0.0.1',
): Promise<TestHost> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sshd-'));
  const host = new Host(folder, { address, port: await freePort() }, environment);
  await host.start();
  return host;
}

class Host implements TestHost {
  readonly root: string;
  readonly address: string;
  readonly port: number;
  readonly #folder: string;
  readonly #environment: Record<string, string>;
  #process: ChildProcess | undefined;

  constructor(
    folder: string,
    place: { readonly address: string; readonly port: number },
    environment: Record<string, string>,
  ) {
    this.#folder = folder;
    this.#environment = environment;
    this.address = place.address;
    this.port = place.port;
    this.root = path.join(folder, 'machine');
    fs.mkdirSync(this.root);
    fs.mkdirSync(path.join(folder, 'bin'));
    this.#makeKey('client');
    this.#makeKey('host');
    fs.copyFileSync(path.join(folder, 'client.pub'), path.join(folder, 'authorized_keys'));
  }

  get hostKey(): string {
    const told = execFileSync('ssh-keygen', ['-lf', path.join(this.#folder, 'host.pub')], {
      encoding: 'utf8',
    });
    return told.split(' ')[1] ?? '';
  }

  get privateKey(): string {
    return fs.readFileSync(path.join(this.#folder, 'client'), 'utf8');
  }

  target({ secret, ...changes }: Partial<SshTarget> & { readonly secret?: string } = {}): SshTarget {
    const credential: HostCredential = { kind: 'private_key', secret: secret ?? this.privateKey };
    return {
      address: this.address,
      port: this.port,
      username: 'root',
      hostKey: this.hostKey,
      credential: new Secret(credential),
      ...changes,
    };
  }

  async renewHostKey(): Promise<string> {
    await this.stop();
    for (const name of ['host', 'host.pub']) fs.rmSync(path.join(this.#folder, name));
    this.#makeKey('host');
    await this.start();
    return this.hostKey;
  }

  cutConnections(): void {
    for (const pid of this.#sessions()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
    }
  }

  pretend(name: string, body: string): void {
    fs.writeFileSync(path.join(this.#folder, 'bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  unpretend(name: string): void {
    fs.rmSync(path.join(this.#folder, 'bin', name), { force: true });
  }

  async start(): Promise<void> {
    fs.mkdirSync('/run/sshd', { recursive: true });
    const config = path.join(this.#folder, 'sshd_config');
    fs.writeFileSync(config, this.#config());
    const sshd = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    sshd.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
    this.#process = sshd;
    await until(async () => {
      if (sshd.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      return (await answers(this.address, this.port)) || undefined;
    }, 'sshd');
  }

  async stop(): Promise<void> {
    const sshd = this.#process;
    this.#process = undefined;
    if (!sshd || sshd.exitCode !== null) return;
    this.cutConnections();
    const ended = new Promise((resolve) => sshd.once('exit', resolve));
    sshd.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  #config(): string {
    const environment = {
      PATH: `${path.join(this.#folder, 'bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      INVENTIV_MACHINE_ROOT: this.root,
      INVENTIV_SKIP_OS: '1',
      ...this.#environment,
    };
    const variables = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
    return [
      `Port ${this.port}`,
      `ListenAddress ${this.address}`,
      `HostKey ${path.join(this.#folder, 'host')}`,
      `PidFile ${path.join(this.#folder, 'pid')}`,
      `AuthorizedKeysFile ${path.join(this.#folder, 'authorized_keys')}`,
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'MaxStartups 100:30:200',
      `SetEnv ${variables.join(' ')}`,
      '',
    ].join('\n');
  }

  #makeKey(name: string): void {
    const file = path.join(this.#folder, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file], { stdio: 'ignore' });
  }

  /** Processes of sshd's own that serve a connection. */
  #sessions(): number[] {
    const pid = this.#process?.pid;
    if (pid === undefined) return [];
    return fs.readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const stat = fs.readFileSync(`/proc/${name}/stat`, 'utf8');
        const [, parent] = /\) \S+ (\d+)/.exec(stat) ?? [];
        return Number(parent) === pid ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
