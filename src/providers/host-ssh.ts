/**
 * One SSH connection to an owner's machine, for one piece of work. The machine proves who it is first: without a host
 * key that a person gave or confirmed nothing is sent that could be used elsewhere, and a key that changed is refused.
 */
import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import ssh2, { type ConnectConfig } from 'ssh2';
import type { Secret } from '#kernel/secret.ts';

export interface HostCredential {
  readonly kind: 'private_key' | 'password' | 'generated';
  /** The private key in OpenSSH's or PEM form, or the password. */
  readonly secret: string;
  /** Of a private key that has one. */
  readonly passphrase?: string | undefined;
}

export interface SshTarget {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly credential: Secret<HostCredential>;
  /** `SHA256:...`; null while nobody has confirmed one. */
  readonly hostKey: string | null;
}

export type SshFailureKind =
  | 'unreachable'
  | 'host_key_unknown'
  | 'host_key_changed'
  | 'auth'
  | 'cut'
  | 'bad_credential';

/** Why a machine could not be worked on. The message is for people and holds no secret. */
export class SshFailure extends Error {
  override readonly name = 'SshFailure';
  readonly kind: SshFailureKind;
  /** What the machine showed, where it came so far. */
  readonly seenHostKey: string | undefined;

  constructor(kind: SshFailureKind, message: string, seenHostKey?: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.kind = kind;
    this.seenHostKey = seenHostKey;
  }
}

export interface CommandResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SshSession {
  /** The machine's address in digits. */
  readonly address: string;
  readonly hostKey: string;
  /** @throws SshFailure when the connection ends before the command does */
  run(command: string, input?: string): Promise<CommandResult>;
}

const READY_MS = 20_000;
const KEEPALIVE_MS = 15_000;
/** More than any of our commands says; a machine that floods us is cut off. */
const OUTPUT_BYTES_MAX = 1_000_000;

/** The form in which OpenSSH shows host keys. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export interface SshCall {
  readonly signal: AbortSignal;
  /** Whether a machine may stand at this address, given in digits. */
  readonly mayDial: (address: string) => boolean;
}

/** @throws SshFailure, or what `work` throws */
export async function withSsh<T>(
  target: SshTarget,
  { signal, mayDial }: SshCall,
  work: (session: SshSession) => Promise<T>,
): Promise<T> {
  const inTime = () => {
    if (signal.aborted) throw new SshFailure('unreachable', `${placeOf(target)} did not answer in time`);
  };
  inTime();
  const address = await resolve(target, mayDial);
  inTime();
  const connection = new Connection(target, address);
  const cut = () => connection.destroy();
  signal.addEventListener('abort', cut, { once: true });
  try {
    const session = await connection.open();
    return await work(session);
  } catch (error) {
    if (signal.aborted && error instanceof SshFailure) {
      const kind = connection.isOpen ? 'cut' : 'unreachable';
      throw new SshFailure(kind, `${placeOf(target)} did not answer in time`, error.seenHostKey, error);
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', cut);
    connection.destroy();
  }
}

class Connection {
  readonly #target: SshTarget;
  readonly #address: string;
  readonly #client = new ssh2.Client();
  #socket: Socket | undefined;
  #seenHostKey: string | undefined;
  isOpen = false;

  constructor(target: SshTarget, address: string) {
    this.#target = target;
    this.#address = address;
  }

  open(): Promise<SshSession> {
    const sock = connect({ host: this.#address, port: this.#target.port });
    this.#socket = sock;
    const config = configOf(this.#target, sock, (key) => this.#verify(key));
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => reject(this.#failureOf(error));
      this.#client
        .once('ready', () => {
          this.isOpen = true;
          resolve({
            address: this.#address,
            hostKey: this.#seenHostKey ?? '',
            run: (command, input) => this.#run(command, input),
          });
        })
        .on('error', fail)
        .once('close', () => fail(new Error('the connection was closed')));
      try {
        this.#client.connect(config);
      } catch (error) {
        const why = 'the private key cannot be read: give it in OpenSSH or PEM form, with its passphrase';
        sock.destroy();
        reject(new SshFailure('bad_credential', why, undefined, error));
      }
    });
  }

  destroy(): void {
    this.#client.destroy();
    this.#socket?.destroy();
  }

  #verify(key: Buffer): boolean {
    this.#seenHostKey = fingerprintOf(key);
    return this.#seenHostKey === this.#target.hostKey;
  }

  #run(command: string, input = ''): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const cut = () => reject(new SshFailure('cut', `the connection to ${placeOf(this.#target)} broke off`));
      this.#client.once('close', cut).once('error', cut);
      this.#client.exec(command, (error, channel) => {
        if (error) return cut();
        const output = { stdout: '', stderr: '' };
        let code: number | null | undefined;
        const take = (name: 'stdout' | 'stderr') => (text: string) => {
          output[name] += text;
          if (output[name].length > OUTPUT_BYTES_MAX) this.#client.destroy();
        };
        channel.setEncoding('utf8').on('data', take('stdout'));
        channel.stderr.setEncoding('utf8').on('data', take('stderr'));
        channel.once('exit', (exitCode: number | null) => {
          code = exitCode;
        });
        channel.once('close', () => {
          this.#client.removeListener('close', cut).removeListener('error', cut);
          // A channel that closes without an exit status was cut, whatever it said before.
          if (code === undefined) cut();
          else resolve({ code, ...output });
        });
        channel.on('error', () => undefined);
        channel.end(input);
      });
    });
  }

  #failureOf(error: Error): SshFailure {
    const { hostKey } = this.#target;
    const [seen, place] = [this.#seenHostKey, placeOf(this.#target)];
    if (seen !== undefined && hostKey === null) {
      const message = `${place} shows the host key ${seen}. Compare it with the machine's own and confirm it.`;
      return new SshFailure('host_key_unknown', message, seen, error);
    }
    if (seen !== undefined && seen !== hostKey) {
      const message = `${place} shows the host key ${seen}, and ${hostKey} was confirmed. Nothing was sent. If the machine was installed anew, confirm the new key.`;
      return new SshFailure('host_key_changed', message, seen, error);
    }
    const level = (error as { level?: string }).level;
    if (level === 'client-authentication') {
      const message = `${place} refused the user ${this.#target.username} with this credential`;
      return new SshFailure('auth', message, seen, error);
    }
    return new SshFailure('unreachable', `${place} cannot be reached: ${error.message}`, seen, error);
  }
}

/** Looked up once: what was allowed is what is dialled. @throws SshFailure */
async function resolve(target: SshTarget, mayDial: SshCall['mayDial']): Promise<string> {
  const name = target.address;
  const address =
    isIP(name) === 0
      ? await lookup(name).then(
          (found) => found.address,
          (error: unknown) => {
            throw new SshFailure('unreachable', `the name ${name} has no address`, undefined, error);
          },
        )
      : name;
  if (mayDial(address)) return address;
  throw new SshFailure(
    'unreachable',
    `${address} is an address of this control plane or its network, where no machine of yours can be`,
  );
}

function configOf(target: SshTarget, sock: Socket, verify: (key: Buffer) => boolean): ConnectConfig {
  const { username } = target;
  const { kind, secret, passphrase } = target.credential.reveal();
  return {
    sock,
    username,
    ...(kind === 'password'
      ? { password: secret }
      : { privateKey: secret, ...(passphrase ? { passphrase } : {}) }),
    hostVerifier: verify,
    readyTimeout: READY_MS,
    keepaliveInterval: KEEPALIVE_MS,
  };
}

function placeOf({ address, port }: SshTarget): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
