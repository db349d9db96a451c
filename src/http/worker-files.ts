/**
 * What a new machine downloads: the worker in one file, and the Node binary that runs it. Each is addressed by its
 * SHA-256, so what was asked for is what is run, and an answer may be cached for ever.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { AppError } from '#kernel/errors.ts';
import { Reply, type Route, route } from './route.ts';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const manifestSchema = z.object({
  version: z.string(),
  build_date: z.string(),
  sha256: sha256Schema,
  file: z.string(),
});
export type WorkerManifest = z.infer<typeof manifestSchema>;

export interface WorkerFilesDeps {
  /** Folder with `manifest.json` and the bundle. */
  readonly bundleFolder: string;
  /** Node binaries that may be downloaded, one for each kind of machine. */
  readonly nodeBinaries: readonly string[];
}

const FOR_EVER = { 'cache-control': 'public, max-age=31536000, immutable' };
const PUBLIC = {
  allow: 'anyone',
  because: 'published code, fetched by machines that have no token yet',
} as const;

export function workerFileRoutes(deps: WorkerFilesDeps): Route[] {
  const findNode = binaryFinder(deps.nodeBinaries);
  return [
    route({
      method: 'GET',
      path: '/internal/worker/:file',
      name: 'worker.bundle',
      summary: 'The worker in one file, `<sha256>.mjs`',
      policy: PUBLIC,
      params: z.object({ file: z.string().regex(/^[0-9a-f]{64}\.mjs$/) }),
      success: { status: 200, contentType: 'text/javascript; charset=utf-8' },
      handler: async ({ params }) => {
        // Earlier builds stay there, for machines that were ordered with them.
        return fileReply(join(deps.bundleFolder, params.file));
      },
    }),
    route({
      method: 'GET',
      path: '/internal/node/:sha256',
      name: 'worker.node',
      summary: 'The Node binary with this checksum',
      policy: PUBLIC,
      params: z.object({ sha256: sha256Schema }),
      success: { status: 200, contentType: 'application/octet-stream' },
      handler: async ({ params }) => {
        const path = await findNode(params.sha256);
        if (path === undefined) throw new AppError('worker.bundle_not_found');
        return fileReply(path);
      },
    }),
  ];
}

/** What the last build of the worker wrote; undefined before the first. */
export function readWorkerManifest(folder: string): WorkerManifest | undefined {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) return undefined;
  return manifestSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

function fileReply(path: string): Reply {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new AppError('worker.bundle_not_found');
  return new Reply(200, createReadStream(path), { ...FOR_EVER, 'content-length': String(stat.size) });
}

/** Hashes each binary once, when the first machine asks: they have some hundred megabytes. */
function binaryFinder(paths: readonly string[]): (sha256: string) => Promise<string | undefined> {
  const hashes = new Map<string, Promise<string>>();
  return async (sha256) => {
    for (const path of paths) {
      if (!existsSync(path)) continue;
      const hash = hashes.get(path) ?? hashFile(path);
      hashes.set(path, hash);
      if ((await hash) === sha256) return path;
    }
    return undefined;
  };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
