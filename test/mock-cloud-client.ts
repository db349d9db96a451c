import assert from 'node:assert/strict';
import type { ApiClient } from './api-client.ts';
import type { Stack } from './stack.ts';

export interface BillLine {
  readonly kind: 'server' | 'volume' | 'address';
  readonly id: string;
  readonly from_ms: number;
  readonly to_ms: number | null;
  readonly micros: number;
}

interface CloudResource {
  readonly id: string;
  readonly state: string;
  readonly tags: readonly string[];
}

interface CloudServer extends CloudResource {
  readonly zone: string;
  readonly type: string;
  readonly address: string | null;
  readonly agent_pid: number | null;
}

/** The mock cloud asked directly, as its owner would: the independent witness of what exists and what it cost. */
export class MockCloudClient {
  readonly #url: string;
  readonly #token: string;

  constructor(stack: Stack) {
    this.#url = stack.mockCloudUrl;
    this.#token = stack.secret('mock_cloud_token');
  }

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    assert(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async liveServers(): Promise<CloudServer[]> {
    const page = await this.send<{ servers: CloudServer[] }>('GET', '/v1/servers?per_page=100');
    return page.servers.filter((server) => server.state !== 'gone');
  }

  async liveVolumes(): Promise<CloudResource[]> {
    const page = await this.send<{ volumes: CloudResource[] }>('GET', '/v1/volumes?per_page=100');
    return page.volumes.filter((volume) => volume.state !== 'gone');
  }

  /** Addresses, security groups and keys. */
  async liveParts(): Promise<CloudResource[]> {
    const parts: CloudResource[] = [];
    for (const path of ['addresses', 'security_groups', 'keys']) {
      const page = await this.send<Record<string, CloudResource[]>>('GET', `/v1/${path}?per_page=100`);
      parts.push(...(page[path] ?? []).filter((part) => part.state !== 'gone'));
    }
    return parts;
  }

  /** Everything that exists, as `kind id`. */
  async listLiving(): Promise<string[]> {
    const kinds = { server: this.liveServers(), volume: this.liveVolumes(), part: this.liveParts() };
    const lists = Object.entries(kinds).map(async ([kind, found]) =>
      (await found).map(({ id }) => `${kind} ${id}`),
    );
    return (await Promise.all(lists)).flat();
  }

  async bill(): Promise<BillLine[]> {
    return (await this.send<{ intervals: BillLine[] }>('GET', '/v1/bill')).intervals;
  }
}

interface CostIntervalView {
  readonly resource_kind: string;
  readonly resource_ref: string;
  readonly from: string;
  readonly to: string | null;
  readonly micros: number | null;
}

/**
 * Every interval of ours equals the cloud's line for the same resource, to the millisecond and the micro-euro, and
 * neither has one that the other lacks. Waits until finops has settled.
 */
export async function assertBillsEqual(
  api: ApiClient,
  cloud: MockCloudClient,
  withinMs: number,
  except: ReadonlySet<string> = new Set(),
): Promise<number> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const theirs = (await cloud.bill())
      .filter(({ id }) => !except.has(id))
      .map((line) => [line.kind, line.id, line.from_ms, line.to_ms, line.micros]);
    const ours = (
      await api.json<{ data: CostIntervalView[] }>('GET', '/api/v1/costs/intervals?limit=1000')
    ).data.map((one) => [
      one.resource_kind,
      one.resource_ref.split('/').at(-1),
      Date.parse(one.from),
      one.to === null ? null : Date.parse(one.to),
      one.micros,
    ]);
    const sorted = (rows: unknown[][]) =>
      rows.map((row) => JSON.stringify(row)).sort((a, b) => (a < b ? -1 : 1));
    const isEqual = JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs));
    if (isEqual) return theirs.reduce((sum, line) => sum + Number(line[4]), 0);
    if (performance.now() > deadline) assert.deepEqual(sorted(ours), sorted(theirs));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
