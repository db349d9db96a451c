import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { pause } from '../pause.ts';
import { download } from './download.ts';
import { ModelProblem } from './model-problem.ts';

/**
 * Files of models on this machine, by their checksum. They outlive engines and agents, so a second start fetches
 * nothing. One at a time fetches a file, others wait for it; a fetch that was cut off goes on where it ended. A file
 * has its name only when its checksum was right. Where room is missing, what was not used for longest goes first.
 */
export interface ModelSource {
  /** A file of this machine, or an https address. */
  readonly source: string;
  readonly sha256: string | null;
}

export interface CacheOptions {
  readonly dir: string;
  /** Tests alone: a store on this machine, without TLS. */
  readonly allowsPrivate?: boolean;
  /** Bytes that can still be written; of the disk itself when left out. */
  readonly freeBytes?: () => Promise<number>;
}

export type OnBytes = (bytes: number, total: number | null) => void;

const SHA256 = /^[0-9a-f]{64}$/;
const RETRY: Backoff = { firstMs: 500, maxMs: 20_000 };
const TRIES_MAX = 8;
/** Left on the disk for logs and for the system. */
const RESERVE_BYTES = 1024 ** 3;
const LOCK_POLL_MS = 500;

export class ModelCache {
  readonly #env: Env;
  readonly #options: CacheOptions;

  constructor(env: Env, options: CacheOptions) {
    this.#env = env;
    this.#options = options;
  }

  /** The path of the whole, right file. @throws ModelProblem; the signal's reason when it aborted */
  async provide(source: ModelSource, onBytes: OnBytes, signal: AbortSignal): Promise<string> {
    if (source.source.startsWith('/')) return this.#own(source, onBytes, signal);
    const { sha256 } = source;
    if (sha256 === null || !SHA256.test(sha256)) {
      const why = 'A file that is fetched needs its SHA-256: write it down with the model.';
      throw new ModelProblem('model_source_refused', why);
    }
    await mkdir(this.#options.dir, { recursive: true });
    const release = await this.#lock(sha256, signal);
    try {
      return await this.#cached(source.source, sha256, onBytes, signal);
    } finally {
      release();
    }
  }

  /** A file that somebody else put there is only looked at. */
  async #own({ source, sha256 }: ModelSource, onBytes: OnBytes, signal: AbortSignal): Promise<string> {
    const found = await stat(source).catch(() => undefined);
    if (!found?.isFile()) {
      throw new ModelProblem(
        'model_not_found',
        `There is no file ${source} on this machine: put it there, or correct the model's source.`,
      );
    }
    onBytes(found.size, found.size);
    if (sha256 !== null && (await sha256Of(source, signal)) !== sha256) {
      throw new ModelProblem(
        'model_checksum',
        `${source} has another SHA-256 than the model says: it is another file.`,
      );
    }
    return source;
  }

  async #cached(url: string, sha256: string, onBytes: OnBytes, signal: AbortSignal): Promise<string> {
    const file = path.join(this.#options.dir, `${sha256}.gguf`);
    const there = await stat(file).catch(() => undefined);
    if (there) {
      onBytes(there.size, there.size);
      await this.#touch(file);
      return file;
    }
    const part = `${file}.part`;
    await this.#fetchWhole(url, part, onBytes, signal);
    if ((await sha256Of(part, signal)) !== sha256) {
      await rm(part, { force: true });
      throw new ModelProblem(
        'model_checksum',
        `The file of ${hostOf(url)} has another SHA-256 than the model says. It was thrown away; correct the source or the checksum.`,
      );
    }
    await this.#env.crashPoint('model.before_rename');
    await rename(part, file);
    await this.#touch(file);
    return file;
  }

  async #fetchWhole(url: string, part: string, onBytes: OnBytes, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await download({
          url,
          file: part,
          onProgress: onBytes,
          makeRoom: (missing) => this.#makeRoom(missing, part),
          allowsPrivate: this.#options.allowsPrivate ?? false,
          signal,
        });
        return;
      } catch (error) {
        signal.throwIfAborted();
        const isPassing = error instanceof ModelProblem && error.isPassing;
        if (!isPassing || attempt >= TRIES_MAX) throw error;
        const waitMs = backoffMs(RETRY, attempt, this.#env.random);
        this.#env.log.warn(
          { reason: error.message, attempt, wait_ms: waitMs },
          'The download goes on later.',
        );
        await pause(this.#env, waitMs, signal);
      }
    }
  }

  async #makeRoom(missing: number, part: string): Promise<void> {
    const needed = missing + RESERVE_BYTES;
    let free = await this.#freeBytes();
    for (const old of await this.#oldest(part)) {
      if (free >= needed) return;
      await rm(old, { force: true });
      this.#env.log.info({ file: path.basename(old) }, 'A model that was not used for long made room.');
      free = await this.#freeBytes();
    }
    if (free >= needed) return;
    throw new ModelProblem(
      'model_disk_full',
      `The model needs ${missing} more bytes on the disk and ${RESERVE_BYTES} must stay free, but only ${free} are: give the machine a larger disk, or choose a smaller model.`,
    );
  }

  /** What was used longest ago comes first; what another agent fetches now is left alone by its name. */
  async #oldest(except: string): Promise<string[]> {
    const { dir } = this.#options;
    const names = (await readdir(dir)).filter((name) => /^[0-9a-f]{64}\.gguf$/.test(name));
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(dir, name);
        return { file, usedAt: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 };
      }),
    );
    return files
      .filter(({ file }) => `${file}.part` !== except)
      .sort((a, b) => a.usedAt - b.usedAt)
      .map(({ file }) => file);
  }

  async #freeBytes(): Promise<number> {
    if (this.#options.freeBytes) return this.#options.freeBytes();
    const { bavail, bsize } = await statfs(this.#options.dir);
    return bavail * bsize;
  }

  async #touch(file: string): Promise<void> {
    const now = this.#env.clock.now() / 1000;
    await utimes(file, now, now);
  }

  /** A name in the abstract namespace: no file, and gone with the process that held it. */
  async #lock(sha256: string, signal: AbortSignal): Promise<() => void> {
    const place = createHash('sha256')
      .update(`${path.resolve(this.#options.dir)}\n${sha256}`)
      .digest('hex');
    for (;;) {
      signal.throwIfAborted();
      const server = await listen(`\0inventiv-model-${place.slice(0, 40)}`);
      if (server) return () => server.close();
      await pause(this.#env, LOCK_POLL_MS, signal);
    }
  }
}

function listen(name: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
  });
}

export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'the store';
}
