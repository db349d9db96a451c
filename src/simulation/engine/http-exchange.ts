import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type ApiError,
  anthropicError,
  BODY_TOO_LARGE,
  badRequest,
  errorBody,
  type Parsed,
} from './api-error.ts';
import { type Body, checkModel, isBody, type ServedModel } from './request-body.ts';

const BODY_BYTES_MAX = 64 * 1024 * 1024;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json', JSON.stringify(body));
}

export function sendError(response: ServerResponse, error: ApiError): void {
  sendText(response, error.status, 'application/json', errorBody(error));
}

/** As `sendError`, in the shape of the protocol that was spoken to. */
export function refuse({ request, response }: Exchange, error: ApiError): void {
  if (request.url?.startsWith('/v1/messages')) sendJson(response, error.status, anthropicError(error));
  else sendError(response, error);
}

export function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** The body of a request for our model; undefined when it was answered with an error or the client left. */
export async function readModelBody(exchange: Exchange, served: ServedModel): Promise<Body | undefined> {
  const body = await readBody(exchange.request);
  if (!body) return undefined;
  const error = body.ok ? checkModel(body.value, served) : body.error;
  if (error) refuse(exchange, error);
  return body.ok && !error ? body.value : undefined;
}

/** The JSON object that a client sent; undefined when the client left before it was complete. */
export async function readBody(request: IncomingMessage): Promise<Parsed<Body> | undefined> {
  const bytes = await readBytes(request);
  if (bytes === undefined) return undefined;
  if (bytes === 'too large') return { ok: false, error: BODY_TOO_LARGE };
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isBody(value)
      ? { ok: true, value }
      : { ok: false, error: badRequest('The body must be a JSON object.') };
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : 'unreadable';
    return { ok: false, error: badRequest(`JSON decode error: ${reason}`) };
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer | 'too large' | undefined> {
  return await new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_BYTES_MAX) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => {
      const [only] = chunks;
      if (size > BODY_BYTES_MAX) resolve('too large');
      else resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks));
    });
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
