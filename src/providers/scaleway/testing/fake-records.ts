import { FAKE_IMAGES, FAKE_PRODUCTS } from './fake-catalogue.ts';

/** What the pretended Scaleway keeps, and how the API shows each of it: the fields are those of recorded answers. */
export interface Made {
  readonly id: string;
  readonly zone: string;
  readonly project: string;
  readonly atMs: number;
  changedAtMs: number;
  tags: string[];
  /** Not read before this. */
  visibleAtMs: number;
}

export interface FakeServer extends Made {
  readonly name: string;
  type: string;
  readonly image: string;
  state: string;
  detail: string;
  /** What it becomes by itself. */
  next: { readonly atMs: number; readonly to: 'running' | 'stopped' | 'gone' } | undefined;
  readonly volumes: Map<string, string>;
  readonly ips: string[];
  readonly hasDynamicIp: boolean;
  readonly dynamicAddress: string;
  readonly group: string | undefined;
  readonly userData: Map<string, string>;
  readonly nics: { id: string; private_network_id: string }[];
  isProtected: boolean;
}

export interface FakeVolume extends Made {
  readonly api: 'block' | 'instance';
  readonly type: 'sbs_5k' | 'sbs_15k' | 'l_ssd' | 'scratch';
  readonly name: string;
  size: number;
  status: string;
  readonly snapshot: string | null;
  server: string | null;
  /** When the last user has let go. */
  freeAtMs: number | undefined;
  iops: number;
}

export interface FakeIp extends Made {
  readonly address: string;
  server: string | null;
}

export interface FakeGroup extends Made {
  readonly name: string;
  readonly policy: string;
  rules: Record<string, unknown>[];
}

export function serverView(server: FakeServer, world: ServerWorld): Record<string, unknown> {
  const image = FAKE_IMAGES.find((one) => one.id === server.image);
  const isOn = server.state === 'running' || server.state === 'starting' || server.state === 'stopping';
  const dynamic = server.hasDynamicIp && isOn ? [addressView(server.id, server.dynamicAddress, [])] : [];
  const publicIps = [
    ...server.ips.flatMap((id) => {
      const ip = world.ips.get(id);
      return ip ? [addressView(ip.id, ip.address, ip.tags)] : [];
    }),
    ...dynamic,
  ];
  return {
    id: server.id,
    name: server.name,
    arch: archOf(server.type),
    commercial_type: server.type,
    boot_type: 'local',
    organization: server.project,
    project: server.project,
    hostname: server.name,
    image: image ? imageView(image.id, image.label, server) : null,
    volumes: Object.fromEntries(
      [...server.volumes].map(([place, id]) => [place, volumeInServer(server, world.volumes.get(id), id)]),
    ),
    tags: server.tags,
    state: server.state,
    protected: server.isProtected,
    state_detail: server.detail,
    public_ip: publicIps[0] ?? null,
    public_ips: publicIps,
    mac_address: 'de:00:00:cc:ce:f3',
    routed_ip_enabled: true,
    ipv6: null,
    extra_networks: [],
    dynamic_ip_required: server.hasDynamicIp,
    enable_ipv6: false,
    private_ip: null,
    creation_date: stamp(server.atMs),
    modification_date: stamp(server.changedAtMs),
    bootscript: null,
    security_group: server.group
      ? { id: server.group, name: world.groups.get(server.group)?.name ?? '' }
      : { id: 'eaabb9f4-fbdf-4310-9cb6-4d42934b673a', name: 'Default security group' },
    location: null,
    maintenances: [],
    allowed_actions: allowedActions(server),
    placement_group: null,
    private_nics: server.nics.map((nic) => ({
      ...nic,
      server_id: server.id,
      mac_address: '02:00:00:00:00:01',
      state: 'available',
      tags: [],
      zone: server.zone,
    })),
    zone: server.zone,
    filesystems: [],
    end_of_service: false,
    dns: `${server.id}.pub.instances.scw.cloud`,
  };
}

export interface ServerWorld {
  readonly ips: ReadonlyMap<string, FakeIp>;
  readonly volumes: ReadonlyMap<string, FakeVolume>;
  readonly groups: ReadonlyMap<string, FakeGroup>;
}

export function allowedActions(server: FakeServer): string[] {
  switch (server.state) {
    case 'stopped':
      return ['poweron', 'backup'];
    case 'running':
      return ['poweroff', 'terminate', 'reboot', 'stop_in_place', 'backup'];
    case 'stopped in place':
      return ['poweron', 'poweroff', 'terminate', 'reboot', 'backup'];
    case 'starting':
      return ['stop_in_place', 'backup'];
    default:
      return [];
  }
}

export function blockView(volume: FakeVolume): Record<string, unknown> {
  return {
    id: volume.id,
    name: volume.name,
    type: volume.type,
    size: volume.size,
    project_id: volume.project,
    created_at: stamp(volume.atMs).replace('+00:00', 'Z'),
    updated_at: stamp(volume.changedAtMs).replace('+00:00', 'Z'),
    references: volume.server
      ? [
          {
            id: volume.server.replace(/^./, '0'),
            product_resource_type: 'instance_server',
            product_resource_id: volume.server,
            created_at: stamp(volume.atMs).replace('+00:00', 'Z'),
            type: 'exclusive',
            status: volume.freeAtMs === undefined ? 'attached' : 'detaching',
          },
        ]
      : [],
    parent_snapshot_id: volume.snapshot,
    status: volume.status,
    tags: volume.tags,
    specs: { perf_iops: volume.iops, class: 'sbs' },
    last_detached_at: null,
    kms_key_id: null,
    zone: volume.zone,
  };
}

export function localView(volume: FakeVolume, serverName: string | undefined): Record<string, unknown> {
  return {
    id: volume.id,
    name: volume.name,
    volume_type: volume.type,
    export_uri: null,
    organization: volume.project,
    project: volume.project,
    server: volume.server ? { id: volume.server, name: serverName ?? '' } : null,
    size: volume.size,
    state: volume.status === 'in_use' ? 'available' : volume.status,
    creation_date: stamp(volume.atMs),
    modification_date: stamp(volume.changedAtMs),
    tags: volume.tags,
    zone: volume.zone,
  };
}

export function ipView(ip: FakeIp, serverName: string | undefined): Record<string, unknown> {
  return {
    id: ip.id,
    address: ip.address,
    prefix: null,
    reverse: null,
    server: ip.server ? { id: ip.server, name: serverName ?? '' } : null,
    organization: ip.project,
    project: ip.project,
    zone: ip.zone,
    type: 'routed_ipv4',
    state: ip.server ? 'attached' : 'detached',
    tags: ip.tags,
    ipam_id: ip.id,
  };
}

export function groupView(group: FakeGroup, servers: readonly FakeServer[]): Record<string, unknown> {
  return {
    id: group.id,
    name: group.name,
    description: '',
    enable_default_security: true,
    inbound_default_policy: group.policy,
    outbound_default_policy: 'accept',
    organization: group.project,
    project: group.project,
    organization_default: false,
    project_default: false,
    creation_date: stamp(group.atMs),
    modification_date: stamp(group.changedAtMs),
    servers: servers.map(({ id, name }) => ({ id, name })),
    stateful: true,
    state: 'available',
    tags: group.tags,
    zone: group.zone,
  };
}

/** In the form of the API, which tells microseconds. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, '000+00:00');
}

function volumeInServer(server: FakeServer, volume: FakeVolume | undefined, id: string): unknown {
  if (volume?.api !== 'block') {
    return volume ? { boot: false, ...localView(volume, server.name) } : { boot: false, id };
  }
  return { boot: false, volume_type: 'sbs_volume', id, state: 'available', zone: server.zone };
}

function addressView(id: string, address: string, tags: readonly string[]): Record<string, unknown> {
  return {
    id,
    address,
    dynamic: false,
    gateway: '62.210.0.1',
    netmask: '32',
    family: 'inet',
    provisioning_mode: 'dhcp',
    tags,
    state: 'attached',
    ipam_id: id,
  };
}

function imageView(id: string, name: string, { zone, type }: FakeServer): Record<string, unknown> {
  const owner = '51b656e3-4865-41e8-adbc-0c45bdd780db';
  return {
    id,
    name,
    organization: owner,
    project: owner,
    root_volume: { volume_type: 'sbs_snapshot', id: id.replace(/^./, '5'), size: 0, name: '' },
    extra_volumes: {},
    public: true,
    arch: archOf(type),
    creation_date: '2026-05-13T07:00:00.221012+00:00',
    modification_date: '2026-05-13T07:00:00.221012+00:00',
    default_bootscript: null,
    from_server: '',
    state: 'available',
    tags: [],
    zone,
  };
}

function archOf(type: string): string {
  return FAKE_PRODUCTS.find((one) => one.name === type)?.arch ?? 'x86_64';
}
