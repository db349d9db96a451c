import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import type { Inspection, ZoneFinding } from '#providers/inspection.ts';
import {
  type CallContext,
  type Capabilities,
  type CreatePart,
  type CreateServer,
  type OwnedResource,
  type Part,
  type PartKind,
  type PartRef,
  type Provider,
  ProviderError,
  type ProviderOffer,
  RESOURCE_KINDS,
  type ResourceKind,
  type ResourceRef,
  type Server,
  type Volume,
} from '#providers/provider.ts';
import { hasOurMark, tagsOf, withExpiry } from '#providers/tags.ts';
import {
  COLLECTIONS,
  offerOf,
  offerSchema,
  ownedOf,
  partOf,
  partSchema,
  refPath,
  serverOf,
  serverSchema,
  taggedSchema,
  volumeOf,
  volumeSchema,
} from './answers.ts';
import { MockCloudClient } from './client.ts';
import { accountSchema, inspectionOf } from './inspect.ts';

/**
 * The mock cloud as a provider. It knows an address and a secret, like any adapter, and nothing of how the cloud is
 * made. No call is repeated and nothing is remembered, so it may be built anew after a crash at any instant.
 */
export interface MockProviderOptions {
  readonly baseUrl: string;
  readonly token: Secret;
  readonly clock: Clock;
  readonly id?: string;
  /** How long a new resource may stay invisible in reads. */
  readonly visibilityWindowMs?: number;
  /** What is made for each server, before it. */
  readonly parts?: readonly PartKind[];
}

/** What MOCK_PARTS may say. */
export const MOCK_PARTS: Readonly<Record<string, readonly PartKind[]>> = {
  none: [],
  network: ['security_group', 'address'],
  all: ['key', 'security_group', 'address', 'volume'],
};

const PAGE_SIZE = 100;
const PAGES_MAX = 1_000;
const DEFAULT_VISIBILITY_WINDOW_MS = 10_000;
const USER_DATA_BYTES_MAX = 131_072;

const oneServer = z.object({ server: serverSchema });
const oneVolume = z.object({ volume: volumeSchema });
const anything = z.unknown();
/** What a listing needs of each kind. */
const ownedRow = z.object({
  id: z.string().min(1),
  zone: z.string().min(1),
  state: z.string(),
  tags: z.array(z.string()).nullish(),
  attached_to: z.union([z.string(), z.array(z.string())]).nullish(),
  created_at_ms: z.number(),
});

interface Row {
  readonly id: string;
  readonly state: string;
}

interface List<R extends Row> {
  readonly operation: string;
  readonly kind: ResourceKind;
  readonly query: Readonly<Record<string, string>>;
  readonly row: z.ZodType<R>;
}

export class MockProvider implements Provider {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly #client: MockCloudClient;

  constructor(options: MockProviderOptions) {
    this.id = options.id ?? 'mock';
    this.capabilities = {
      idempotentCreate: 'token',
      visibilityWindowMs: options.visibilityWindowMs ?? DEFAULT_VISIBILITY_WINDOW_MS,
      tombstones: true,
      volumesOutliveServer: true,
      parts: options.parts ?? MOCK_PARTS['network'] ?? [],
      userDataAtEachBoot: true,
      maxUserDataBytes: USER_DATA_BYTES_MAX,
    };
    const { baseUrl, token, clock } = options;
    this.#client = new MockCloudClient({ provider: this.id, baseUrl, token, clock });
  }

  async createServer(context: CallContext, order: CreateServer): Promise<Server> {
    this.#refuseLongUserData('createServer', order.userData);
    const answer = await this.#client.call(context, {
      operation: 'createServer',
      method: 'POST',
      path: '/v1/servers',
      body: {
        zone: order.zone,
        type: order.type,
        name: order.name,
        client_token: order.owner.attempt,
        tags: tagsOf(order.owner),
        user_data: order.userData,
        root_bytes: order.rootBytes,
        ...idsOfParts(order.parts),
      },
      answer: oneServer,
    });
    return serverOf(answer.server);
  }

  async startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#client.call(context, {
      operation: 'startServer',
      method: 'POST',
      path: refPath('server', ref, '/start'),
      answer: anything,
    });
  }

  async findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    const answer = await absent(
      this.#client.call(context, {
        operation: 'findServer',
        method: 'GET',
        path: refPath('server', ref),
        answer: oneServer,
      }),
    );
    return answer && serverOf(answer.server);
  }

  /** Also those that are gone already, so that nothing that was billed is missed. */
  async findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    const query = { zone, tag: `inv_attempt=${attempt}`, include_gone: 'true' };
    const operation = 'findServersByAttempt';
    const servers = await this.#readAll(context, {
      operation,
      kind: 'server',
      query,
      row: serverSchema,
    });
    return servers.map(serverOf);
  }

  async deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await absent(
      this.#client.call(context, {
        operation: 'deleteServer',
        method: 'DELETE',
        path: refPath('server', ref),
        answer: anything,
      }),
    );
  }

  async findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    const answer = await absent(
      this.#client.call(context, {
        operation: 'findVolume',
        method: 'GET',
        path: refPath('volume', ref),
        answer: oneVolume,
      }),
    );
    return answer && volumeOf(answer.volume);
  }

  async rebootServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#client.call(context, {
      operation: 'rebootServer',
      method: 'POST',
      path: refPath('server', ref, '/reboot'),
      answer: anything,
    });
  }

  async replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    this.#refuseLongUserData('replaceUserData', userData);
    await this.#client.call(context, {
      operation: 'replaceUserData',
      method: 'PUT',
      path: refPath('server', ref, '/user_data'),
      body: { user_data: userData },
      answer: anything,
    });
  }

  async createPart(context: CallContext, order: CreatePart): Promise<Part> {
    const { path, field } = COLLECTIONS[order.kind];
    const answer = await this.#client.call(context, {
      operation: 'createPart',
      method: 'POST',
      path: `/v1/${path}`,
      body: {
        zone: order.zone,
        name: order.name,
        client_token: order.owner.attempt,
        tags: tagsOf(order.owner),
        ...(order.kind === 'volume' ? { size_bytes: order.sizeBytes } : {}),
        ...(order.kind === 'key' ? { public_key: order.publicKey } : {}),
      },
      answer: inField(field, partSchema),
    });
    return partOf(order.kind, answer);
  }

  async findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    const { field } = COLLECTIONS[kind];
    const answer = await absent(
      this.#client.call(context, {
        operation: 'findPart',
        method: 'GET',
        path: refPath(kind, ref),
        answer: inField(field, partSchema),
      }),
    );
    return answer && partOf(kind, answer);
  }

  /** Also those that are gone already, as of servers. */
  async findPartsByAttempt(
    context: CallContext,
    kind: PartKind,
    zone: string,
    attempt: string,
  ): Promise<Part[]> {
    const query = { zone, tag: `inv_attempt=${attempt}`, include_gone: 'true' };
    const list = { operation: 'findPartsByAttempt', kind, query, row: partSchema };
    const parts = await this.#readAll(context, list);
    return parts.map((part) => partOf(kind, part));
  }

  async deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    await absent(
      this.#client.call(context, {
        operation: 'deletePart',
        method: 'DELETE',
        path: refPath(kind, ref),
        answer: anything,
      }),
    );
  }

  /** The cloud replaces tags as a whole, so they are read before; nobody else writes them. */
  async renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    const { field } = COLLECTIONS[kind];
    const operation = 'renewExpiry';
    const path = refPath(kind, ref);
    const answer = inField(field, taggedSchema);
    const found = await this.#client.call(context, { operation, method: 'GET', path, answer });
    await this.#client.call(context, {
      operation,
      method: 'PUT',
      path: `${path}/tags`,
      body: { tags: withExpiry(found.tags ?? [], expiresAtMs) },
      answer: anything,
    });
  }

  async deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    await absent(
      this.#client.call(context, {
        operation: 'deleteVolume',
        method: 'DELETE',
        path: refPath('volume', ref),
        answer: anything,
      }),
    );
  }

  async listOwned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    const lists = zones.flatMap((zone) =>
      RESOURCE_KINDS.map(async (kind) => {
        const tag = installation === undefined ? {} : { tag: `inv_installation=${installation}` };
        const list = { operation: 'listOwned', kind, query: { zone, ...tag }, row: ownedRow };
        const rows = await this.#readAll(context, list);
        return rows.filter(hasOurMark).map((row) => ownedOf(kind, row));
      }),
    );
    return (await Promise.all(lists)).flat();
  }

  async listOffers(context: CallContext): Promise<ProviderOffer[]> {
    const answer = await this.#client.call(context, {
      operation: 'listOffers',
      method: 'GET',
      path: '/v1/offers',
      answer: z.object({ offers: z.array(offerSchema) }),
    });
    return answer.offers.map(offerOf);
  }

  /** A zone is reachable when it can be listed there: that it is named says nothing. */
  async inspect(context: CallContext): Promise<Inspection> {
    const path = '/v1/account';
    const call = { operation: 'inspect', method: 'GET', path, answer: accountSchema } as const;
    const { account } = await this.#client.call(context, call);
    const zones = await Promise.all(account.zones.map((zone) => this.#probe(context, zone)));
    return { ...inspectionOf(account, this.capabilities), zones };
  }

  async #probe(context: CallContext, zone: string): Promise<ZoneFinding> {
    const query = { zone, page: '1', per_page: '1' };
    const call = {
      operation: 'inspect',
      method: 'GET',
      path: '/v1/servers',
      query,
      answer: anything,
    } as const;
    try {
      await this.#client.call(context, call);
      return { zone, isReachable: true, error: null };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      // It answered, and that it may not be listed is told as a right.
      if (error.facts.kind === 'permission') return { zone, isReachable: true, error: null };
      return { zone, isReachable: false, error: error.facts.kind };
    }
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    await this.#client.close();
  }

  /**
   * All rows, and as many as the cloud says there are; anything else is not an answer. One page is a snapshot. Several
   * are not: a row that vanishes in between would shift another one past us. So several pages are read with the gone
   * ones among them, where rows only ever come in at the end, and those are left out here.
   */
  async #readAll<R extends Row>(context: CallContext, list: List<R>): Promise<R[]> {
    const first = await this.#readPage(context, list, 1);
    if (first.total <= PAGE_SIZE) {
      if (first.rows.length === first.total) return first.rows;
      throw this.#incomplete(list, `${first.rows.length} of ${first.total} were listed`);
    }
    const wide = { ...list, query: { ...list.query, include_gone: 'true' } };
    const rows = new Map<string, R>();
    let total = 0;
    for (let page = 1; page <= PAGES_MAX; page++) {
      const next = await this.#readPage(context, wide, page);
      if (next.total < total) throw this.#incomplete(list, 'rows vanished between two pages');
      total = next.total;
      for (const row of next.rows) rows.set(row.id, row);
      if (page * PAGE_SIZE < total) continue;
      if (rows.size !== total) throw this.#incomplete(list, `${rows.size} of ${total} were listed`);
      const isWanted = (row: R) => list.query['include_gone'] === 'true' || row.state !== 'gone';
      return [...rows.values()].filter(isWanted);
    }
    throw this.#incomplete(list, `there are more than ${PAGES_MAX} pages`);
  }

  async #readPage<R extends Row>(context: CallContext, list: List<R>, page: number) {
    const { operation } = list;
    const resource = COLLECTIONS[list.kind].path;
    const answer = await this.#client.call(context, {
      operation,
      method: 'GET',
      path: `/v1/${resource}`,
      query: { ...list.query, page: String(page), per_page: String(PAGE_SIZE) },
      answer: z.looseObject({ total_count: z.int().min(0), [resource]: z.unknown() }),
    });
    const rows = z.array(list.row).safeParse(answer[resource]);
    if (!rows.success) throw this.#incomplete(list, 'a row cannot be read');
    return { rows: rows.data, total: z.int().parse(answer['total_count']) };
  }

  #incomplete(list: { operation: string; kind: ResourceKind }, reason: string): ProviderError {
    const { operation } = list;
    const resource = COLLECTIONS[list.kind].path;
    return new ProviderError(`${operation} got an incomplete answer for ${resource}: ${reason}`, {
      kind: 'retryable',
      provider: this.id,
      operation,
      outcomeUnknown: false,
      providerCode: 'incomplete_list',
    });
  }

  #refuseLongUserData(operation: string, userData: string): void {
    const sizeBytes = Buffer.byteLength(userData);
    if (sizeBytes <= this.capabilities.maxUserDataBytes) return;
    throw new ProviderError(`${operation}: user data of ${sizeBytes} bytes is too long`, {
      kind: 'invalid',
      provider: this.id,
      operation,
      outcomeUnknown: false,
    });
  }
}

function inField<T>(field: string, schema: z.ZodType<T>): z.ZodType<T> {
  return z.object({ [field]: schema }).transform((answer) => answer[field] as T);
}

function idsOfParts(parts: readonly PartRef[]): Record<string, unknown> {
  const idsOf = (kind: PartKind) => parts.filter((part) => part.kind === kind).map((part) => part.ref.id);
  const [address] = idsOf('address');
  return {
    ...(address === undefined ? {} : { address_id: address }),
    key_ids: idsOf('key'),
    security_group_ids: idsOf('security_group'),
    volume_ids: idsOf('volume'),
  };
}

/** Undefined where the cloud itself says that there is no such thing. */
async function absent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ProviderError && error.facts.kind === 'not_found') return undefined;
    throw error;
  }
}
