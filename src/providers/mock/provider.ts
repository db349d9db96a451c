import * as z from 'zod';
import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import {
  type CallContext,
  type Capabilities,
  type CreateServer,
  type OwnedResource,
  type Part,
  type Provider,
  ProviderError,
  type ProviderOffer,
  type ResourceRef,
  type Server,
  type Volume,
} from '#providers/provider.ts';
import {
  offerOf,
  offerSchema,
  ownedOf,
  refPath,
  serverOf,
  serverSchema,
  tagsOf,
  volumeOf,
  volumeSchema,
} from './answers.ts';
import { MockCloudClient } from './client.ts';

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
}

const PAGE_SIZE = 100;
const PAGES_MAX = 1_000;
const DEFAULT_VISIBILITY_WINDOW_MS = 10_000;
const USER_DATA_BYTES_MAX = 131_072;

const oneServer = z.object({ server: serverSchema });
const oneVolume = z.object({ volume: volumeSchema });
const anything = z.unknown();

interface Row {
  readonly id: string;
  readonly state: string;
}

interface List<R extends Row> {
  readonly operation: string;
  readonly resource: 'servers' | 'volumes';
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
      parts: [],
      userDataAtEachBoot: false,
      maxUserDataBytes: USER_DATA_BYTES_MAX,
    };
    const { baseUrl, token, clock } = options;
    this.#client = new MockCloudClient({ provider: this.id, baseUrl, token, clock });
  }

  async createServer(context: CallContext, order: CreateServer): Promise<Server> {
    this.#refuseLongUserData(order);
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
      },
      answer: oneServer,
    });
    return serverOf(answer.server);
  }

  async startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#client.call(context, {
      operation: 'startServer',
      method: 'POST',
      path: refPath('servers', ref, '/start'),
      answer: anything,
    });
  }

  async findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    const answer = await absent(
      this.#client.call(context, {
        operation: 'findServer',
        method: 'GET',
        path: refPath('servers', ref),
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
      resource: 'servers',
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
        path: refPath('servers', ref),
        answer: anything,
      }),
    );
  }

  async findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    const answer = await absent(
      this.#client.call(context, {
        operation: 'findVolume',
        method: 'GET',
        path: refPath('volumes', ref),
        answer: oneVolume,
      }),
    );
    return answer && volumeOf(answer.volume);
  }

  async deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    await absent(
      this.#client.call(context, {
        operation: 'deleteVolume',
        method: 'DELETE',
        path: refPath('volumes', ref),
        answer: anything,
      }),
    );
  }

  async listOwned(
    context: CallContext,
    installation: string,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    const owned: OwnedResource[] = [];
    for (const zone of zones) {
      const query = { zone, tag: `inv_installation=${installation}` };
      const list = { operation: 'listOwned', query };
      const servers = await this.#readAll(context, { ...list, resource: 'servers', row: serverSchema });
      const volumes = await this.#readAll(context, { ...list, resource: 'volumes', row: volumeSchema });
      owned.push(...servers.map((server) => ownedOf('server', server)));
      owned.push(...volumes.map((volume) => ownedOf('volume', volume)));
    }
    return owned;
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
    const { operation, resource } = list;
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

  #incomplete(list: { operation: string; resource: string }, reason: string): ProviderError {
    const { operation, resource } = list;
    return new ProviderError(`${operation} got an incomplete answer for ${resource}: ${reason}`, {
      kind: 'retryable',
      provider: this.id,
      operation,
      outcomeUnknown: false,
      providerCode: 'incomplete_list',
    });
  }

  #refuseLongUserData(order: CreateServer): void {
    const sizeBytes = Buffer.byteLength(order.userData);
    if (sizeBytes <= this.capabilities.maxUserDataBytes) return;
    throw new ProviderError(`createServer: user data of ${sizeBytes} bytes is too long`, {
      kind: 'invalid',
      provider: this.id,
      operation: 'createServer',
      outcomeUnknown: false,
    });
  }

  async rebootServer(): Promise<void> {
    throw this.#unsupported('rebootServer');
  }

  async replaceUserData(): Promise<void> {
    throw this.#unsupported('replaceUserData');
  }

  async createPart(): Promise<Part> {
    throw this.#unsupported('createPart');
  }

  async findPart(): Promise<Part | undefined> {
    throw this.#unsupported('findPart');
  }

  async findPartsByAttempt(): Promise<Part[]> {
    throw this.#unsupported('findPartsByAttempt');
  }

  async deletePart(): Promise<void> {
    throw this.#unsupported('deletePart');
  }

  async renewExpiry(): Promise<void> {
    throw this.#unsupported('renewExpiry');
  }

  #unsupported(operation: string): ProviderError {
    return new ProviderError(`${operation} is not supported`, {
      kind: 'unsupported',
      provider: this.id,
      operation,
      outcomeUnknown: false,
    });
  }
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
