import * as z from 'zod';
import { makeBill } from './bill.ts';
import { type Fault, faultSchema } from './faults.ts';
import type { Fleet } from './fleet.ts';
import { readConsole } from './machine-files.ts';
import { type OrderDesk, serverOrderSchema } from './orders.ts';
import { notFound, Refusal } from './refusal.ts';
import { mergeSettings, settingsChangeSchema } from './settings.ts';
import type { ServerRecord, VolumeRecord } from './state.ts';
import type { Storage } from './storage.ts';
import { synchronise } from './sync.ts';
import { offerViews, serverView, volumeView } from './views.ts';
import type { World } from './world.ts';

/** One call as the routes see it. */
export interface ApiCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/v1/servers/:id`. */
  readonly path: string;
  /** What faults match, such as `server.create`; control routes have none and never fail on purpose. */
  readonly operation?: string;
  readonly answer: (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;
}

const CONSOLE_TAIL_BYTES = 65_536;
const PAGE_SIZE_MAX = 100;

/** Everything a customer of this cloud can do, and the switches that a real cloud would not offer. */
export class CloudApi {
  readonly #world: World;
  readonly #desk: OrderDesk;
  readonly #fleet: Fleet;
  readonly #storage: Storage;

  constructor(world: World, desk: OrderDesk, fleet: Fleet, storage: Storage) {
    this.#world = world;
    this.#desk = desk;
    this.#fleet = fleet;
    this.#storage = storage;
  }

  routes(): ApiRoute[] {
    return [...this.#serverRoutes(), ...this.#volumeRoutes(), ...this.#accountRoutes(), ...this.#switches()];
  }

  #serverRoutes(): ApiRoute[] {
    const show = (server: ServerRecord) =>
      serverView(this.#world.state, server, this.#fleet.machineOf(server.id));
    return [
      {
        method: 'POST',
        path: '/v1/servers',
        operation: 'server.create',
        answer: async ({ body }) => {
          const { server, isNew } = await this.#desk.create(parsed(serverOrderSchema, body));
          return { status: isNew ? 201 : 200, body: { server: show(server) } };
        },
      },
      {
        method: 'GET',
        path: '/v1/servers',
        operation: 'server.list',
        answer: ({ query }) =>
          this.#page('server.list', 'servers', query, [...this.#world.state.servers.values()], show),
      },
      {
        method: 'GET',
        path: '/v1/servers/:id',
        operation: 'server.get',
        answer: ({ params }) => ({ status: 200, body: { server: show(this.#readServer(params['id'])) } }),
      },
      {
        method: 'POST',
        path: '/v1/servers/:id/start',
        operation: 'server.start',
        answer: ({ params }) => ({
          status: 202,
          body: { server: show(this.#fleet.start(params['id'] ?? '')) },
        }),
      },
      {
        method: 'DELETE',
        path: '/v1/servers/:id',
        operation: 'server.delete',
        answer: async ({ params }) => ({
          status: 202,
          body: { server: show(await this.#fleet.delete(params['id'] ?? '')) },
        }),
      },
      {
        method: 'GET',
        path: '/v1/servers/:id/console',
        answer: async ({ params }) => {
          const server = this.#readServer(params['id']);
          const text = await readConsole(this.#world.directory, server.id, CONSOLE_TAIL_BYTES);
          return { status: 200, body: { exit_code: server.userDataExit, text: text ?? '' } };
        },
      },
      {
        method: 'POST',
        path: '/v1/servers/:id/preempt',
        answer: async ({ params }) => ({
          status: 202,
          body: { server: show(await this.#fleet.preempt(params['id'] ?? '')) },
        }),
      },
    ];
  }

  #volumeRoutes(): ApiRoute[] {
    const { state } = this.#world;
    const show = (volume: VolumeRecord) => volumeView(state, volume);
    return [
      {
        method: 'GET',
        path: '/v1/volumes',
        operation: 'volume.list',
        answer: ({ query }) => this.#page('volume.list', 'volumes', query, [...state.volumes.values()], show),
      },
      {
        method: 'GET',
        path: '/v1/volumes/:id',
        operation: 'volume.get',
        answer: ({ params }) => {
          const id = params['id'] ?? '';
          const volume = state.volumes.get(id);
          if (!volume || !this.#world.isReadable(volume)) throw notFound('volume', id);
          return { status: 200, body: { volume: show(volume) } };
        },
      },
      {
        method: 'DELETE',
        path: '/v1/volumes/:id',
        operation: 'volume.delete',
        answer: async ({ params }) => ({
          status: 202,
          body: { volume: show(await this.#storage.delete(params['id'] ?? '')) },
        }),
      },
    ];
  }

  #accountRoutes(): ApiRoute[] {
    const { state, faults } = this.#world;
    return [
      {
        method: 'GET',
        path: '/v1/offers',
        operation: 'offer.list',
        answer: () => ({ status: 200, body: { offers: offerViews(this.#world.settings, faults) } }),
      },
      {
        method: 'GET',
        path: '/v1/bill',
        answer: ({ query }) => {
          const tags = query.getAll('tag');
          const wanted = [...state.intervals.values()].filter((interval) => hasTags(interval.tags, tags));
          return { status: 200, body: makeBill(wanted, this.#world.now()) };
        },
      },
    ];
  }

  #switches(): ApiRoute[] {
    const { state, faults } = this.#world;
    const faultList = (): ApiAnswer => ({ status: 200, body: { faults: faults.list } });
    const settings = (): ApiAnswer => ({ status: 200, body: { settings: this.#world.settings } });
    const afterFaultChange = (): ApiAnswer => {
      this.#fleet.releaseStuck();
      this.#storage.releaseStuck();
      return faultList();
    };
    return [
      { method: 'GET', path: '/v1/faults', answer: faultList },
      {
        method: 'PUT',
        path: '/v1/faults',
        answer: ({ body }) => {
          faults.replace(parsed(z.strictObject({ faults: z.array(faultSchema).max(200) }), body).faults);
          return afterFaultChange();
        },
      },
      {
        method: 'POST',
        path: '/v1/faults',
        answer: ({ body }) => ({ status: 201, body: { fault: faults.add(parsed(faultSchema, body)) } }),
      },
      {
        method: 'DELETE',
        path: '/v1/faults',
        answer: () => {
          faults.clear();
          return afterFaultChange();
        },
      },
      {
        method: 'DELETE',
        path: '/v1/faults/:id',
        answer: ({ params }) => {
          if (!faults.clear(params['id'])) throw notFound('fault', params['id'] ?? '');
          return afterFaultChange();
        },
      },
      { method: 'GET', path: '/v1/settings', answer: settings },
      {
        method: 'PUT',
        path: '/v1/settings',
        answer: ({ body }) => {
          const change = parsed(settingsChangeSchema, body);
          const value = { ...state.settings, ...change };
          // Refused before it is kept, if the whole does not fit together.
          mergeSettings(value);
          state.commit([{ kind: 'settings', value }]);
          return settings();
        },
      },
      {
        method: 'DELETE',
        path: '/v1/settings',
        answer: () => {
          state.commit([{ kind: 'settings', value: {} }]);
          return settings();
        },
      },
      {
        method: 'POST',
        path: '/v1/sync',
        answer: async () => ({
          status: 200,
          body: await synchronise(this.#world, this.#fleet, this.#storage),
        }),
      },
    ];
  }

  #readServer(id = ''): ServerRecord {
    const server = this.#world.state.servers.get(id);
    if (!server || !this.#world.isReadable(server)) throw notFound('server', id);
    return server;
  }

  /** One page, oldest first. The total is of all pages, so a reader can tell that something is missing. */
  #page<R extends ServerRecord | VolumeRecord>(
    operation: string,
    name: string,
    query: URLSearchParams,
    records: readonly R[],
    show: (record: R) => unknown,
  ): ApiAnswer {
    const page = wholeNumber(query, 'page', 1, 1_000_000);
    const perPage = wholeNumber(query, 'per_page', 50, PAGE_SIZE_MAX);
    const zone = query.get('zone');
    const tags = query.getAll('tag');
    const withGone = query.get('include_gone') === 'true';
    const matching = records
      .filter((record) => this.#world.isReadable(record) && (withGone || record.state !== 'gone'))
      .filter((record) => (zone === null || record.zone === zone) && hasTags(record.tags, tags))
      .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
    const rows = matching.slice((page - 1) * perPage, page * perPage);
    const fault = this.#world.faults.take('truncated_list', { operation, zone: zone ?? undefined });
    const shown = fault ? truncated(fault, page, rows) : rows;
    const missing = fault?.mode === 'silent' ? rows.length - shown.length : 0;
    const total = matching.length - missing;
    return {
      status: 200,
      headers: { 'x-total-count': String(total) },
      body: { [name]: shown.map(show), page, per_page: perPage, total_count: total },
    };
  }
}

function truncated<R>(fault: Fault, page: number, rows: readonly R[]): readonly R[] {
  if (fault.mode === 'error') {
    if (page > 1) throw new Refusal(500, 'internal_error', 'This page cannot be read.');
    return rows;
  }
  return rows.slice(0, Math.max(0, rows.length - fault.drop));
}

function hasTags(tags: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((tag) => tags.includes(tag));
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1) throw badArgument(name, 'a whole number from 1');
  return Math.min(value, max);
}

function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badArgument(issue?.path.join('.') || 'body', issue?.message ?? 'not as expected');
}

function badArgument(name: string, message: string): Refusal {
  return new Refusal(400, 'invalid_arguments', `${name}: ${message}`, {
    details: [{ argument_name: name, help_message: message }],
  });
}
