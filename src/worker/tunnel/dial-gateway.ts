/** Opens the WebSocket of a tunnel, from inside out. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import {
  isSafeTunnelUrl,
  TUNNEL_EPOCH_HEADER,
  TUNNEL_GATEWAY_HEADER,
  TUNNEL_PATH,
  TUNNEL_PROTOCOL,
  TUNNEL_RUN_HEADER,
} from '#contracts/tunnel.ts';
import type { Random } from '#kernel/env.ts';
import { WebSocketStream } from './web-socket-stream.ts';

export interface DialOrder {
  readonly url: string;
  readonly token: string;
  readonly epoch: number;
  readonly run: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** `refused`: the gateway does not want this worker, whoever asks again soon. */
export type DialOutcome =
  | { readonly kind: 'open'; readonly stream: Duplex; readonly gatewayId: string }
  | { readonly kind: 'refused'; readonly status: number };

/** From RFC 6455: what a server proves with it is that it read the request as a WebSocket's. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HEAD_BYTES_MAX = 16_384;
const PROBE_MS = 15_000;
const WORD = /^[\x21-\x7e]{1,100}$/;

/** Rejects when no answer came in time, or one that is none. */
export async function dialGateway(order: DialOrder, random: Random): Promise<DialOutcome> {
  if (!isSafeTunnelUrl(order.url)) {
    throw new Error(
      `${order.url} is no address for a tunnel: it must be wss://, or ws:// in a private network.`,
    );
  }
  const key = Buffer.from(random.bytes(16)).toString('base64');
  const request = ask(order, key);
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (answer) => {
      answer.resume();
      request.destroy();
      resolve({ kind: 'refused', status: answer.statusCode ?? 0 });
    });
    request.on('upgrade', (answer, socket, head) => {
      const gatewayId = answer.headers[TUNNEL_GATEWAY_HEADER];
      const isRight =
        answer.headers['sec-websocket-accept'] === acceptOf(key) &&
        answer.headers['sec-websocket-protocol'] === TUNNEL_PROTOCOL &&
        answer.headers['sec-websocket-extensions'] === undefined;
      if (!isRight || typeof gatewayId !== 'string' || !WORD.test(gatewayId)) {
        socket.destroy();
        reject(new Error('Whoever answers there takes no tunnels.'));
        return;
      }
      resolve({ kind: 'open', stream: new WebSocketStream(socket, head, random), gatewayId });
    });
    request.end();
  });
}

function ask({ url, token, epoch, run, limitMs, signal }: DialOrder, key: string): http.ClientRequest {
  const address = new URL(url);
  const isTls = address.protocol === 'wss:';
  // The limit is for the handshake only: the socket leaves the request with it.
  const limit = AbortSignal.timeout(limitMs);
  const request = (isTls ? https : http).request({
    hostname: address.hostname.replace(/^\[|\]$/g, ''),
    port: address.port || (isTls ? 443 : 80),
    path: TUNNEL_PATH,
    method: 'GET',
    agent: false,
    maxHeaderSize: HEAD_BYTES_MAX,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': TUNNEL_PROTOCOL,
      authorization: `Bearer ${token}`,
      [TUNNEL_EPOCH_HEADER]: String(epoch),
      [TUNNEL_RUN_HEADER]: run,
    },
  });
  const giveUp = () => request.destroy(new Error('The gateway did not take the tunnel in time.'));
  const stopped = AbortSignal.any([signal, limit]);
  stopped.addEventListener('abort', giveUp);
  request.once('upgrade', (_answer, socket: import('node:net').Socket) => {
    stopped.removeEventListener('abort', giveUp);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_MS);
    socket.setTimeout(0);
  });
  return request;
}

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${ACCEPT_SUFFIX}`).digest('base64');
}
