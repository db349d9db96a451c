import type http from 'node:http';
import { sendJson } from './port-server.ts';

/** The agent's own errors carry a header, so that the gateway can tell them from the engine's. */
export function refuse(response: http.ServerResponse, status: number, code: string, message: string): void {
  const headers: http.OutgoingHttpHeaders = { 'x-inventiv-worker-error': code };
  // The unread body would be taken for the next request on this connection.
  if (!response.req.complete) headers['connection'] = 'close';
  sendJson(
    response,
    status,
    { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code } },
    headers,
  );
}

export function refuseMethod(response: http.ServerResponse, allowed: string): void {
  response.setHeader('allow', allowed);
  refuse(response, 405, 'method_not_allowed', `This address takes ${allowed}.`);
}
