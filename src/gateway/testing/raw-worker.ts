/** A worker that writes exactly the bytes that a test says. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Secret } from '#kernel/secret.ts';
import type { UpstreamTarget } from '../upstream.ts';

export interface RawRequest {
  readonly socket: Socket;
  readonly head: string;
  readonly body: string;
  /** Which connection this is, and which request on it; both from 1. */
  readonly connection: number;
  readonly turn: number;
}

export class RawWorker {
  readonly requests: RawRequest[] = [];
  readonly sockets = new Set<Socket>();
  onRequest: (request: RawRequest) => void;
  connections = 0;
  readonly #server: Server;

  constructor(onRequest: (request: RawRequest) => void) {
    this.onRequest = onRequest;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get target(): UpstreamTarget {
    const { port } = this.#server.address() as AddressInfo;
    return { origin: `http://127.0.0.1:${port}`, token: new Secret('token') };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    const connection = ++this.connections;
    socket.setNoDelay(true);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => undefined);
    let text = '';
    let turn = 0;
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        const length = Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? 0);
        if (end < 0 || text.length < end + 4 + length) return;
        const request = {
          socket,
          head: text.slice(0, end),
          body: text.slice(end + 4, end + 4 + length),
          connection,
          turn: ++turn,
        };
        text = text.slice(end + 4 + length);
        this.requests.push(request);
        this.onRequest(request);
      }
    });
  }
}
