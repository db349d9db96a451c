import { request } from 'undici';
import type { Secret } from '#kernel/secret.ts';
import type { Bill } from './bill.ts';
import type { Fault } from './faults.ts';
import type { SyncReport } from './sync.ts';
import type { partView, serverView, volumeView } from './views.ts';

/** What `make mock` shows of a running cloud, asked over its HTTP API like any customer asks. */
export interface CloudAccount {
  readonly url: string;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

export type ServerRow = ReturnType<typeof serverView>;
export type VolumeRow = ReturnType<typeof volumeView>;
export type PartRow = ReturnType<typeof partView>;

export interface Overview {
  readonly servers: readonly ServerRow[];
  readonly volumes: readonly VolumeRow[];
  /** Addresses, security groups and keys. */
  readonly parts: readonly PartRow[];
  readonly faults: readonly Fault[];
  readonly bill: Bill;
}

const PAGE_SIZE = 100;

export async function readOverview(account: CloudAccount): Promise<Overview> {
  return {
    servers: await readAll<ServerRow>(account, 'servers'),
    volumes: await readAll<VolumeRow>(account, 'volumes'),
    parts: [
      ...(await readAll<PartRow>(account, 'addresses')),
      ...(await readAll<PartRow>(account, 'security_groups')),
      ...(await readAll<PartRow>(account, 'keys')),
    ],
    faults: (await call<{ faults: Fault[] }>(account, 'GET', '/v1/faults')).faults,
    bill: await call<Bill>(account, 'GET', '/v1/bill'),
  };
}

export function orderSync(account: CloudAccount): Promise<SyncReport> {
  return call<SyncReport>(account, 'POST', '/v1/sync');
}

export function overviewText(overview: Overview): string {
  const { servers, volumes, parts: besides, faults, bill } = overview;
  const parts = [
    table(
      ['SERVER', 'ZONE', 'TYPE', 'STATE', 'ADDRESS', 'AGENT', 'RESTARTS', 'EUR/H', 'NAME'],
      servers.map((server) => [
        server.id,
        server.zone,
        server.type,
        server.state,
        server.address ?? '-',
        server.agent_pid === null ? '-' : String(server.agent_pid),
        String(server.agent_restarts),
        (server.nanos_per_hour / 1e9).toFixed(4),
        server.name,
      ]),
      'no servers',
    ),
    table(
      ['VOLUME', 'ZONE', 'STATE', 'ATTACHED TO', 'GB', 'EUR/H'],
      volumes.map((volume) => [
        volume.id,
        volume.zone,
        volume.state,
        volume.attached_to ?? '-',
        String(Math.ceil(volume.size_bytes / 1e9)),
        (volume.nanos_per_hour / 1e9).toFixed(4),
      ]),
      'no volumes',
    ),
    table(
      ['PART', 'KIND', 'ZONE', 'STATE', 'ADDRESS', 'USED BY', 'EUR/H'],
      besides.map((part) => [
        part.id,
        part.kind,
        part.zone,
        part.state,
        part.address ?? '-',
        part.attached_to.join(' ') || '-',
        part.nanos_per_hour === null ? '-' : (part.nanos_per_hour / 1e9).toFixed(4),
      ]),
      'no addresses, security groups or keys',
    ),
    `bill: ${(bill.total_micros / 1e6).toFixed(6)} EUR in ${bill.intervals.length} intervals, ${openCount(bill)} open`,
  ];
  const armed = faults.map(
    (fault) => `${fault.kind} on ${fault.operation}, ${fault.remaining ?? 'no'} limit`,
  );
  if (armed.length > 0) parts.push(`faults: ${armed.join('; ')}`);
  return `${parts.join('\n\n')}\n`;
}

export function syncText(report: SyncReport): string {
  const lines = [
    ...report.ended_pids.map((pid) => `ended the stray process ${pid}`),
    ...report.stubborn_pids.map((pid) => `the process ${pid} would not end`),
    ...report.booted.map((id) => `booted ${id}, which had no life`),
    ...report.wiped_disks.map((id) => `wiped the disk of ${id}, which has no volume`),
    ...report.without_disk.map((id) => `${id} lost its disk: delete it`),
  ];
  return lines.length > 0 ? `${lines.join('\n')}\n` : 'servers, disks and processes agree\n';
}

async function readAll<R extends { id: string }>(account: CloudAccount, name: string): Promise<R[]> {
  const rows = new Map<string, R>();
  for (let page = 1; ; page++) {
    const path = `/v1/${name}?page=${page}&per_page=${PAGE_SIZE}`;
    const answer = await call<Record<string, unknown> & { total_count: number }>(account, 'GET', path);
    for (const row of answer[name] as R[]) rows.set(row.id, row);
    if (page * PAGE_SIZE >= answer.total_count) return [...rows.values()];
  }
}

async function call<T>(account: CloudAccount, method: 'GET' | 'POST', path: string): Promise<T> {
  const response = await request(new URL(path, account.url), {
    method,
    signal: account.signal,
    headers: { authorization: `Bearer ${account.token.reveal()}` },
  });
  const text = await response.body.text();
  if (response.statusCode >= 300) throw new Error(`the mock cloud answered ${response.statusCode}: ${text}`);
  return JSON.parse(text) as T;
}

function openCount(bill: Bill): number {
  return bill.intervals.filter((interval) => interval.to_ms === null).length;
}

function table(heads: string[], rows: string[][], empty: string): string {
  if (rows.length === 0) return empty;
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
