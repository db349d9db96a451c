/**
 * A listening socket that outlives the processes which serve it: bound once by the supervisor and handed to each
 * generation of a process. While one ends and the next begins, connections wait in the kernel instead of being
 * refused. The supervisor itself never accepts.
 */

import { lookup } from 'node:dns/promises';
import net, { isIP } from 'node:net';
import { StartError } from '#config/start-error.ts';

/** What a process is sent over its channel; `net.Server.listen` takes it. */
export interface HeldSocket {
  readonly handle: object;
  close(): void;
}

interface BoundHandle {
  close(): void;
}

/** Node's own cluster module is built on it: a bound handle without an accept loop, which no public call gives. */
type CreateServerHandle = (
  address: string,
  port: number,
  family: 4 | 6,
  fd: number | undefined,
  flags: number,
) => BoundHandle | number;
const createServerHandle = (net as unknown as { _createServerHandle: CreateServerHandle })
  ._createServerHandle;

/** UV_TCP_REUSEPORT: several sockets of one address, among which the kernel spreads connections evenly. */
const REUSE_PORT = 2;

/**
 * With `isOneOfSeveral` more sockets of the same address can be held, one for each of several processes.
 * @throws StartError when the address cannot be bound
 */
export async function holdSocket(host: string, port: number, isOneOfSeveral = false): Promise<HeldSocket> {
  const address = isIP(host) ? host : (await lookup(host)).address;
  const flags = isOneOfSeveral ? REUSE_PORT : 0;
  const bound = createServerHandle(address, port, isIP(address) === 6 ? 6 : 4, undefined, flags);
  if (typeof bound === 'number') {
    throw new StartError(`${host} port ${port} cannot be bound: end what listens there, or set PORT_OFFSET`);
  }
  return { handle: bound, close: () => bound.close() };
}
