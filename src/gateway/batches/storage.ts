/** Files and batches of the caller's organisation, over HTTP as clients of OpenAI speak it. */
import * as z from 'zod';
import { cancelBatch } from '#batches/commands/cancel-batch.ts';
import { createBatch } from '#batches/commands/create-batch.ts';
import { deleteFile } from '#batches/commands/delete-file.ts';
import { getBatch, getFile, listBatches, listFiles, readContent } from '#batches/queries.ts';
import { newBatchSchema } from '#contracts/batches.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { GatewayCaller } from '../authenticate.ts';
import { ClientLeftError, type Exchange } from '../edge.ts';
import type { StorageRoute } from './storage-routes.ts';
import { takeFile } from './take-file.ts';

export interface StorageFigures {
  readonly fileBytesMax: number;
  readonly orgBytesMax: number;
  readonly fileLifeSeconds: number;
  readonly batchesOpenMax: number;
}

export interface StorageCall {
  readonly exchange: Exchange;
  readonly route: StorageRoute;
  readonly caller: GatewayCaller;
  readonly headers: Readonly<Record<string, string>>;
}

/** Without a body the answer has been written. */
export interface StorageAnswer {
  readonly status: number;
  readonly body?: unknown;
}

const ORDER_BYTES_MAX = 65_536;
const FILES_PAGE_MAX = 10_000;
const FILES_PAGE = 1_000;
const BATCHES_PAGE_MAX = 100;
const BATCHES_PAGE = 20;

export class Storage {
  readonly #env: Env;
  readonly #db: Database;
  readonly #figures: StorageFigures;

  constructor(env: Env, db: Database, figures: StorageFigures) {
    this.#env = env;
    this.#db = db;
    this.#figures = figures;
  }

  async serve(call: StorageCall): Promise<StorageAnswer> {
    const body = await this.#bodyOf(call);
    return body === undefined ? { status: 200 } : { status: 200, body };
  }

  #bodyOf(call: StorageCall): Promise<unknown> {
    const { exchange, route, caller } = call;
    const { orgId } = caller;
    switch (route.action) {
      case 'create_file':
        return takeFile(this.#env, this.#db, { exchange, orgId, figures: this.#figures });
      case 'list_files':
        return listFiles(this.#db, orgId, filesQuery(exchange.request.target));
      case 'get_file':
        return getFile(this.#db, orgId, route.id);
      case 'delete_file':
        return this.#deleteFile(orgId, route.id);
      case 'read_file':
        return this.#sendFile(call);
      case 'create_batch':
        return this.#createBatch(call);
      case 'list_batches':
        return listBatches(this.#db, orgId, batchesQuery(exchange.request.target));
      case 'get_batch':
        return getBatch(this.#db, orgId, route.id);
      case 'cancel_batch':
        return cancelBatch(this.#env, this.#db, orgId, route.id);
    }
  }

  async #deleteFile(orgId: OrgId, id: string) {
    await deleteFile(this.#db, orgId, id);
    return { id, object: 'file', deleted: true };
  }

  async #createBatch({ exchange, caller }: StorageCall) {
    const { apiKeyId, orgId } = caller;
    if (apiKeyId === null) throw new AppError('batch.key_required');
    const wanted = parse(newBatchSchema, parseJson(await exchange.readBody(ORDER_BYTES_MAX)));
    return createBatch(this.#env, this.#db, {
      orgId,
      apiKeyId,
      wanted,
      openMax: this.#figures.batchesOpenMax,
    });
  }

  /** As fast as the client reads. */
  async #sendFile({ exchange, route, caller, headers }: StorageCall): Promise<undefined> {
    const file = await getFile(this.#db, caller.orgId, route.id);
    exchange.start(200, {
      ...headers,
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'content-length': String(file.bytes),
    });
    let wake: () => void = () => undefined;
    exchange.onDrain(() => wake());
    exchange.onClientLeft(() => wake());
    for await (const bytes of readContent(this.#db, caller.orgId, file.id)) {
      const drained = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!exchange.hasClientLeft && !exchange.write(bytes) && !exchange.hasClientLeft) await drained;
      if (exchange.hasClientLeft) throw new ClientLeftError();
    }
    exchange.end();
    return undefined;
  }
}

const pageSchema = (usual: number, most: number) =>
  z.object({
    limit: z.coerce.number().int().min(1).max(most).default(usual),
    after: z.string().max(100).optional(),
  });
const batchesSchema = pageSchema(BATCHES_PAGE, BATCHES_PAGE_MAX);
const filesSchema = pageSchema(FILES_PAGE, FILES_PAGE_MAX).extend({
  order: z.enum(['asc', 'desc']).default('desc'),
  purpose: z.string().max(100).optional(),
});

function filesQuery(target: string) {
  const { order, ...query } = parse(filesSchema, parametersOf(target));
  return { ...query, isAscending: order === 'asc' };
}

function batchesQuery(target: string) {
  return parse(batchesSchema, parametersOf(target));
}

function parametersOf(target: string): Record<string, string> {
  const query = target.indexOf('?');
  const parameters = new URLSearchParams(query < 0 ? '' : target.slice(query + 1));
  return Object.fromEntries([...parameters].map(([name, value]) => [name, value.replaceAll('\0', '')]));
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new AppError('request.malformed', { cause: error });
  }
}

/** @throws request.invalid with the first thing that is wrong */
function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue?.path.join('.') ?? '';
  throw new AppError('request.invalid', {
    publicMessage: param === '' ? 'The body must be a JSON object.' : `${param}: ${issue?.message}.`,
    details: param === '' ? {} : { param },
  });
}
