/** One question to an agent behind NAT, each on a connection of its own. */
import http from 'node:http';
import type { Socket } from 'node:net';
import type { TunnelConnection } from './tunnel-connection.ts';

export interface TunnelQuestion {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
}

const ANSWER_BYTES_MAX = 1_048_576;

/** Rejects when no answer came in time, or one that is longer than is read. */
export function askThroughTunnel(
  dial: () => TunnelConnection | undefined,
  { path, method, headers, body, timeoutMs }: TunnelQuestion,
): Promise<{ status: number; text: string }> {
  const connection = dial();
  if (!connection) return Promise.reject(new Error('there is no tunnel to the worker'));
  connection.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: 'worker',
        path,
        method,
        // Without an agent of its own the request takes the connection it is given.
        createConnection: () => connection as unknown as Socket,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          ...headers,
          connection: 'close',
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
      },
      (answer) => {
        readText(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, text }),
          (error: unknown) => reject(error),
        );
      },
    );
    request.on('error', reject);
    request.on('close', () => connection.destroy());
    request.end(body);
  });
}

async function readText(answer: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > ANSWER_BYTES_MAX) throw new Error('the agent answered more than is read');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
