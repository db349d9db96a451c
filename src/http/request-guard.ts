/**
 * Refuses, before any handler, requests that could have two meanings or come from another web site.
 *
 * A browser can be led to this server under a foreign name (DNS rebinding) or from a foreign page (CSRF). The first
 * shows in `Host`, the second in `Origin`; an address in digits cannot be rebound, so those are allowed.
 */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { AppError } from '#kernel/errors.ts';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const ONCE = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'cookie',
  'origin',
  'x-api-key',
]);

export const CSRF_HEADER = 'x-inventiv-csrf';

export interface OriginRule {
  /** Names beside loopback and literal addresses under which we are reached. */
  readonly hostnames: ReadonlySet<string>;
  /** The origin that browsers use when a proxy in front ends TLS. */
  readonly publicOrigin: string;
}

export function originRule(publicUrl: string): OriginRule {
  const url = new URL(publicUrl);
  return { hostnames: new Set(['localhost', url.hostname]), publicOrigin: url.origin };
}

/** @throws request.malformed, request.foreign_origin */
export function guardRequest(rule: OriginRule, message: IncomingMessage): void {
  refuseAmbiguousHead(message);
  const host = message.headers.host ?? '';
  const hostname = hostnameOf(host);
  if (hostname === undefined || !isOurs(rule, hostname)) {
    throw new AppError('request.foreign_origin', {
      publicMessage: 'This server is not known under the name in the `Host` header.',
    });
  }
  if (!SAFE_METHODS.has(message.method ?? '')) refuseForeignOrigin(rule, message, host);
}

/** A page of another site cannot set this header without asking first. @throws request.csrf_header_missing */
export function requireCsrfHeader(message: IncomingMessage): void {
  if (SAFE_METHODS.has(message.method ?? '')) return;
  if (message.headers[CSRF_HEADER] !== '1') throw new AppError('request.csrf_header_missing');
}

function refuseAmbiguousHead(message: IncomingMessage): void {
  if (!message.url?.startsWith('/')) throw malformed('its target is not a path');
  if (message.httpVersion !== '1.1' && message.headers['transfer-encoding'] !== undefined) {
    throw malformed('this HTTP version has no chunks');
  }
  const seen = new Set<string>();
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    const name = message.rawHeaders[i]?.toLowerCase() ?? '';
    if (ONCE.has(name) && seen.has(name)) throw malformed(`the header ${name} appears twice`);
    seen.add(name);
  }
}

function refuseForeignOrigin(rule: OriginRule, message: IncomingMessage, host: string): void {
  const { origin } = message.headers;
  const site = message.headers['sec-fetch-site'];
  const isForeignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const isOwn =
    origin === undefined ||
    origin === rule.publicOrigin ||
    origin === `http://${host}` ||
    origin === `https://${host}`;
  if (!isOwn || isForeignSite) throw new AppError('request.foreign_origin');
}

function isOurs(rule: OriginRule, hostname: string): boolean {
  return rule.hostnames.has(hostname) || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

/** The name in a Host header, strictly; undefined when it is anything but `name[:port]`. */
function hostnameOf(host: string): string | undefined {
  const match = /^([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(\d{1,5}))?$/i.exec(host);
  return match?.[1]?.toLowerCase();
}

function malformed(what: string): AppError {
  return new AppError('request.malformed', { publicMessage: `The request cannot be read: ${what}.` });
}
