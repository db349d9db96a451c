import * as z from 'zod';
import type { ApiRoute } from './api.ts';
import { listPage, parsed } from './listing.ts';
import { tagList } from './order-rules.ts';
import { type PartOrder, type Parts, partOrderSchemas } from './parts.ts';
import { notFound } from './refusal.ts';
import type { FixtureKind, VolumeRecord } from './state.ts';
import { type Storage, volumeOrderSchema } from './storage.ts';
import { partView, volumeView } from './views.ts';
import type { World } from './world.ts';

/** What a customer can do with volumes, addresses, keys and security groups. */
const COLLECTIONS: Record<FixtureKind, string> = {
  address: 'addresses',
  key: 'keys',
  security_group: 'security_groups',
};

export const tagsBody = z.strictObject({ tags: tagList });

export function partRoutes(world: World, parts: Parts): ApiRoute[] {
  const kinds = Object.keys(COLLECTIONS) as FixtureKind[];
  return kinds.flatMap((kind) => routesOf(kind, world, parts));
}

function routesOf(kind: FixtureKind, world: World, parts: Parts): ApiRoute[] {
  const name = COLLECTIONS[kind];
  const path = `/v1/${name}`;
  const show = (part: Parameters<typeof partView>[1]) => partView(world.state, part);
  const records = () => [...world.state.parts.values()].filter((part) => part.kind === kind);
  return [
    {
      method: 'POST',
      path,
      operation: `${kind}.create`,
      answer: async ({ body }) => {
        const order: PartOrder = parsed(partOrderSchemas[kind], body);
        const { record, isNew } = await parts.create(kind, order);
        return { status: isNew ? 201 : 200, body: { [kind]: show(record) } };
      },
    },
    {
      method: 'GET',
      path,
      operation: `${kind}.list`,
      answer: ({ query }) =>
        listPage(world, { operation: `${kind}.list`, name, records: records(), show }, query),
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      operation: `${kind}.get`,
      answer: ({ params }) => {
        const part = parts.find(kind, params['id'] ?? '');
        if (!part || !world.isReadable(part)) throw notFound(kind, params['id'] ?? '');
        return { status: 200, body: { [kind]: show(part) } };
      },
    },
    {
      method: 'PUT',
      path: `${path}/:id/tags`,
      operation: `${kind}.tag`,
      answer: ({ params, body }) => {
        const part = parts.replaceTags(kind, params['id'] ?? '', parsed(tagsBody, body).tags);
        return { status: 200, body: { [kind]: show(part) } };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:id`,
      operation: `${kind}.delete`,
      answer: async ({ params }) => ({
        status: 202,
        body: { [kind]: show(await parts.delete(kind, params['id'] ?? '')) },
      }),
    },
  ];
}

export function volumeRoutes(world: World, storage: Storage): ApiRoute[] {
  const { state } = world;
  const show = (volume: VolumeRecord) => volumeView(state, volume);
  return [
    {
      method: 'POST',
      path: '/v1/volumes',
      operation: 'volume.create',
      answer: async ({ body }) => {
        const { record, isNew } = await storage.create(parsed(volumeOrderSchema, body));
        return { status: isNew ? 201 : 200, body: { volume: show(record) } };
      },
    },
    {
      method: 'GET',
      path: '/v1/volumes',
      operation: 'volume.list',
      answer: ({ query }) => {
        const records = state.volumes.values();
        return listPage(world, { operation: 'volume.list', name: 'volumes', records, show }, query);
      },
    },
    {
      method: 'GET',
      path: '/v1/volumes/:id',
      operation: 'volume.get',
      answer: ({ params }) => {
        const id = params['id'] ?? '';
        const volume = state.volumes.get(id);
        if (!volume || !world.isReadable(volume)) throw notFound('volume', id);
        return { status: 200, body: { volume: show(volume) } };
      },
    },
    {
      method: 'PUT',
      path: '/v1/volumes/:id/tags',
      operation: 'volume.tag',
      answer: ({ params, body }) => {
        const volume = storage.replaceTags(params['id'] ?? '', parsed(tagsBody, body).tags);
        return { status: 200, body: { volume: show(volume) } };
      },
    },
    {
      method: 'DELETE',
      path: '/v1/volumes/:id',
      operation: 'volume.delete',
      answer: async ({ params }) => ({
        status: 202,
        body: { volume: show(await storage.delete(params['id'] ?? '')) },
      }),
    },
  ];
}
