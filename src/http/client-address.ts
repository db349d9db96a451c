/**
 * From where a request comes, when there are proxies in front of us. Each of them adds to `X-Forwarded-For` whom it
 * spoke with; only what a proxy of ours added is believed. So the address is the last one in the list that is not a
 * proxy of ours, and what a client writes into the header itself counts for nothing.
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

export type ClientAddress = (message: IncomingMessage) => string;

const HOPS_MAX = 20;

/** `proxies` as `10.0.0.0/8` or `10.1.2.3`, separated by commas. @throws where one of them is neither */
export function clientAddressBehind(proxies: string): ClientAddress {
  const list = new BlockList();
  const entries = proxies
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  for (const entry of entries) addTo(list, entry);
  if (entries.length === 0) return directAddress;
  const isOurs = (address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return (message) => {
    let address = directAddress(message);
    const header = message.headers['x-forwarded-for'];
    const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').slice(-HOPS_MAX);
    for (const hop of hops.reverse()) {
      if (!isOurs(address)) return address;
      const next = plainAddress(hop.trim());
      // Not an address: nobody of ours wrote that, so the last one that is known counts.
      if (isIP(next) === 0) return address;
      address = next;
    }
    return address;
  };
}

/** Whoever opened the connection. */
export function directAddress(message: IncomingMessage): string {
  return plainAddress(message.socket.remoteAddress ?? '');
}

function plainAddress(text: string): string {
  return text.replace(/^::ffff:(?=\d+\.)/i, '');
}

function addTo(list: BlockList, entry: string): void {
  const [address = '', bits, ...rest] = entry.split('/');
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? longest : Number(bits);
  const isRight = family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits ?? '0') && prefix <= longest;
  if (!isRight) throw new Error(`"${entry}" is not an address, nor a network such as 10.0.0.0/8`);
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
}
