/**
 * The web application from its built folder. Unknown paths get the application's page, because it finds its own way
 * from the address; paths for programs and missing assets do not.
 */
import { existsSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import { AppError } from '#kernel/errors.ts';
import { isProgramPath } from './paths.ts';
import type { ServedRequest } from './request-context.ts';
import { APP_CSP } from './security-headers.ts';
import type { Mount } from './server.ts';

const YEAR_SECONDS = 31_536_000;
/** Files whose name changes with their content. */
const HASHED = /^\/assets\/[^/]+-[\w-]{8,}\.[a-z0-9]+$/i;

export function staticFiles(folder: string): Mount {
  return {
    name: 'web.files',
    methods: ['GET', 'HEAD'],
    path: '/*',
    policy: { allow: 'anyone', because: 'the sign-in page and the code of the application are public' },
    prepare: (scope) => {
      void scope.register(fastifyStatic, { root: folder, serve: false, cacheControl: false, index: false });
    },
    handler: async (request, reply) => sendFile(folder, request, reply),
  };
}

async function sendFile(folder: string, request: ServedRequest, reply: FastifyReply): Promise<unknown> {
  const path = request.url.split('?', 1)[0] ?? '/';
  if (isProgramPath(path)) throw new AppError('route.not_found');
  if (!existsSync(join(folder, 'index.html'))) return sendNotBuilt(reply);
  void reply.header('content-security-policy', APP_CSP);
  const file = findFile(folder, path);
  if (file) {
    const isHashed = HASHED.test(path);
    void reply.header('cache-control', isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
    return reply.sendFile(file);
  }
  if (path.startsWith('/assets/')) throw new AppError('route.not_found');
  void reply.header('cache-control', 'no-cache');
  return reply.sendFile('index.html');
}

/** The file's path inside the folder; undefined when there is none or the path leads elsewhere. */
function findFile(folder: string, path: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  const relative = normalize(decoded);
  if (relative.includes('..') || relative.includes('\0') || relative === '/') return undefined;
  const stat = statSync(join(folder, relative), { throwIfNoEntry: false });
  return stat?.isFile() ? relative.slice(1) : undefined;
}

function sendNotBuilt(reply: FastifyReply): unknown {
  return reply
    .code(503)
    .type('text/plain; charset=utf-8')
    .send(
      'The web application is not built yet. Run `make up`, which builds it, and load this page again.\n',
    );
}
