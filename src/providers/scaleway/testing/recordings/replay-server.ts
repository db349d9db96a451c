import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonOf } from './endpoints.ts';
import type { Interaction } from './recording.ts';

const ZONED = /^\/(?:instance|block)\/v1\/zones\/([^/]+)\/(.+)$/;
const COLLECTIONS = ['servers', 'volumes', 'ips', 'security_groups'];
const NO_ANSWER = { code: 501, headers: {}, body: '' };

/**
 * Answers like the recording, in resource timeline mode: a read gets what its resource looked like at the point of
 * the recording that is being replayed, however often it is asked; a change must be the one that was recorded there,
 * with the same body. A list is put together from its recorded pages and cut into those that are asked for.
 */
export class ReplayServer {
  readonly #interactions: readonly Interaction[];
  readonly #server: Server;
  /** Where the replay stands. */
  now = 0;
  /** The recorded change that must come next. */
  expected: Interaction | undefined;
  readonly served = new Set<number>();
  readonly unmatched: string[] = [];
  /** Reads of ours that are right, of which the recording holds no answer. */
  readonly notRecorded: string[] = [];
  /** Marks that we alone put on a thing of the recording: answered here, because nobody else puts them. */
  ownTagCalls = 0;
  /** What is known of a resource without a read: the answer to its create, or a server that it is in. */
  readonly #known = new Map<string, { readonly fromIndex: number; readonly body: unknown }>();

  static async start(interactions: readonly Interaction[]): Promise<ReplayServer> {
    const server = new ReplayServer(interactions);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  private constructor(interactions: readonly Interaction[]) {
    this.#interactions = interactions;
    for (const interaction of interactions) this.#learn(interaction);
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '/', 'http://replay');
        const text = Buffer.concat(chunks).toString('utf8');
        const answer =
          request.method === 'GET' ? this.#read(url) : this.#change(request.method ?? '', url.pathname, text);
        const { 'x-total-count': total, 'content-type': type, 'retry-after': after } = answer.headers;
        response.writeHead(answer.code, {
          ...(type === undefined ? {} : { 'content-type': type }),
          ...(total === undefined ? {} : { 'x-total-count': total }),
          ...(after === undefined ? {} : { 'retry-after': after }),
        });
        response.end(answer.code === 204 ? undefined : answer.body);
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The recorded pages of the list that an interaction is a page of. */
  pagesOf(interaction: Interaction): Interaction[] {
    const key = listKeyOf(interaction);
    return this.#interactions.filter(
      (one) => one.method === 'GET' && one.code === 200 && listKeyOf(one) === key,
    );
  }

  /** Pages without ids by name count by their rows; a type is on one page only. */
  isWhole(list: Interaction): boolean {
    const rows = this.pagesOf(list).flatMap((page) =>
      Object.entries(jsonOf(page.body) ?? {}).flatMap(([field, value]) => {
        if (typeof value !== 'object' || value === null) return [];
        const isArray = Array.isArray(value);
        return Object.entries(value).map(
          ([key, row]) => `${field} ${isArray ? (row as { id?: string } | null)?.id : key}`,
        );
      }),
    );
    const total = totalOf(list);
    return total === undefined || (rows.length === total && new Set(rows).size === total);
  }

  /** The state in which a server was last seen; deletes and starts depend on it. */
  lastSeen(path: string): Record<string, unknown> | undefined {
    return jsonOf(this.#snapshot(path)?.body ?? '');
  }

  /** Gone, or on its way, when the replay has come to where it stands. */
  isGone(path: string): boolean {
    const now = this.#snapshot(path) ?? this.#inOtherApi(path);
    const { status } = jsonOf(now?.body ?? '') ?? {};
    return now?.code === 404 || status === 'deleting' || status === 'deleted';
  }

  #read(url: URL): Pick<Interaction, 'code' | 'headers' | 'body'> {
    const at = this.#interactions[this.now];
    const isAt = at?.method === 'GET' && at.path === url.pathname;
    if (isAt && at.code !== 200) {
      this.served.add(at.index);
      return at;
    }
    if (url.searchParams.has('page')) {
      const list = isAt ? at : this.#firstOf(url.pathname);
      if (list) return this.#page(list, url);
    }
    const found = isAt
      ? at
      : url.pathname.startsWith('/marketplace/')
        ? this.#sameQuestion(url)
        : (this.#snapshot(url.pathname) ?? this.#inOtherApi(url.pathname));
    if (found) {
      if (found.index >= 0) this.served.add(found.index);
      return found;
    }
    const list = this.#isKnown(url.pathname) ? this.notRecorded : this.unmatched;
    list.push(`GET ${url.pathname}`);
    return NO_ANSWER;
  }

  /** A thing, or a list of a zone, that the recording speaks of somewhere, at an address that we read. */
  #isKnown(path: string): boolean {
    if (path === '/marketplace/v2/local-images') return true;
    const [, zone = '', rest = ''] = ZONED.exec(path) ?? [];
    if (rest === '' || !this.#interactions.some((one) => one.path.includes(`/zones/${zone}/`))) return false;
    const [collection = '', id] = rest.split('/');
    if (rest.startsWith('products/servers')) return true;
    if (!COLLECTIONS.includes(collection)) return false;
    if (id === undefined) return true;
    return this.#interactions.some((one) => `${one.path} ${one.requestBody} ${one.body}`.includes(id));
  }

  /** A search is answered as the same search was. */
  #sameQuestion({ pathname, searchParams }: URL): Interaction | undefined {
    return this.#interactions.find(
      (one) =>
        one.path === pathname &&
        [...searchParams].every(([key, value]) => key === 'order_by' || one.query.get(key) === value),
    );
  }

  #firstOf(path: string): Interaction | undefined {
    return this.#interactions.find((one) => one.method === 'GET' && one.code === 200 && one.path === path);
  }

  /** A volume that is told of in one of the two APIs does not exist in the other. */
  #inOtherApi(path: string): Interaction | undefined {
    const [, api, rest] = /^\/(block|instance)(\/v1\/zones\/[^/]+\/volumes\/[^/]+)$/.exec(path) ?? [];
    if (api === undefined) return undefined;
    const other = `/${api === 'block' ? 'instance' : 'block'}${rest}`;
    const isThere = this.#known.has(other) || this.#interactions.some((one) => one.path === other);
    return isThere ? told(path, { type: 'not_found', message: 'resource is not found' }) : undefined;
  }

  /** What the resource looked like: now, before, as its create told, and at last as it was first seen later. */
  #snapshot(path: string): Interaction | undefined {
    const reads = this.#interactions.filter(
      (one) => one.method === 'GET' && one.path === path && tellsState(one),
    );
    const before = reads.findLast((one) => one.index <= this.now);
    const known = this.#known.get(path);
    if (known && known.fromIndex <= this.now && known.fromIndex > (before?.index ?? -1)) {
      return told(path, known.body);
    }
    if (before) return before;
    if (known) return told(path, known.body);
    return reads.find((one) => one.code === 200);
  }

  #page(one: Interaction, url: URL): Pick<Interaction, 'code' | 'headers' | 'body'> {
    const pages = this.pagesOf(one);
    const rows: [string, unknown][] = [];
    let field = '';
    for (const page of pages) {
      this.served.add(page.index);
      const body = jsonOf(page.body) ?? {};
      const found = Object.entries(body).find(([, value]) => typeof value === 'object' && value !== null);
      field = found?.[0] ?? field;
      rows.push(...Object.entries(found?.[1] ?? {}));
    }
    const isArray = pages.some((page) => Array.isArray(jsonOf(page.body)?.[field]));
    const size = Number(url.searchParams.get('per_page') ?? url.searchParams.get('page_size') ?? 50);
    const first = (Number(url.searchParams.get('page')) - 1) * size;
    const shown = rows.slice(first, first + size);
    const total = totalOf(pages[0]);
    const body = {
      [field]: isArray ? shown.map(([, row]) => row) : Object.fromEntries(shown),
      ...(total === undefined ? {} : { total_count: total }),
    };
    return { code: 200, headers: pages[0]?.headers ?? {}, body: JSON.stringify(body) };
  }

  #change(method: string, path: string, text: string): Pick<Interaction, 'code' | 'headers' | 'body'> {
    const { expected } = this;
    const tagged = this.#ownTags(method, path, text);
    if (tagged && expected?.path !== path) return tagged;
    this.expected = undefined;
    if (!expected || expected.method !== method || expected.path !== path) {
      this.unmatched.push(`${method} ${path}, recorded is ${expected?.method} ${expected?.path}`);
      return NO_ANSWER;
    }
    const difference = this.#differenceOf(expected, text);
    if (difference !== undefined) this.unmatched.push(`${method} ${path}: ${difference}`);
    this.served.add(expected.index);
    return expected;
  }

  /** What the marked thing looked like before, with our marks on it. */
  #ownTags(
    method: string,
    path: string,
    text: string,
  ): Pick<Interaction, 'code' | 'headers' | 'body'> | undefined {
    const asked = jsonOf(text);
    const isTags =
      asked !== undefined && Object.keys(asked).join() === 'tags' && Array.isArray(asked['tags']);
    if (method !== 'PATCH' || !isTags) return undefined;
    const now = this.#snapshot(path);
    const seen = now?.code === 200 ? jsonOf(now.body) : undefined;
    if (!seen) return undefined;
    this.ownTagCalls += 1;
    const [name] = Object.keys(seen).filter((key) =>
      ['server', 'volume', 'ip', 'security_group'].includes(key),
    );
    const one = name === undefined ? seen : (seen[name] as Record<string, unknown>);
    const marked = { ...one, tags: asked['tags'] };
    return told(path, name === undefined ? marked : { [name]: marked });
  }

  /** Undefined when both order the same. Names, tags and projects are ours to choose. */
  #differenceOf(expected: Interaction, text: string): string | undefined {
    const [recorded, ours] = [jsonOf(expected.requestBody), jsonOf(text)];
    if (!recorded || !ours) return expected.requestBody === text ? undefined : 'the text differs';
    const [left, right] = [this.#essence(recorded), this.#essence(ours)];
    for (const [key, value] of Object.entries(left)) {
      if (JSON.stringify(right[key]) === JSON.stringify(value)) continue;
      return `${key} is ${JSON.stringify(right[key])}, recorded is ${JSON.stringify(value)}`;
    }
    return undefined;
  }

  #essence(body: Record<string, unknown>): Record<string, unknown> {
    const {
      name: _name,
      tags: _tags,
      project: _project,
      project_id: _projectId,
      organization: _organization,
      enable_ipv6: _deprecated,
      perf_iops: iops,
      volumes,
      ...rest
    } = body;
    const kept = Object.entries(rest).filter(([, value]) => value !== null);
    // Whoever has no address of its own borrows one or goes without: a matter of taste.
    const addresses = Array.isArray(body['public_ips']) && body['public_ips'].length > 0;
    return {
      ...Object.fromEntries(kept.filter(([key]) => addresses || key !== 'dynamic_ip_required')),
      ...(typeof iops === 'number' && iops !== 5_000 ? { perf_iops: iops } : {}),
      ...(volumes ? this.#volumesIn(volumes as Record<string, Record<string, unknown>>) : {}),
    };
  }

  /** One word for each place: a size where one is asked for, an id where one is given. */
  #volumesIn(volumes: Record<string, Record<string, unknown>>): Record<string, unknown> {
    const entries = Object.entries(volumes).flatMap(([place, volume]): [string, unknown][] => {
      const id = volume['id'];
      const apart = typeof id === 'string' ? this.#localMadeApart(id) : undefined;
      if (apart) return [[`volume ${place}`, apart]];
      if (id !== undefined) return [[`volume ${place}`, id]];
      if (volume['size'] === undefined) return [];
      return [[`volume ${place}`, `${String(volume['volume_type'])} ${String(volume['size'])}`]];
    });
    return Object.fromEntries(entries);
  }

  /** Others make scratch before its server, we make it with it: both have the same disk then. */
  #localMadeApart(id: string): string | undefined {
    const volume = [...this.#known].find(
      ([path]) => path.endsWith(`/volumes/${id}`) && path.startsWith('/instance'),
    );
    const body = (volume?.[1].body as { volume?: Record<string, unknown> } | undefined)?.volume;
    return body && `${String(body['volume_type'])} ${String(body['size'])}`;
  }

  /** What an answer tells of resources that were not asked for by themselves. */
  #learn(interaction: Interaction): void {
    const body = jsonOf(interaction.body);
    if (interaction.code < 200 || interaction.code > 299 || !body) return;
    const zone = /^\/(?:instance|block)\/v1\/zones\/[^/]+/.exec(interaction.path)?.[0];
    if (interaction.method === 'POST' && zone) {
      const one = (body['server'] ?? body['ip'] ?? body['volume'] ?? body['security_group'] ?? body) as {
        id?: unknown;
      };
      if (typeof one.id === 'string') this.#know(`${interaction.path}/${one.id}`, interaction.index, body);
    }
    const server = body['server'] as { volumes?: Record<string, Record<string, unknown>> } | undefined;
    for (const volume of Object.values(server?.volumes ?? {})) {
      const id = String(volume['id']);
      const isBlock = volume['volume_type'] === 'sbs_volume';
      const notThere = { type: 'not_found', message: 'resource is not found', resource_id: id };
      this.#know(
        `${zone?.replace('/block/', '/instance/')}/volumes/${id}`,
        interaction.index,
        isBlock ? notThere : { volume },
      );
      if (!isBlock)
        this.#know(`${zone?.replace('/instance/', '/block/')}/volumes/${id}`, interaction.index, notThere);
    }
  }

  #know(path: string, fromIndex: number, body: unknown): void {
    if (!this.#known.has(path)) this.#known.set(path, { fromIndex, body });
  }
}

/** A failure says nothing of the thing that was asked for, and holds for its own call alone. */
function tellsState({ code, body }: Interaction): boolean {
  return code === 200 || (code === 404 && jsonOf(body)?.['type'] !== undefined);
}

function totalOf(page: Interaction | undefined): number | undefined {
  const header = page?.headers['x-total-count'];
  if (header !== undefined) return Number(header);
  const told = jsonOf(page?.body ?? '')?.['total_count'];
  return typeof told === 'number' ? told : undefined;
}

/** The same list in the same order, whatever page of it. */
function listKeyOf({ path, query }: Interaction): string {
  const words = [...query].filter(([key]) => !['page', 'per_page', 'page_size'].includes(key));
  return `${path}?${words
    .map(([key, value]) => `${key}=${value}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('&')}`;
}

function told(path: string, body: unknown): Interaction {
  const isAbsent = (body as { type?: unknown }).type === 'not_found';
  return {
    index: -1,
    method: 'GET',
    path,
    query: new URLSearchParams(),
    requestBody: '',
    code: isAbsent ? 404 : 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}
