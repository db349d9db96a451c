import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Which client is still there. A client that closes its sending side is gone, as for uvicorn: whatever it asked for
 * on that connection is told so at once, in the same tick, before node ends our side after flushing what was written.
 * Requests that a client sends ahead on one connection are taken up one after the other.
 */
interface Connection {
  isGone: boolean;
  readonly leaveListeners: Set<() => void>;
  /** Settles when the last request so far is answered; never rejects. */
  tail: Promise<void>;
}

export class Connections {
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #open = new Set<Socket>();

  attach(server: Server): void {
    server.on('connection', (socket) => {
      const connection: Connection = { isGone: false, leaveListeners: new Set(), tail: Promise.resolve() };
      this.#bySocket.set(socket, connection);
      this.#open.add(socket);
      const leave = () => {
        connection.isGone = true;
        for (const listener of connection.leaveListeners) listener();
        connection.leaveListeners.clear();
      };
      socket.on('end', leave);
      socket.on('close', () => {
        this.#open.delete(socket);
        leave();
      });
    });
  }

  isGone(socket: Socket): boolean {
    return socket.destroyed || (this.#bySocket.get(socket)?.isGone ?? true);
  }

  /** Calls `listener` once when the client goes away; the returned function takes it back. */
  onLeave(socket: Socket, listener: () => void): () => void {
    const connection = this.#bySocket.get(socket);
    if (!connection || connection.isGone) {
      listener();
      return () => {};
    }
    connection.leaveListeners.add(listener);
    return () => connection.leaveListeners.delete(listener);
  }

  /** Runs `work` when all earlier requests of the connection are answered. */
  inTurn(socket: Socket, work: () => Promise<void>): void {
    const connection = this.#bySocket.get(socket);
    if (connection) connection.tail = connection.tail.then(work);
  }

  /** Tells everyone that it is over, and lets what was written go out. */
  end(): void {
    for (const socket of this.#open) {
      const connection = this.#bySocket.get(socket);
      for (const listener of connection?.leaveListeners ?? []) listener();
      connection?.leaveListeners.clear();
      socket.end();
    }
  }
}
