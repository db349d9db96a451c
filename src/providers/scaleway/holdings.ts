import type * as z from 'zod';
import { refusal } from '#providers/call-errors.ts';
import type {
  CallContext,
  OwnedResource,
  Part,
  PartKind,
  ResourceKind,
  ResourceRef,
  Server,
} from '#providers/provider.ts';
import { hasOurMark, ownerOf, tagValue, withExpiry } from '#providers/tags.ts';
import {
  blockVolumeOf,
  blockVolumeSchema,
  groupSchema,
  ipSchema,
  localVolumeOf,
  localVolumeSchema,
  ownedOf,
  partOfGroup,
  partOfIp,
  partOfVolume,
  type ServerAnswer,
  serverOf,
  serverSchema,
} from './answers.ts';
import { anything, type ScalewayClient } from './client.ts';
import { readList } from './lists.ts';
import { refPath, requireZone, zonePath } from './paths.ts';
import type { Volumes } from './volumes.ts';

/** What a project holds of ours: by attempt, by installation, and whatever carries a mark. */
const COLLECTIONS = {
  server: { path: 'servers', field: 'servers', one: 'server', row: serverSchema },
  address: { path: 'ips', field: 'ips', one: 'ip', row: ipSchema },
  security_group: {
    path: 'security_groups',
    field: 'security_groups',
    one: 'security_group',
    row: groupSchema,
  },
  local_volume: { path: 'volumes', field: 'volumes', one: 'volume', row: localVolumeSchema },
} as const;

type Collection = keyof typeof COLLECTIONS;

export class Holdings {
  readonly #client: ScalewayClient;
  readonly #projectId: string;
  readonly #volumes: Volumes;

  constructor(client: ScalewayClient, projectId: string, volumes: Volumes) {
    this.#client = client;
    this.#projectId = projectId;
    this.#volumes = volumes;
  }

  async serversByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    requireZone(this.#client.provider, 'findServersByAttempt', zone);
    const wanted = { zone, tag: `inv_attempt=${attempt}` };
    const rows = await this.#list(context, 'findServersByAttempt', 'server', serverSchema, wanted);
    return rows.filter((row) => isOf(row, attempt)).map(serverOf);
  }

  async partsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]> {
    const operation = 'findPartsByAttempt';
    requireZone(this.#client.provider, operation, zone);
    const wanted = { zone, tag: `inv_attempt=${attempt}` };
    switch (kind) {
      case 'address': {
        const rows = await this.#list(context, operation, 'address', ipSchema, wanted);
        return rows.filter((row) => isOf(row, attempt)).map(partOfIp);
      }
      case 'security_group': {
        const rows = await this.#list(context, operation, 'security_group', groupSchema, wanted);
        return rows.filter((row) => isOf(row, attempt)).map(partOfGroup);
      }
      case 'volume': {
        // The root of a server carries the attempt of its server: it is no part.
        const rows = await this.#listBlock(context, operation, wanted);
        return rows
          .filter((row) => isOf(row, attempt))
          .map((row) => partOfVolume(blockVolumeOf(row), row.created_at));
      }
      case 'key':
        return [];
    }
  }

  async owned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    const lists = zones.map((zone) => this.#ownedIn(context, installation, zone));
    return (await Promise.all(lists)).flat();
  }

  /** Scaleway replaces tags as a whole, so they are read before; nobody else writes them. */
  async renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    const operation = 'renewExpiry';
    const { provider } = this.#client;
    if (kind === 'volume') {
      const found = await this.#volumes.find(context, operation, ref);
      if (!found) throw refusal({ provider, operation }, 'not_found', `there is no volume ${ref.id}`);
      const tags = withExpiry(found.answer.tags ?? [], expiresAtMs);
      return this.#volumes.change(context, operation, found, { tags });
    }
    if (kind === 'key') return;
    const { path, one, row } = COLLECTIONS[kind];
    const url = refPath('instance', path, ref);
    const call = { operation, method: 'GET', path: url, answer: anything } as const;
    const answer = (await this.#client.call(context, call)) as Record<string, unknown> | undefined;
    const { tags } = row.parse(answer?.[one]) as { tags?: string[] | null };
    const body = { tags: withExpiry(tags ?? [], expiresAtMs) };
    await this.#client.call(context, { operation, method: 'PATCH', path: url, body, answer: anything });
  }

  async #ownedIn(
    context: CallContext,
    installation: string | undefined,
    zone: string,
  ): Promise<OwnedResource[]> {
    const operation = 'listOwned';
    requireZone(this.#client.provider, operation, zone);
    const tag = installation === undefined ? undefined : `inv_installation=${installation}`;
    const wanted = { zone, tag };
    const [servers, blocks, locals, ips, groups] = await Promise.all([
      this.#list(context, operation, 'server', serverSchema, wanted),
      this.#listBlock(context, operation, wanted),
      this.#list(context, operation, 'local_volume', localVolumeSchema, wanted),
      this.#list(context, operation, 'address', ipSchema, wanted),
      this.#list(context, operation, 'security_group', groupSchema, wanted),
    ]);
    const isOurs = (row: Tagged) => hasOurMark(row) && (tag === undefined || (row.tags ?? []).includes(tag));
    const ours = servers.filter(isOurs);
    const marked = [
      ...blocks.filter(isOurs).map((row) => ownedOf(blockVolumeOf(row), 'volume')),
      ...locals.filter(isOurs).map((row) => ownedOf(localVolumeOf(row), 'volume')),
    ];
    return [
      ...ours.map((row) => ownedOf(serverOf(row), 'server')),
      ...marked,
      ...unmarkedVolumes(ours, marked),
      ...ips.filter(isOurs).map((row) => ownedOf(partOfIp(row), 'address')),
      ...groups.filter(isOurs).map((row) => ownedOf(partOfGroup(row), 'security_group')),
    ];
  }

  async #list<R>(
    context: CallContext,
    operation: string,
    collection: Collection,
    row: z.ZodType<R>,
    { zone, tag }: Wanted,
  ): Promise<R[]> {
    const { path, field } = COLLECTIONS[collection];
    const rows = await readList(this.#client, context, {
      operation,
      path: zonePath('instance', zone, path),
      field,
      query: { project: this.#projectId, ...(tag === undefined ? {} : { tags: tag }) },
      row,
      counts: 'header',
    });
    return [...rows.values()];
  }

  async #listBlock(context: CallContext, operation: string, { zone, tag }: Wanted) {
    const rows = await readList(this.#client, context, {
      operation,
      path: zonePath('block', zone, 'volumes'),
      field: 'volumes',
      query: {
        project_id: this.#projectId,
        include_deleted: 'false',
        order_by: 'created_at_asc',
        ...(tag === undefined ? {} : { tags: tag }),
      },
      row: blockVolumeSchema,
      counts: 'body',
    });
    return [...rows.values()];
  }
}

interface Wanted {
  readonly zone: string;
  readonly tag: string | undefined;
}

interface Tagged {
  readonly tags?: readonly string[] | null | undefined;
}

/** A crash between a create and the mark on its volumes: the server says whose they are. */
function unmarkedVolumes(
  servers: readonly ServerAnswer[],
  marked: readonly OwnedResource[],
): OwnedResource[] {
  const known = new Set(marked.map(({ ref }) => ref.id));
  return servers.flatMap((server) =>
    serverOf(server)
      .volumes.filter(({ id }) => !known.has(id))
      .map((ref) => ({
        kind: 'volume' as const,
        ref,
        owner: ownerOf(server.tags ?? []),
        attachedTo: server.id,
        createdAtMs: server.creation_date,
      })),
  );
}

function isOf(row: Tagged, attempt: string): boolean {
  return tagValue(row.tags ?? [], 'inv_attempt') === attempt;
}
