import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { parseFields, textField } from './field-readers.ts';
import type { WorkerConfig } from './worker-config.ts';

/**
 * Installs this agent anew by order of the control plane: fetches the bundle, verifies it, leaves it where whoever
 * starts the agent looks first (`agent/current` names it), writes the fresh token beside it and asks for a restart.
 *
 * The order's file is written last and appears whole, so a kill at any point leaves the old agent with its old
 * registration, or the new one with its new token. The same order again tells how far it is.
 */
export interface ReinstallOrder {
  readonly id: string;
  readonly workerUrl: string;
  readonly workerSha256: string;
  readonly bootstrapToken: string;
}

export type ReinstallState =
  | { readonly state: 'accepted' }
  | { readonly state: 'failed'; readonly error: string };

export interface ReinstallerDeps {
  readonly env: Env;
  readonly config: Pick<WorkerConfig, 'controlUrl' | 'stateDir' | 'instanceId'>;
  /** Ends this process politely; whoever keeps it running starts the new one. */
  readonly restart: () => void;
}

const BUNDLE_BYTES_MAX = 64 * 1024 * 1024;
const FETCH_LIMIT_MS = 120_000;
const FOLDER = 'agent';
const SHA256 = /^[0-9a-f]{64}$/;

export class Reinstaller {
  readonly #deps: ReinstallerDeps;
  #taken: { readonly id: string; error: string | undefined } | undefined;

  constructor(deps: ReinstallerDeps) {
    this.#deps = deps;
  }

  /** @throws request.invalid when the order cannot be for this agent. */
  take(order: ReinstallOrder): ReinstallState {
    const { config, env } = this.#deps;
    if (!SHA256.test(order.workerSha256)) throw refusal('`worker_sha256` must be a SHA-256 in hex.');
    // Only from whom this agent was installed by: a token alone must not make it fetch from anywhere.
    if (originOf(order.workerUrl) !== originOf(config.controlUrl)) {
      throw refusal('`worker_url` must be at the control plane of this agent.');
    }
    if (this.#taken?.id !== order.id) {
      const taken: { id: string; error: string | undefined } = { id: order.id, error: undefined };
      this.#taken = taken;
      env.log.info({ order: order.id, sha256: order.workerSha256 }, 'Installing anew by order.');
      this.#install(order).catch((error: unknown) => {
        taken.error = messageOf(error).slice(0, 500);
        env.log.error({ order: order.id, error: taken.error }, 'The agent could not be installed anew.');
      });
    }
    const { error } = this.#taken ?? {};
    return error === undefined ? { state: 'accepted' } : { state: 'failed', error };
  }

  async #install(order: ReinstallOrder): Promise<void> {
    const { config, restart } = this.#deps;
    const bundle = await fetchBundle(order.workerUrl);
    const sha256 = createHash('sha256').update(bundle).digest('hex');
    if (sha256 !== order.workerSha256) throw new Error('the bundle has a wrong checksum and was not used');
    const folder = path.join(config.stateDir, FOLDER);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeWhole(path.join(folder, `${sha256}.mjs`), bundle);
    writeWhole(path.join(folder, 'current'), `${sha256}\n`);
    const token = { instance_id: config.instanceId, bootstrap_token: order.bootstrapToken };
    writeWhole(path.join(folder, 'order.json'), JSON.stringify({ id: order.id, ...token }));
    removeOthers(folder, sha256);
    restart();
  }
}

/** The token of the last order, where there was one; the one that the machine was installed with otherwise. */
export function withOrderedToken(config: WorkerConfig): WorkerConfig {
  const text = readIfThere(path.join(config.stateDir, FOLDER, 'order.json'));
  if (text === undefined) return config;
  const order = parseFields(text, 'The order to install anew');
  if (textField(order, 'instance_id') !== config.instanceId) return config;
  return { ...config, bootstrapToken: new Secret(textField(order, 'bootstrap_token')) };
}

/** Rejects when it does not come whole within the limits. */
function fetchBundle(url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? https.get : http.get;
    const request = get(url, { agent: false, signal: AbortSignal.timeout(FETCH_LIMIT_MS) }, (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`the bundle cannot be fetched: HTTP ${response.statusCode}`));
        return;
      }
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.length;
        if (size > BUNDLE_BYTES_MAX) request.destroy(new Error('the bundle is larger than any agent'));
        else parts.push(part);
      });
      response.on('end', () => resolve(Buffer.concat(parts)));
      response.on('error', reject);
      // After `end` this changes nothing; before it, the connection broke off.
      response.on('close', () => reject(new Error('the bundle broke off')));
    });
    request.on('error', reject);
  });
}

function writeWhole(target: string, content: Buffer | string): void {
  const draft = `${target}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, target);
}

function removeOthers(folder: string, sha256: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.mjs') && name !== `${sha256}.mjs`) rmSync(path.join(folder, name), { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}

function refusal(publicMessage: string): AppError {
  return new AppError('request.invalid', { publicMessage });
}
