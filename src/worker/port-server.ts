import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { hashToken, sameHash } from '#kernel/token.ts';

export type PortHandler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** Longer than the idle time of any client that keeps connections, so that the client closes first. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_LIMIT_MS = 20_000;
const REQUEST_LIMIT_MS = 300_000;

export async function listenOn(
  host: string,
  port: number,
  handler: PortHandler,
): Promise<{ readonly server: http.Server; readonly port: number }> {
  const server = http.createServer(
    {
      noDelay: true,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      maxHeaderSize: 32 * 1024,
    },
    handler,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Whether the request carries the bearer token with this SHA-256. */
export function hasBearer(request: http.IncomingMessage, sha256: string | undefined): boolean {
  const header = request.headers.authorization;
  if (sha256 === undefined || header === undefined || header.length > 300) return false;
  const match = /^Bearer +(\S+)$/i.exec(header);
  return match?.[1] !== undefined && sameHash(hashToken(match[1]), sha256);
}

export function isLoopbackPeer(request: http.IncomingMessage): boolean {
  const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return address === '::1' || /^127\./.test(address);
}

export function sendJson(
  response: http.ServerResponse,
  status: number,
  body: unknown,
  headers: http.OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': text.length,
    ...headers,
  });
  response.end(text);
}

/** The body as text; undefined when it is larger than `bytesMax` or breaks off. */
export function readBody(request: http.IncomingMessage, bytesMax: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= bytesMax) parts.push(part);
    });
    request.on('end', () => resolve(size <= bytesMax ? Buffer.concat(parts).toString('utf8') : undefined));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
