/**
 * The client's side of the gateway, without a word about sockets: what carries exchanges can be replaced.
 */
export interface EdgeRequest {
  readonly method: string;
  /** The request target as it came. */
  readonly target: string;
  readonly httpVersion: string;
  /** Names and values in turn, as they came: repeated headers stay apart. */
  readonly rawHeaders: readonly string[];
}

export interface Exchange {
  readonly request: EdgeRequest;
  /** True when the client left before the whole answer was handed over. */
  readonly hasClientLeft: boolean;
  readonly hasStarted: boolean;
  /** Calls back once when the client leaves before the end; at once when it already has. */
  onClientLeft(listener: () => void): void;
  /** @throws request.too_large; rejects with ClientLeftError when the client leaves meanwhile */
  readBody(bytesMax: number): Promise<Buffer>;
  /**
   * The same as it comes, for what is too large to be held; what is not taken out is not read from the client.
   * @throws request.too_large; ends with ClientLeftError when the client leaves meanwhile
   */
  bodyParts(bytesMax: number): AsyncIterable<Buffer>;
  start(status: number, headers: Readonly<Record<string, string>>): void;
  /** False: the client reads slower than we write; wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  onDrain(listener: () => void): void;
  end(bytes?: Buffer): void;
  /** Cuts the connection. */
  destroy(): void;
}

export type ExchangeHandler = (exchange: Exchange) => void;

/** Where an edge listens: an address, or a socket that somebody holds for it. */
export type ListenPlace = { readonly host: string; readonly port: number } | { readonly handle: object };

export interface Edge {
  readonly port: number;
  /** Open ones, whether or not a request is under way on them. */
  readonly connections: number;
  /**
   * A successor accepts: takes no new connection, and each kept one ends with the first answer that can say so. One
   * whose answer had promised otherwise is kept for a next request.
   */
  drain(): void;
  /** Closes kept connections on which no request has been under way for so long. */
  closeIdle(idleMs: number): void;
  /** Takes no new connection, and ends each kept one after its present exchange. */
  stopAccepting(): void;
  /** Cuts whatever is left. */
  close(): Promise<void>;
}

export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';

  constructor() {
    super('the client left');
  }
}
