import type { TunnelEnd } from '#contracts/tunnel.ts';
import type { TunnelOrders } from './tunnels.ts';

const ID = /^[\x21-\x7e]{1,100}$/;
const NONE: TunnelOrders = { ends: [], socketsEach: 1 };

/** What an answer says of tunnels; what cannot be read is left out, so that one bad entry does not cost the others. */
export function readTunnelOrders(value: unknown): TunnelOrders {
  if (!isFields(value) || !Array.isArray(value['ends'])) return NONE;
  const sockets = value['sockets_each'];
  return {
    ends: value['ends'].flatMap((end): TunnelEnd[] => {
      if (!isFields(end)) return [];
      const { id, url } = end;
      return typeof id === 'string' && ID.test(id) && typeof url === 'string' ? [{ id, url }] : [];
    }),
    socketsEach: typeof sockets === 'number' && Number.isSafeInteger(sockets) ? sockets : 1,
  };
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
