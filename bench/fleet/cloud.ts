/**
 * The provider of the benchmark: it knows every machine of the fleet with its volume, shows each of them and lists all,
 * page by page, as the mock cloud does. It remembers nothing, so it costs next to nothing beside what is measured.
 */
import { createServer } from 'node:http';

export interface CloudOrder {
  readonly port: number;
  readonly installationId: string;
  readonly instanceIds: readonly string[];
}

interface Listed {
  readonly id: string;
  readonly tags: readonly string[];
}

const ZONE = 'mock-a';
const CREATED_AT_MS = 1_700_000_000_000;
/** Further than any benchmark lasts, so that no tag has to be renewed. */
const LIFE_MS = 365 * 86_400_000;
const PAGE_SIZE = 50;

export function serveCloud({ port, installationId, instanceIds }: CloudOrder): void {
  const expiresAtMs = Date.now() + LIFE_MS;
  const tagsOf = (instanceId: string, n: number) => [
    `inv_installation=${installationId}`,
    `inv_instance=${instanceId}`,
    `inv_attempt=att_${String(n + 1).padStart(26, '0')}`,
    `inv_expires=${expiresAtMs}`,
  ];
  const servers = instanceIds.map((id, n) => serverOf(n + 1, tagsOf(id, n)));
  const volumes = instanceIds.map((id, n) => volumeOf(n + 1, tagsOf(id, n)));
  const lists: Readonly<Record<string, readonly Listed[]>> = { servers, volumes };
  createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://cloud');
    const [, , collection = '', ref] = url.pathname.split('/');
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' });
    if (ref === undefined) return response.end(JSON.stringify(pageOf(lists, collection, url.searchParams)));
    const found = lists[collection]?.[Number(ref.replace(/^\D+/, '')) - 1];
    return response.end(JSON.stringify({ [collection.replace(/s$/, '')]: found }));
  }).listen(port, '127.0.0.1');
}

function serverOf(number: number, tags: readonly string[]): Listed {
  const server = {
    id: `srv-${number}`,
    zone: ZONE,
    type: 'BENCH-1',
    state: 'running',
    tags,
    address: '127.0.0.1',
    volumes: [{ id: `vol-${number}`, zone: ZONE }],
    created_at_ms: CREATED_AT_MS,
  };
  return server;
}

function volumeOf(number: number, tags: readonly string[]): Listed {
  const volume = {
    id: `vol-${number}`,
    zone: ZONE,
    kind: 'block',
    size_bytes: 100_000_000_000,
    boot: true,
    state: 'attached',
    attached_to: `srv-${number}`,
    tags,
    created_at_ms: CREATED_AT_MS,
  };
  return volume;
}

function pageOf(
  lists: Readonly<Record<string, readonly Listed[]>>,
  collection: string,
  query: URLSearchParams,
): unknown {
  // The fleet is in one zone; whatever else is asked for is empty.
  const all = [null, ZONE].includes(query.get('zone')) ? (lists[collection] ?? []) : [];
  // All are of one installation, and hundreds of pages name it.
  const tags = query.getAll('tag').filter((tag) => !all[0]?.tags.slice(0, 1).includes(tag));
  const matching = tags.length === 0 ? all : all.filter((one) => tags.every((tag) => one.tags.includes(tag)));
  const perPage = Number(query.get('per_page') ?? PAGE_SIZE);
  const from = (Number(query.get('page') ?? 1) - 1) * perPage;
  return { [collection]: matching.slice(from, from + perPage), total_count: matching.length };
}
