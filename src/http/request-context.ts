import type { FastifyRequest } from 'fastify';
import type { CorrelationId } from '#kernel/ids.ts';
import type { Caller } from './route.ts';

/** What the server knows of a request beside what came over the wire. */
export interface RequestContext {
  correlationId: CorrelationId;
  caller: Caller | undefined;
  errorCode: string | undefined;
  /** Aborted when the client is gone before its answer is complete. */
  gone: AbortController;
}

/** A request that the server has begun: its first hook fills the context. */
export type ServedRequest = FastifyRequest & RequestContext;

export function served(request: FastifyRequest): ServedRequest {
  return request as ServedRequest;
}
