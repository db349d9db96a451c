import http from 'node:http';

export interface EngineAnswer {
  readonly status: number;
  readonly text: string;
}

export interface EngineAddress {
  readonly host: string;
  readonly port: number;
}

const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** The agent's own small questions to its engine; the traffic of callers goes through the relay instead. */
export class EngineClient {
  readonly address: EngineAddress;

  constructor(address: EngineAddress) {
    this.address = address;
  }

  /** Undefined when the engine does not answer within the limit. */
  get(path: string, timeoutMs: number): Promise<EngineAnswer | undefined> {
    return this.#send('GET', path, undefined, {}, timeoutMs);
  }

  post(
    path: string,
    body: unknown,
    headers: Record<string, string>,
    timeoutMs: number,
  ): Promise<EngineAnswer | undefined> {
    return this.#send('POST', path, JSON.stringify(body), headers, timeoutMs);
  }

  #send(
    method: string,
    path: string,
    body: string | undefined,
    headers: Record<string, string>,
    timeoutMs: number,
  ): Promise<EngineAnswer | undefined> {
    return new Promise((resolve) => {
      const request = http.request(
        {
          ...this.address,
          method,
          path,
          // A connection of its own: questions are rare, and a kept one could be half dead.
          agent: false,
          headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
          signal: AbortSignal.timeout(timeoutMs),
        },
        (response) => {
          const parts: Buffer[] = [];
          let size = 0;
          response.on('data', (part: Buffer) => {
            size += part.length;
            if (size > BODY_BYTES_MAX) request.destroy();
            else parts.push(part);
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
          );
          response.on('error', () => resolve(undefined));
          response.on('close', () => resolve(undefined));
        },
      );
      request.on('error', () => resolve(undefined));
      request.end(body);
    });
  }
}
