import * as z from 'zod';
import { accountView, operationsOf } from './account.ts';
import { makeBill } from './bill.ts';
import { faultSchema } from './faults.ts';
import type { Fleet } from './fleet.ts';
import { hasTags, listPage, parsed } from './listing.ts';
import { readConsole } from './machine-files.ts';
import { type OrderDesk, serverOrderSchema } from './orders.ts';
import { partRoutes, tagsBody, volumeRoutes } from './part-api.ts';
import type { Parts } from './parts.ts';
import { notFound } from './refusal.ts';
import { mergeSettings, settingsChangeSchema } from './settings.ts';
import type { ServerRecord } from './state.ts';
import type { Storage } from './storage.ts';
import { synchronise } from './sync.ts';
import { offerViews, serverView } from './views.ts';
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

/** Everything a customer of this cloud can do, and the switches that a real cloud would not offer. */
export class CloudApi {
  readonly #world: World;
  readonly #desk: OrderDesk;
  readonly #fleet: Fleet;
  readonly #storage: Storage;
  readonly #parts: Parts;

  constructor(
    world: World,
    domains: {
      readonly desk: OrderDesk;
      readonly fleet: Fleet;
      readonly storage: Storage;
      readonly parts: Parts;
    },
  ) {
    this.#world = world;
    this.#desk = domains.desk;
    this.#fleet = domains.fleet;
    this.#storage = domains.storage;
    this.#parts = domains.parts;
  }

  routes(): ApiRoute[] {
    return [
      ...[...this.#serverRoutes(), ...this.#serverChanges(), ...this.#accountRoutes(), ...this.#switches()],
      ...[...volumeRoutes(this.#world, this.#storage), ...partRoutes(this.#world, this.#parts)],
    ];
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
          listPage(
            this.#world,
            {
              operation: 'server.list',
              name: 'servers',
              records: this.#world.state.servers.values(),
              show,
            },
            query,
          ),
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

  #serverChanges(): ApiRoute[] {
    const show = (server: ServerRecord) =>
      serverView(this.#world.state, server, this.#fleet.machineOf(server.id));
    return [
      {
        method: 'POST',
        path: '/v1/servers/:id/reboot',
        operation: 'server.reboot',
        answer: ({ params }) => ({
          status: 202,
          body: { server: show(this.#fleet.reboot(params['id'] ?? '')) },
        }),
      },
      {
        method: 'PUT',
        path: '/v1/servers/:id/user_data',
        operation: 'server.user_data',
        answer: ({ params, body }) => {
          const { user_data } = parsed(z.strictObject({ user_data: z.string() }), body);
          const server = this.#fleet.replaceUserData(params['id'] ?? '', user_data);
          return { status: 200, body: { server: show(server) } };
        },
      },
      {
        method: 'PUT',
        path: '/v1/servers/:id/tags',
        operation: 'server.tag',
        answer: ({ params, body }) => {
          const server = this.#fleet.replaceTags(params['id'] ?? '', parsed(tagsBody, body).tags);
          return { status: 200, body: { server: show(server) } };
        },
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
        path: '/v1/account',
        operation: 'account.get',
        answer: () => ({
          status: 200,
          body: { account: accountView(this.#world, operationsOf(this.routes())) },
        }),
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
      this.#parts.releaseStuck();
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
}
