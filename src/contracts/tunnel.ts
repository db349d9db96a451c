/**
 * How a worker behind NAT is reached: it dials a gateway's tunnel address with a WebSocket, and the gateway speaks
 * HTTP/2 over it as the client. The worker is only ever asked: it names no address, and there is one kind of stream,
 * which carries the bytes of one connection to its data port.
 */

export const TUNNEL_PATH = '/internal/worker/tunnel';
/** Sub-protocol of the WebSocket. */
export const TUNNEL_PROTOCOL = 'inventiv-tunnel.1';
/** The only path of a stream. */
export const TUNNEL_STREAM_PATH = '/data';

/** Of the dialling request. */
export const TUNNEL_EPOCH_HEADER = 'x-inventiv-epoch';
/** Names one life of the agent's process: a later one takes the place of an earlier one. */
export const TUNNEL_RUN_HEADER = 'x-inventiv-run';
/** Of the answer: which gateway process took it. */
export const TUNNEL_GATEWAY_HEADER = 'x-inventiv-gateway';

/** Both sides ask the other for a sign of life this often; a peer that leaves two of them open is dead. */
export const TUNNEL_PING_MS = 10_000;
export const TUNNEL_PINGS_MISSED_MAX = 2;

/** Streams that one socket carries at once. */
export const TUNNEL_STREAMS_MAX = 2_048;
/** Sockets that one worker may have open to one gateway; the oldest goes when there are more. */
export const TUNNEL_SOCKETS_MAX = 8;

/** The fields of a gateway that takes tunnels, as heartbeats tell them. */
export interface TunnelEnd {
  /** Of its process: a successor at the same address has another. */
  readonly id: string;
  /** `wss://host:port`; `ws://` only to loopback and private addresses. */
  readonly url: string;
}

/** Whether what is sent there is encrypted, or does not leave a private network. Names are not looked up. */
export function isSafeTunnelUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, pathname, search, username, password } = new URL(url);
  if (pathname !== '/' || search !== '' || username !== '' || password !== '') return false;
  if (protocol === 'wss:') return true;
  return protocol === 'ws:' && isPrivateHost(hostname);
}

const PRIVATE_V4 = [
  /^127\./,
  /^10\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  // Carrier-grade NAT and the address range of overlay networks.
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^169\.254\./,
];
const V4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** Loopback or a private range, written as an address; of names only `localhost`. */
export function isPrivateHost(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (plain === 'localhost' || plain === '::1') return true;
  if (plain.includes(':')) {
    const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/.exec(plain)?.[1];
    if (mapped !== undefined) return isPrivateHost(mapped);
    return /^f[cd][0-9a-f]{2}:/.test(plain) || /^fe[89ab][0-9a-f]:/.test(plain);
  }
  return V4.test(plain) && PRIVATE_V4.some((range) => range.test(plain));
}

/** How a worker is reached, as it was decided when it registered; `auto` goes by the address of its machine. */
export const WORKER_REACHES = ['direct', 'auto', 'tunnel'] as const;
export type WorkerReach = (typeof WORKER_REACHES)[number];

/** Public addresses are never spoken to without encryption, so whoever has one is reached through a tunnel. */
export function isTunnelled(reach: WorkerReach, address: string | null): boolean {
  if (reach !== 'auto') return reach === 'tunnel';
  return address !== null && !isPrivateHost(address);
}

const TUNNEL_SUFFIX = '.tunnel';

/** Stands where the address of a machine would, in snapshots and journals; it is no name of any DNS. */
export function tunnelAddressOf(instanceId: string): string {
  return `${instanceId}${TUNNEL_SUFFIX}`;
}

/** The instance that such an address names; undefined for an address of a network. */
export function tunnelledInstance(address: string): string | undefined {
  return address.endsWith(TUNNEL_SUFFIX) ? address.slice(0, -TUNNEL_SUFFIX.length) : undefined;
}
