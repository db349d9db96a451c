import type { Interaction } from './recording.ts';

/** Which of the adapter's operations a recorded call stands for. */
export type Operation =
  | {
      readonly do: 'server' | 'volume' | 'address' | 'security_group';
      readonly zone: string;
      readonly id: string;
    }
  | {
      readonly do: 'servers' | 'blocks' | 'locals' | 'addresses' | 'security_groups' | 'products' | 'stock';
      readonly zone: string;
    }
  | { readonly do: 'images' }
  | {
      readonly do: 'create_server' | 'create_address' | 'create_group' | 'create_volume';
      readonly zone: string;
    }
  | { readonly do: 'start' | 'reboot' | 'delete_server'; readonly zone: string; readonly id: string }
  | {
      readonly do: 'delete_volume' | 'delete_address' | 'delete_group';
      readonly zone: string;
      readonly id: string;
    }
  | { readonly do: 'user_data' | 'tags'; readonly zone: string; readonly id: string; readonly kind: string }
  | { readonly do: 'skip'; readonly reason: string };

const ZONED = /^\/(instance|block)\/v1\/zones\/([^/]+)\/(.+)$/;

export function operationOf(interaction: Interaction): Operation {
  const { method, path } = interaction;
  if (path === '/marketplace/v2/local-images' && method === 'GET') return { do: 'images' };
  const [, product, zone = '', rest = ''] = ZONED.exec(path) ?? [];
  if (product === undefined) {
    const isOurs = /^\/(instance|block|marketplace|product-catalog)\//.test(path);
    return skip(isOurs ? 'endpoint_not_used' : 'other_product');
  }
  const words = rest.split('/');
  return (
    (method === 'GET' ? readOf(product, zone, words) : writeOf(interaction, product, zone, words)) ??
    skip('endpoint_not_used')
  );
}

function readOf(product: string, zone: string, words: readonly string[]): Operation | undefined {
  const [collection, id, ...more] = words;
  const whole = words.join('/');
  if (product === 'instance' && whole === 'products/servers') return { do: 'products', zone };
  if (product === 'instance' && whole === 'products/servers/availability') return { do: 'stock', zone };
  if (more.length > 0) return undefined;
  const lists = {
    servers: 'servers',
    volumes: product === 'block' ? 'blocks' : 'locals',
    ips: 'addresses',
    security_groups: 'security_groups',
  } as const;
  const ones = {
    servers: 'server',
    volumes: 'volume',
    ips: 'address',
    security_groups: 'security_group',
  } as const;
  const name = collection as keyof typeof lists;
  if (!Object.hasOwn(lists, name) || (product === 'block' && name !== 'volumes')) return undefined;
  return id === undefined ? { do: lists[name], zone } : { do: ones[name], zone, id };
}

function writeOf(
  interaction: Interaction,
  product: string,
  zone: string,
  words: readonly string[],
): Operation | undefined {
  const { method } = interaction;
  const [collection = '', id, verb, key] = words;
  const body = jsonOf(interaction.requestBody);
  if (method === 'POST' && id === undefined) return createOf(product, zone, collection, body);
  if (id === undefined) return undefined;
  if (method === 'DELETE' && verb === undefined) {
    const deletes = {
      servers: 'delete_server',
      volumes: 'delete_volume',
      ips: 'delete_address',
      security_groups: 'delete_group',
    } as const;
    const found = Object.entries(deletes).find(([name]) => name === collection)?.[1];
    return found && { do: found, zone, id };
  }
  if (method === 'POST' && verb === 'action') {
    const action = body?.['action'];
    if (action === 'poweron') return { do: 'start', zone, id };
    if (action === 'reboot') return { do: 'reboot', zone, id };
    return action === 'terminate' ? { do: 'delete_server', zone, id } : skip('action_not_used');
  }
  if (method === 'PATCH' && verb === 'user_data') {
    return key === 'cloud-init' ? { do: 'user_data', zone, id, kind: 'server' } : skip('user_data_of_others');
  }
  if (method !== 'PATCH' || verb !== undefined) return undefined;
  const kinds = { servers: 'server', volumes: 'volume', ips: 'address', security_groups: 'security_group' };
  const kind = Object.entries(kinds).find(([name]) => name === collection)?.[1];
  const isTags = body !== undefined && Object.keys(body).join() === 'tags' && Array.isArray(body['tags']);
  return kind !== undefined && isTags ? { do: 'tags', zone, id, kind } : skip('change_not_used');
}

function createOf(
  product: string,
  zone: string,
  collection: string,
  body: Record<string, unknown> | undefined,
): Operation | undefined {
  if (product === 'block') {
    if (collection !== 'volumes') return undefined;
    return body?.['from_empty'] ? { do: 'create_volume', zone } : skip('volume_from_snapshot');
  }
  switch (collection) {
    case 'servers':
      return { do: 'create_server', zone };
    case 'ips':
      return body?.['type'] === 'routed_ipv6'
        ? skip('address_of_another_kind')
        : { do: 'create_address', zone };
    case 'security_groups':
      return { do: 'create_group', zone };
    case 'volumes':
      // Ours are made with their server.
      return skip('local_volume_made_apart');
    default:
      return undefined;
  }
}

export function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function skip(reason: string): Operation {
  return { do: 'skip', reason };
}
