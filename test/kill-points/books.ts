/**
 * What the mock cloud has against what our rows say: the verdict of the kill points. Nothing may be at the cloud
 * without a row, nothing in a row that is not at the cloud, and costs must equal the bill to the micro-euro.
 */
import type { BillLine, MockCloudClient } from '../mock-cloud-client.ts';

export interface CloudThing {
  readonly kind: 'server' | 'volume' | 'part';
  readonly id: string;
}

export interface CloudSide {
  readonly living: readonly CloudThing[];
  readonly bill: readonly BillLine[];
}

export interface InstanceRow {
  readonly id: string;
  readonly state: string;
  readonly version: number;
  /** The states of its history, oldest first. */
  readonly path: readonly { readonly from: string | null; readonly to: string; readonly version: number }[];
}

export interface AttemptRow {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly ref: string | null;
}

export interface VolumeRow {
  readonly id: string;
  readonly ref: string;
  readonly is_deleted: boolean;
}

export interface IntervalRow {
  readonly kind: string;
  readonly ref: string;
  readonly from_ms: number;
  readonly to_ms: number | null;
  readonly micros: number | null;
}

export interface Books {
  readonly instances: readonly InstanceRow[];
  readonly attempts: readonly AttemptRow[];
  readonly volumes: readonly VolumeRow[];
  readonly intervals: readonly IntervalRow[];
  /** Work about single machines, volumes and costs; schedules are always there. */
  readonly jobs: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly error: string | null;
  }[];
  /** What the sweep found and follows to its end. */
  readonly findings: readonly { readonly kind: string; readonly ref: string; readonly state: string }[];
}

/**
 * Every difference, in words; none when the books are right.
 *
 * @param planted ids that a test made at the cloud by hand: on its bill, and in nobody's books
 */
export function compareBooks(cloud: CloudSide, books: Books, planted: ReadonlySet<string>): string[] {
  return [
    ...findOrphans(cloud, books, planted),
    ...findGhosts(cloud, books),
    ...findUnsettled(books),
    ...compareHistories(books),
    ...compareBill(cloud, books, planted),
  ];
}

/** When everything was ended there is nothing left on either side, whatever was planted. */
export function findLeft(cloud: CloudSide, books: Books): string[] {
  const open = cloud.bill.filter((line) => line.to_ms === null);
  const unended = books.instances.filter(({ state }) => state !== 'terminated' && state !== 'archived');
  return [
    ...cloud.living.map(({ kind, id }) => `left at the cloud: ${kind} ${id}`),
    ...open.map(({ kind, id }) => `still on the bill: ${kind} ${id}`),
    ...unended.map(({ id, state }) => `not ended: ${id} is ${state}`),
    ...books.attempts.filter(({ state }) => state !== 'absent').map((one) => `not ended: ${wordsOf(one)}`),
    ...books.volumes.filter((one) => !one.is_deleted).map(({ id, ref }) => `not ended: volume ${id}, ${ref}`),
    ...books.findings.map(({ kind, ref, state }) => `not ended: the finding ${kind} ${ref}, ${state}`),
    ...books.jobs.map(({ kind, subject, error }) => `work left: ${kind} ${subject}, ${error ?? 'no error'}`),
  ];
}

function findOrphans({ living }: CloudSide, books: Books, planted: ReadonlySet<string>): string[] {
  const known = new Set<string | null>([
    ...books.attempts.filter(({ state }) => state === 'present').map(({ ref }) => ref),
    ...books.volumes.filter((volume) => !volume.is_deleted).map(({ ref }) => ref),
  ]);
  return living
    .filter(({ id }) => !known.has(id) && !planted.has(id))
    .map(({ kind, id }) => `orphan: ${kind} ${id} is at the cloud and in no row`);
}

function findGhosts({ living }: CloudSide, books: Books): string[] {
  const there = new Set<string | null>(living.map(({ id }) => id));
  return [
    ...books.attempts
      .filter(({ state, ref }) => state === 'present' && !there.has(ref))
      .map((one) => `ghost: ${wordsOf(one)} is not at the cloud`),
    ...books.volumes
      .filter(({ ref, is_deleted }) => !is_deleted && !there.has(ref))
      .map(({ id, ref }) => `ghost: volume ${id}, ${ref} is not at the cloud`),
  ];
}

function findUnsettled({ attempts }: Books): string[] {
  return attempts
    .filter(({ state }) => state === 'open' || state === 'called')
    .map((one) => `unresolved: ${wordsOf(one)}`);
}

function compareHistories({ instances }: Books): string[] {
  return instances.flatMap(({ id, state, version, path }) => {
    const isWhole = path.every(
      (step, index) => step.version === index + 1 && step.from === (path[index - 1]?.to ?? null),
    );
    const isSame = path.at(-1)?.to === state && path.length === version;
    return isWhole && isSame ? [] : [`history: ${id} is ${state} by another way than its history tells`];
  });
}

function compareBill({ bill }: CloudSide, { intervals }: Books, planted: ReadonlySet<string>): string[] {
  const theirs = bill
    .filter(({ id }) => !planted.has(id))
    .map((one) => line(one.kind, one.id, { from: one.from_ms, to: one.to_ms, micros: one.micros }));
  const ours = intervals.map((one) =>
    line(one.kind, one.ref, { from: one.from_ms, to: one.to_ms, micros: one.micros }),
  );
  return [
    ...without(theirs, ours).map((text) => `bill: on the cloud's and not on ours: ${text}`),
    ...without(ours, theirs).map((text) => `bill: on ours and not on the cloud's: ${text}`),
  ];
}

function line(
  kind: string,
  ref: string,
  span: { readonly from: number; readonly to: number | null; readonly micros: number | null },
): string {
  // What an open span has cost so far is nobody's claim yet.
  const micros = span.to === null ? 'open' : `${span.micros} micro-euros`;
  return `${kind} ${ref.split('/').at(-1)} from ${span.from} to ${span.to ?? 'now'}: ${micros}`;
}

function without(some: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1);
  return some.filter((text) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}

function wordsOf({ id, kind, state, ref }: AttemptRow): string {
  return `the order of a ${kind}, ${id}, ${state}, ${ref ?? 'without a name'}`;
}

export async function readCloud(cloud: MockCloudClient): Promise<CloudSide> {
  const [servers, volumes, parts, bill] = await Promise.all([
    cloud.liveServers(),
    cloud.liveVolumes(),
    cloud.liveParts(),
    cloud.bill(),
  ]);
  const living: CloudThing[] = [
    ...servers.map(({ id }) => ({ kind: 'server', id }) as const),
    ...volumes.map(({ id }) => ({ kind: 'volume', id }) as const),
    ...parts.map(({ id }) => ({ kind: 'part', id }) as const),
  ];
  return { living, bill };
}

/** A connection of the database's owner. */
interface Session {
  query(sql: string): Promise<{ rows: unknown[] }>;
}

/** In one snapshot. */
export async function readBooks(session: Session): Promise<Books> {
  await session.query('begin isolation level repeatable read read only');
  try {
    const rows = async <T>(sql: string) => (await session.query(sql)).rows as T[];
    const instances = await rows<InstanceRow>(
      `select i.id, i.state, i.state_version as version,
              (select json_agg(json_build_object('from', h.from_state, 'to', h.to_state, 'version', h.version)
                 order by h.version) from instance_state_history h where h.instance_id = i.id) as path
       from instances i order by i.id`,
    );
    const attempts = await rows<AttemptRow>(
      'select id, kind, state, provider_ref as ref from provision_attempts order by id',
    );
    const volumes = await rows<VolumeRow>(
      'select id, provider_ref as ref, deleted_at is not null as is_deleted from instance_volumes order by id',
    );
    const intervals = await rows<IntervalRow>(
      `select resource_kind as kind, resource_ref as ref, micros::double precision as micros,
              (extract(epoch from lower(during)) * 1000)::double precision as from_ms,
              (extract(epoch from upper(during)) * 1000)::double precision as to_ms
       from cost_intervals order by id`,
    );
    const jobs = await rows<Books['jobs'][number]>(
      `select kind, subject_id as subject, last_error as error from jobs
       where dead_at is not null or kind in ('reconcile-instance', 'release-volume', 'settle-costs', 'run-reconcile',
         'run-catalogue-sync', 'check-provider-account')
       order by kind, subject_id`,
    );
    const findings = await rows<Books['findings'][number]>(
      'select kind, ref, state from sweep_findings where closed_at is null order by id',
    );
    return { instances, attempts, volumes, intervals, jobs, findings };
  } finally {
    await session.query('rollback');
  }
}
