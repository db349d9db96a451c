import { lookup as systemLookup } from 'node:dns';
import { open } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isAllowedAddress } from '#kernel/address-rules.ts';
import { messageOf } from '#kernel/errors.ts';
import { ModelProblem } from './model-problem.ts';

/**
 * Fetches a file, going on where an earlier try ended. The address comes from whoever wrote the model down, so it is
 * followed only to public hosts, at each redirect anew, by the address that is really connected to.
 */
export interface Download {
  readonly url: string;
  readonly file: string;
  /** Bytes that are there and total, null while unknown. */
  readonly onProgress: (bytes: number, total: number | null) => void;
  /** Called once the size is known and before a byte is written; makes room or throws. */
  readonly makeRoom: (missingBytes: number) => Promise<void>;
  /** Tests alone: a store on this machine, without TLS. */
  readonly allowsPrivate: boolean;
  readonly signal: AbortSignal;
}

const REDIRECTS_MAX = 5;
const SILENCE_MS = 60_000;

/** @throws ModelProblem */
export async function download(order: Download): Promise<void> {
  const file = await open(order.file, 'a');
  try {
    const { size } = await file.stat();
    const response = await ask(order, new URL(order.url), size, 0);
    const isResumed = response.statusCode === 206;
    let bytes = isResumed ? size : 0;
    if (!isResumed) await file.truncate(0);
    const missing = lengthOf(response);
    const total = missing === null ? null : bytes + missing;
    await order.makeRoom(missing ?? 0);
    order.onProgress(bytes, total);
    for await (const chunk of response) {
      await file.write(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      order.onProgress(bytes, total);
    }
    if (total !== null && bytes < total) {
      throw new ModelProblem(
        'model_download_broken',
        `The download broke off at ${bytes} of ${total} bytes.`,
        true,
      );
    }
    await file.sync();
  } catch (error) {
    throw problemOf(error);
  } finally {
    await file.close();
  }
}

async function ask(
  order: Download,
  url: URL,
  offset: number,
  redirects: number,
): Promise<http.IncomingMessage> {
  requireAllowed(url, order.allowsPrivate);
  const response = await send(order, url, offset);
  const status = response.statusCode ?? 0;
  if (status === 200 || status === 206) return response;
  response.destroy();
  const { location } = response.headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    if (redirects === REDIRECTS_MAX) throw refused(`${url.host} redirects more than ${REDIRECTS_MAX} times`);
    return ask(order, new URL(location, url), offset, redirects + 1);
  }
  // What is there is no beginning of this file, or all of it: the checksum decides, after a new beginning.
  if (status === 416 && offset > 0) return ask(order, url, 0, redirects);
  if (status === 401 || status === 403) {
    throw new ModelProblem('model_access_denied', `${url.host} refuses the model's file (HTTP ${status}).`);
  }
  if (status === 404 || status === 410) {
    throw new ModelProblem(
      'model_not_found',
      `${url.host} has no such file (HTTP ${status}): correct the model's source.`,
    );
  }
  throw new ModelProblem('model_download_failed', `${url.host} answers HTTP ${status}.`, true);
}

function send(order: Download, url: URL, offset: number): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { request: begin } = url.protocol === 'https:' ? https : http;
    const request = begin(url, {
      agent: false,
      lookup: guardedLookup(order.allowsPrivate),
      signal: order.signal,
      timeout: SILENCE_MS,
      headers: {
        'user-agent': 'inventiv-worker',
        'accept-encoding': 'identity',
        ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
      },
    });
    request.on('response', resolve);
    request.on('timeout', () =>
      request.destroy(new Error(`${url.host} was silent for ${SILENCE_MS / 1000} s`)),
    );
    request.on('error', reject);
    request.end();
  });
}

function requireAllowed(url: URL, allowsPrivate: boolean): void {
  if (url.protocol !== 'https:' && !(allowsPrivate && url.protocol === 'http:')) {
    throw refused(`the source must be an https address, and ${url.protocol}//${url.host} is not`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAllowedAddress(host, allowsPrivate))
    throw refused(`${host} is no public address`);
}

/** One answer that is not public refuses the name: nobody chooses among them. */
function guardedLookup(allowsPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const wrong = addresses.find(({ address }) => !isAllowedAddress(address, allowsPrivate));
      const [first] = addresses;
      if (wrong || !first) return callback(refused(`${hostname} leads to no public address`), '', 0);
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}

function lengthOf({ headers }: http.IncomingMessage): number | null {
  const text = headers['content-length'];
  const length = Number(text);
  return text !== undefined && Number.isSafeInteger(length) && length >= 0 ? length : null;
}

function refused(why: string): ModelProblem {
  return new ModelProblem('model_source_refused', `The model's file is not fetched: ${why}.`);
}

function problemOf(error: unknown): Error {
  if (error instanceof ModelProblem) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ModelProblem(
      'model_disk_full',
      'The disk is full: the model does not fit beside what is on it.',
    );
  }
  return new ModelProblem('model_download_failed', `The download failed: ${messageOf(error)}.`, true);
}
