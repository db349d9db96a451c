/** The port for tunnels: nothing but requests to upgrade is answered there. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Env } from '#kernel/env.ts';
import type { TlsFiles } from '../edge/edge-options.ts';
import { followFiles, readCertifiedKey } from '../edge/tls-files.ts';

export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface TunnelListener {
  readonly port: number;
  stopAccepting(): void;
  close(): Promise<void>;
}

const HEAD_MS = 10_000;
const HEAD_BYTES_MAX = 8_192;
const CONNECTIONS_MAX = 20_000;
const PROBE_MS = 15_000;

export async function listenForTunnels(
  env: Env,
  place: { readonly host: string; readonly port: number; readonly tls: TlsFiles | undefined },
  take: TakeUpgrade,
): Promise<TunnelListener> {
  const stopping = new AbortController();
  const server = serverOf(env, place.tls, stopping.signal);
  const sockets = new Set<Socket>();
  server.maxConnections = CONNECTIONS_MAX;
  server.on(place.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_MS);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    take(request, socket, head),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // A successor listens here while its predecessor still has the port.
    server.listen({ host: place.host, port: place.port, reusePort: place.port !== 0 }, () => {
      server.off('error', reject);
      server.on('error', (error) => env.log.warn({ error }, 'a tunnel was not accepted'));
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    stopAccepting() {
      if (server.listening) server.close();
    },
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => {
        if (server.listening) server.close(() => resolve());
        else resolve();
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serverOf(env: Env, tls: TlsFiles | undefined, stopping: AbortSignal): Server {
  const options = {
    maxHeaderSize: HEAD_BYTES_MAX,
    headersTimeout: HEAD_MS,
    requestTimeout: HEAD_MS,
    keepAliveTimeout: 1_000,
  };
  const answer = (_request: IncomingMessage, response: import('node:http').ServerResponse) => {
    response.writeHead(404, { connection: 'close', 'content-type': 'text/plain' });
    response.end('This port takes tunnels of workers and nothing else.');
  };
  if (!tls) return createServer(options, answer);
  const server = createSecureServer(
    { ...options, ...readCertifiedKey(tls), ALPNProtocols: ['http/1.1'], handshakeTimeout: HEAD_MS },
    answer,
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  void followFiles(env, server, tls, stopping);
  return server as unknown as Server;
}
