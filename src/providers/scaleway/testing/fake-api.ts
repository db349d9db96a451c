import { FAKE_IMAGES, FAKE_PRODUCTS, productView } from './fake-catalogue.ts';
import {
  blockView,
  type FakeGroup,
  type FakeIp,
  type FakeServer,
  type FakeVolume,
  groupView,
  ipView,
  localView,
  type Made,
  serverView,
  stamp,
} from './fake-records.ts';
import type { FakeWorld, VolumeOrders } from './fake-world.ts';
import { Refused } from './refused.ts';

/** The API over the pretended world: which path means what, and how each answer is paged. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown> | undefined;
  readonly text: string;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

const ZONE = /^\/(instance|block)\/v1\/zones\/([^/]+)\/(.+)$/;

export function answerOf(world: FakeWorld, request: FakeRequest): FakeAnswer {
  world.settle();
  if (request.path === '/marketplace/v2/local-images') return localImages(request);
  const [, product, zone = '', rest = ''] = ZONE.exec(request.path) ?? [];
  if (product === undefined) throw new Refused(404, { message: 'unknown path' });
  world.requireZone(decodeURIComponent(zone));
  const call = { world, request, zone, words: rest.split('/').map(decodeURIComponent) };
  return product === 'block' ? blockApi(call) : instanceApi(call);
}

interface Call {
  readonly world: FakeWorld;
  readonly request: FakeRequest;
  readonly zone: string;
  readonly words: readonly string[];
}

function instanceApi(call: Call): FakeAnswer {
  switch (call.words[0]) {
    case 'products':
      return products(call);
    case 'servers':
      return servers(call);
    case 'ips':
      return ips(call);
    case 'security_groups':
      return groups(call);
    case 'volumes':
      return localVolumes(call);
    default:
      throw new Refused(404, { message: 'unknown path' });
  }
}

function localImages({ query }: FakeRequest): FakeAnswer {
  const label = query.get('image_label');
  const known = FAKE_IMAGES.filter((image) => image.label === label);
  if (known.length === 0) throw Refused.notFound('MarketplaceImage', label ?? '');
  const type = query.get('type');
  const images = known.filter((image) => type === null || image.type === type);
  const zone = query.get('zone') ?? '';
  return {
    status: 200,
    body: {
      local_images: images.map(({ id, types }) => ({
        ...{ id, arch: 'x86_64', zone, compatible_commercial_types: types, label, type },
      })),
      total_count: images.length,
    },
  };
}

function products({ world, request, zone, words }: Call): FakeAnswer {
  const isStock = words[2] === 'availability';
  const rows = FAKE_PRODUCTS.map((product): [string, unknown] => {
    const stock = world.stock.get(`${zone} ${product.name}`);
    const availability = stock === 'hidden_shortage' ? 'available' : (stock ?? 'available');
    return [product.name, isStock ? { availability } : productView(product)];
  });
  const { page, headers } = pageOf(request, rows);
  return { status: 200, body: { servers: Object.fromEntries(page) }, headers };
}

function servers(call: Call): FakeAnswer {
  const { world, request, zone, words } = call;
  const [, id, verb, key] = words;
  if (id === undefined) {
    if (request.method === 'POST') return createServer(call);
    const rows = visible(call, world.servers).filter((server) => isAsked(request, server));
    return paged(
      request,
      'servers',
      rows.map((server) => serverView(server, world)),
    );
  }
  const server = one(world, world.servers, id, zone, 'instance_server');
  const body = { server: serverView(server, world) };
  if (verb === 'user_data') return userData(request, server, key);
  if (verb === 'action') {
    world.act(server, String(request.body?.['action']));
    return { status: 202, body: { task: task(server) } };
  }
  if (verb === 'private_nics') return privateNics(world, request, server);
  switch (request.method) {
    case 'GET':
      return { status: 200, body };
    case 'PATCH':
      change(world, request, server);
      return { status: 200, body: { server: serverView(server, world) } };
    default:
      world.deleteServer(server);
      return { status: 204 };
  }
}

function createServer({ world, request, zone }: Call): FakeAnswer {
  const body = request.body ?? {};
  if (typeof body['project'] !== 'string') throw Refused.invalid('project', 'required key not provided');
  const server = world.createServer(zone, {
    name: String(body['name']),
    type: String(body['commercial_type']),
    image: String(body['image']),
    project: body['project'],
    tags: words(body['tags']),
    ips: words(body['public_ips']),
    hasDynamicIp: body['dynamic_ip_required'] !== false,
    group: typeof body['security_group'] === 'string' ? body['security_group'] : undefined,
    volumes: (body['volumes'] ?? {}) as VolumeOrders,
  });
  return { status: 201, body: { server: serverView(server, world) } };
}

function userData(request: FakeRequest, server: FakeServer, key: string | undefined): FakeAnswer {
  if (key === undefined) return { status: 200, body: { user_data: [...server.userData.keys()] } };
  if (request.method === 'PATCH') {
    server.userData.set(key, request.text);
    return { status: 204 };
  }
  const text = server.userData.get(key);
  return text === undefined ? { status: 404, text: '' } : { status: 200, text };
}

function privateNics(world: FakeWorld, request: FakeRequest, server: FakeServer): FakeAnswer {
  if (request.method !== 'POST') return { status: 200, body: { private_nics: server.nics } };
  const network = String(request.body?.['private_network_id']);
  if (server.nics.some((nic) => nic.private_network_id === network)) {
    throw Refused.invalid('private_network_id', 'already attached');
  }
  const nic = { id: world.made(server.zone, server.project, []).id, private_network_id: network };
  server.nics.push(nic);
  return { status: 201, body: { private_nic: nic } };
}

function ips(call: Call): FakeAnswer {
  const { world, request, zone, words: path } = call;
  const id = path[1];
  const view = (ip: FakeIp) => ipView(ip, nameOf(world, ip.server));
  if (id === undefined && request.method === 'POST') {
    const made = world.made(zone, String(request.body?.['project']), words(request.body?.['tags']));
    return { status: 201, body: { ip: view(world.createIp(made)) } };
  }
  if (id === undefined) {
    const rows = visible(call, world.ips).filter((ip) => isAsked(request, ip));
    return paged(request, 'ips', rows.map(view));
  }
  const ip = one(world, world.ips, id, zone, 'instance_ip');
  if (request.method === 'DELETE') {
    world.deleteIp(ip);
    return { status: 204 };
  }
  if (request.method === 'PATCH') change(world, request, ip);
  return { status: 200, body: { ip: view(ip) } };
}

function groups(call: Call): FakeAnswer {
  const { world, request, zone, words: path } = call;
  const [, id, verb] = path;
  const view = (group: FakeGroup) => groupView(group, world.usersOf(group));
  if (id === undefined && request.method === 'POST') {
    const body = request.body ?? {};
    const made = world.made(zone, String(body['project']), words(body['tags']));
    const policy = String(body['inbound_default_policy'] ?? 'accept');
    const group: FakeGroup = { ...made, name: String(body['name']), policy, rules: [] };
    world.groups.set(group.id, group);
    return { status: 201, body: { security_group: view(group) } };
  }
  if (id === undefined) {
    const rows = visible(call, world.groups).filter((group) => isAsked(request, group));
    return paged(request, 'security_groups', rows.map(view));
  }
  const group = one(world, world.groups, id, zone, 'instance_security_group');
  if (verb === 'rules') {
    if (request.method === 'PUT') group.rules = (request.body?.['rules'] ?? []) as FakeGroup['rules'];
    const rules = group.rules.map((rule, index) => ({
      id: group.id.replace(/^./, String(index % 10)),
      zone,
      ...rule,
    }));
    return { status: 200, body: { rules } };
  }
  if (request.method === 'DELETE') {
    world.deleteGroup(group);
    return { status: 204 };
  }
  if (request.method === 'PATCH') change(world, request, group);
  return { status: 200, body: { security_group: view(group) } };
}

function localVolumes(call: Call): FakeAnswer {
  const { world, request, zone, words: path } = call;
  const id = path[1];
  const view = (volume: FakeVolume) => localView(volume, nameOf(world, volume.server));
  if (id === undefined && request.method === 'POST') {
    const body = request.body ?? {};
    const made = world.made(zone, String(body['project']), words(body['tags']));
    const type = body['volume_type'] === 'scratch' ? 'scratch' : 'l_ssd';
    const order = {
      api: 'instance',
      type,
      name: String(body['name']),
      size: Number(body['size']),
      snapshot: null,
    } as const;
    return { status: 201, body: { volume: view(world.createVolume(made, order)) } };
  }
  const local = new Map([...world.volumes].filter(([, volume]) => volume.api === 'instance'));
  if (id === undefined) {
    const rows = visible(call, local).filter((volume) => isAsked(request, volume));
    return paged(request, 'volumes', rows.map(view));
  }
  const volume = one(world, local, id, zone, 'instance_volume');
  if (request.method === 'DELETE') {
    world.deleteVolume(volume);
    return { status: 204 };
  }
  if (request.method === 'PATCH') change(world, request, volume);
  return { status: 200, body: { volume: view(volume) } };
}

function blockApi(call: Call): FakeAnswer {
  const { world, request, zone, words: path } = call;
  const id = path[1];
  if (path[0] !== 'volumes') throw new Refused(404, { message: 'unknown path' });
  const body = request.body ?? {};
  if (id === undefined && request.method === 'POST') {
    const made = world.made(zone, String(body['project_id']), words(body['tags']));
    const size = Number((body['from_empty'] as { size?: number } | undefined)?.size);
    const order = { api: 'block', type: 'sbs_5k', name: String(body['name']), size, snapshot: null } as const;
    return { status: 200, body: blockView(world.createVolume(made, order)) };
  }
  const block = new Map([...world.volumes].filter(([, volume]) => volume.api === 'block'));
  if (id === undefined) {
    const rows = visible(call, block).filter((volume) => isAsked(request, volume, 'project_id'));
    const size = Number(request.query.get('page_size') ?? 20);
    const page = Number(request.query.get('page') ?? 1);
    const shown = rows.slice((page - 1) * size, page * size).map(blockView);
    return { status: 200, body: { volumes: shown, total_count: rows.length } };
  }
  const volume = one(world, block, id, zone, 'volume');
  if (request.method === 'DELETE') {
    world.deleteVolume(volume);
    return { status: 204 };
  }
  if (request.method === 'PATCH') {
    change(world, request, volume);
    const size = body['size'];
    if (typeof size === 'number' && size < volume.size) throw Refused.invalid('size', 'volumes only grow');
    if (typeof size === 'number') volume.size = size;
    if (typeof body['perf_iops'] === 'number') volume.iops = body['perf_iops'];
  }
  return { status: 200, body: blockView(volume) };
}

function one<T extends Made>(
  world: FakeWorld,
  all: ReadonlyMap<string, T>,
  id: string,
  zone: string,
  resource: string,
): T {
  const found = all.get(id);
  if (!found || !world.isVisible(found, zone)) throw Refused.notFound(resource, id);
  return found;
}

function visible<T extends Made>({ world, zone }: Call, all: ReadonlyMap<string, T>): T[] {
  return [...all.values()].filter((made) => world.isVisible(made, zone));
}

function isAsked({ query }: FakeRequest, made: Made, projectWord = 'project'): boolean {
  const project = query.get(projectWord);
  const tags = (query.get('tags') ?? '').split(',').filter((tag) => tag !== '');
  return (project === null || project === made.project) && tags.every((tag) => made.tags.includes(tag));
}

function change(world: FakeWorld, { body }: FakeRequest, made: Made): void {
  if (Array.isArray(body?.['tags'])) made.tags = words(body['tags']);
  made.changedAtMs = world.nowMs;
}

function paged(request: FakeRequest, field: string, rows: readonly unknown[]): FakeAnswer {
  const { page, headers } = pageOf(request, rows);
  return { status: 200, body: { [field]: page }, headers };
}

function pageOf<T>({ query, path }: FakeRequest, rows: readonly T[]) {
  const size = Math.min(100, Number(query.get('per_page') ?? 50));
  const page = Number(query.get('page') ?? 1);
  const last = Math.max(1, Math.ceil(rows.length / size));
  const name = path.split('/').slice(5).join('/');
  const link = `</${name}?page=${last}&per_page=${size}&>; rel="last"`;
  return {
    page: rows.slice((page - 1) * size, page * size),
    headers: { 'x-total-count': String(rows.length), link },
  };
}

function task(server: FakeServer): Record<string, unknown> {
  return {
    id: '00000000-0000-0000-0000-000000000000',
    description: 'fake task',
    status: 'pending',
    href_from: `/servers/${server.id}/action`,
    href_result: `/servers/${server.id}`,
    started_at: stamp(server.changedAtMs),
    terminated_at: null,
    progress: 0,
    zone: server.zone,
  };
}

function nameOf(world: FakeWorld, id: string | null): string | undefined {
  return id === null ? undefined : world.servers.get(id)?.name;
}

function words(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
