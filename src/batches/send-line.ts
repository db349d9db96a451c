/** Sends one line to the gateway, as any client would. */
import { Agent, request } from 'undici';
import { LINE_BEARER_TTL_MS, signLineBearer } from '#identity/line-bearer.ts';
import type { Env } from '#kernel/env.ts';
import type { OrgId, RequestId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import type { LineAnswer } from './judge-answer.ts';

export interface LineOrder {
  readonly orgId: OrgId;
  readonly apiKeyId: string;
  readonly requestId: RequestId;
  readonly endpoint: string;
  readonly body: Buffer;
  readonly signal: AbortSignal;
}

export interface LineSender {
  /** Rejects when no whole answer came. */
  send(order: LineOrder): Promise<LineAnswer>;
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly gatewayUrl: string;
  readonly bearerKey: Secret;
  readonly figures: {
    readonly waitMs: number;
    readonly silenceMs: number;
    readonly resultBytesMax: number;
  };
}

const CONNECT_MS = 5_000;

export function gatewaySender(env: Env, { gatewayUrl, bearerKey, figures }: SenderOptions): LineSender {
  const agent = new Agent({
    // Its own gateway, on its own machine: the certificate is made for the name that clients use.
    connect: { timeout: CONNECT_MS, rejectUnauthorized: false },
    pipelining: 1,
  });
  return {
    async send({ orgId, apiKeyId, requestId, endpoint, body, signal }) {
      const expiresAtMs = env.clock.now() + LINE_BEARER_TTL_MS;
      const bearer = signLineBearer(bearerKey, { apiKeyId, orgId, requestId, expiresAtMs });
      const answer = await request(`${gatewayUrl}${endpoint}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${bearer.reveal()}`,
          'content-type': 'application/json',
          'x-inventiv-priority': 'batch',
          'x-inventiv-deadline-ms': String(figures.waitMs),
        },
        body,
        signal,
        dispatcher: agent,
        headersTimeout: figures.silenceMs,
        bodyTimeout: figures.silenceMs,
      });
      const { headers } = answer;
      return {
        status: answer.statusCode,
        retryAfterMs: delayOf(headers['retry-after-ms']),
        mayRetry: headers['x-should-retry'] !== 'false',
        body: await readUpTo(answer.body, figures.resultBytesMax),
      };
    },
    close: () => agent.destroy(),
  };
}

function delayOf(header: string | string[] | undefined): number | undefined {
  const delayMs = Number(header);
  return typeof header === 'string' && Number.isFinite(delayMs) && delayMs >= 0 ? delayMs : undefined;
}

/** Undefined when it is longer; then the rest is not read. */
async function readUpTo(body: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > bytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}
