/**
 * From the URL of an endpoint to the address to connect to. The name is resolved once for each attempt, every address
 * it has must be allowed, and the connection goes to one of these: a name that answers differently a moment later
 * leads nowhere else.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isAllowedAddress } from '#kernel/address-rules.ts';
import { AppError } from '#kernel/errors.ts';
import { SendFailure } from './send-failure.ts';

/** All addresses of a name. */
export type Resolve = (name: string, allowsPrivate: boolean) => Promise<readonly string[]>;

export interface Target {
  readonly url: URL;
  /** In numbers. */
  readonly address: string;
}

const URL_LENGTH_MAX = 2_000;
const DNS_TRY_MS = 3_000;

/** @throws webhook.bad_url */
export function requireTargetUrl(text: string, allowsPrivate: boolean): URL {
  const url = text.length <= URL_LENGTH_MAX ? URL.parse(text) : null;
  if (!url) throw badUrl('This is not a URL. Give it in full, such as https://example.com/webhooks.');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowsPrivate)) {
    throw badUrl('The URL must begin with https://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw badUrl('The URL must not hold a name or a password. Deliveries are signed instead.');
  }
  if (url.hash !== '') throw badUrl('The URL must not have a part behind #, which is never sent.');
  if (url.hostname === '') throw badUrl('The URL names no host.');
  const literal = hostOf(url);
  // The URL's own parser has brought every spelling of an address into its usual one.
  if (isIP(literal) !== 0 && !isAllowedAddress(literal, allowsPrivate)) {
    throw badUrl('Webhooks go to public addresses only, and this one is not.');
  }
  return url;
}

/** @param attempt counts from 1; later ones try the other addresses of the name too. @throws SendFailure */
export async function findTarget(
  resolve: Resolve,
  text: string,
  { allowsPrivate, attempt }: { readonly allowsPrivate: boolean; readonly attempt: number },
): Promise<Target> {
  const url = requireTargetUrl(text, allowsPrivate);
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolved(resolve, host, allowsPrivate) : [host];
  if (!addresses.every((address) => isAllowedAddress(address, allowsPrivate))) {
    throw new SendFailure('the name of the host leads to an address that is not public');
  }
  const address = addresses[(attempt - 1) % addresses.length];
  if (address === undefined) throw new SendFailure('the name of the host has no address');
  // Plain text only where nobody listens in between.
  if (url.protocol === 'http:' && isAllowedAddress(address, false)) {
    throw new SendFailure('without TLS only private addresses are spoken to');
  }
  return { url, address };
}

async function resolved(resolve: Resolve, host: string, allowsPrivate: boolean): Promise<readonly string[]> {
  try {
    return await resolve(host, allowsPrivate);
  } catch (error) {
    throw new SendFailure('the name of the host cannot be resolved', { cause: error });
  }
}

/**
 * Names are asked for without the threads that resolve those of the providers, which many slow ones would use up.
 * Names that only this machine or its network knows need them, where private targets are allowed.
 */
export function systemResolve(): Resolve {
  const resolver = new Resolver({ timeout: DNS_TRY_MS, tries: 2 });
  return async (name, allowsPrivate) => {
    if (allowsPrivate)
      return (await lookup(name, { all: true, order: 'ipv4first' })).map((one) => one.address);
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const found = [four, six].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (found.length === 0 && four.status === 'rejected') throw four.reason;
    return found;
  };
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

function badUrl(publicMessage: string): AppError {
  return new AppError('webhook.bad_url', {
    publicMessage,
    details: { errors: [{ path: 'url', message: publicMessage }] },
  });
}
