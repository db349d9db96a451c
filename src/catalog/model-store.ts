/**
 * All SQL of models. Rows with `edited_at` were changed by a person: seeds leave them alone. A model without an
 * organisation is everybody's; another organisation's does not exist for who asks.
 */
import type { ModelShape } from '#contracts/model-shape.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { isId, type ModelId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { GgufFile, Model, ModelSelection } from './queries.ts';
import type { ModelSeed } from './seeds/seed.ts';

/** Whose models: those that an organisation sees, or those of everybody, for the work of the installation. */
export type ModelScope = OrgScope | 'everybody';

const MODEL = `
  select id, org_id as "orgId", hf_id as "hfId", name, parameters, weights_bytes as "weightsBytes",
         kv_bytes_per_token as "kvBytesPerToken", context_length as "contextLength", licence, shape,
         engine_args as "engineArgs", gguf, is_active as "isActive", origin, version
  from models`;
const SEEN = `($1::text is null or org_id is null or org_id = $1)`;

function orgOf(scope: ModelScope): string | null {
  return scope === 'everybody' ? null : scope.orgId;
}

export async function selectModels(
  db: Queryable,
  scope: ModelScope,
  selection: ModelSelection,
): Promise<Model[]> {
  return db.query<Model>(
    `${MODEL} where ${SEEN} and (is_active or $2) and ($3::text is null or (name, id) > ($3::text, $4::text))
       and (not $6::boolean or org_id is null)
     order by name, id limit $5`,
    [
      orgOf(scope),
      selection.includeInactive ?? false,
      selection.after?.name ?? null,
      selection.after?.id ?? null,
      selection.limit ?? null,
      selection.onlyCommon ?? false,
    ],
  );
}

/** By its id or its name; of two with one name, that of the scope itself. */
export async function selectModel(
  db: Queryable,
  scope: ModelScope,
  idOrHfId: string,
): Promise<Model | undefined> {
  const column = isId('model', idOrHfId) ? 'id' : 'hf_id';
  const [model] = await db.query<Model>(
    `${MODEL} where ${SEEN} and ${column} = $2 order by (org_id is null) <> ($1::text is null), id limit 1`,
    [orgOf(scope), idOrHfId],
  );
  return model;
}

export async function selectConfig(db: Queryable, scope: ModelScope, id: ModelId): Promise<unknown> {
  const [row] = await db.query<{ config: unknown }>(`select config from models where ${SEEN} and id = $2`, [
    orgOf(scope),
    id,
  ]);
  return row?.config ?? null;
}

/** Who deploys a model and who changes it take turns; several may deploy at once. */
export async function lockModel(tx: Transaction, id: ModelId, how: 'to_use' | 'to_change'): Promise<void> {
  const take = how === 'to_use' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await tx.query(`select ${take}(hashtextextended('inventiv.model ' || $1, 0))`, [id]);
}

export interface ModelFacts {
  readonly name: string;
  readonly licence: string | null;
  readonly parameters: number | null;
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number | null;
  readonly contextLength: number;
  readonly shape: ModelShape | null;
  readonly engineArgs: readonly string[];
  readonly gguf: GgufFile | null;
  readonly isActive: boolean;
}

export interface NewModel extends ModelFacts {
  readonly id: ModelId;
  readonly hfId: string;
  readonly config: unknown;
  readonly createdBy: string;
}

/** `orgId` null: for everybody. @throws a violation of models_name */
export async function insertModel(tx: Transaction, orgId: string | null, model: NewModel): Promise<void> {
  await tx.query(
    `insert into models (id, org_id, hf_id, name, licence, parameters, weights_bytes, kv_bytes_per_token,
       context_length, shape, engine_args, gguf, is_active, config, created_by, origin, created_at, edited_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'person', app_now(), app_now())`,
    [model.id, orgId, model.hfId, ...factsOf(model), jsonOf(model.config), model.createdBy],
  );
}

/** `config` undefined: as it is. */
export async function updateModel(
  tx: Transaction,
  orgId: string | null,
  id: ModelId,
  to: ModelFacts & { readonly config: unknown },
): Promise<void> {
  await tx.query(
    `update models set name = $3, licence = $4, parameters = $5, weights_bytes = $6, kv_bytes_per_token = $7,
       context_length = $8, shape = $9, engine_args = $10, gguf = $11, is_active = $12,
       config = case when $13 then $14::jsonb else config end,
       version = version + 1, origin = 'person', edited_at = app_now()
     where id = $2 and org_id is not distinct from $1`,
    [orgId, id, ...factsOf(to), to.config !== undefined, jsonOf(to.config)],
  );
}

/** Switching a model on or off says nothing about its facts, which seeds go on to keep. */
export async function updateModelActivity(
  tx: Transaction,
  orgId: string | null,
  id: ModelId,
  isActive: boolean,
): Promise<void> {
  await tx.query(
    `update models set is_active = $3, version = version + 1 where id = $2 and org_id is not distinct from $1`,
    [orgId, id, isActive],
  );
}

/** False for one of the seeds, which would come back. @throws a violation of a foreign key where something names it */
export async function deleteModelRow(tx: Transaction, orgId: string | null, id: ModelId): Promise<boolean> {
  const rows = await tx.query(
    `delete from models where id = $2 and org_id is not distinct from $1 and created_by is not null returning id`,
    [orgId, id],
  );
  return rows.length > 0;
}

function factsOf(model: ModelFacts): unknown[] {
  return [
    model.name,
    model.licence,
    model.parameters,
    model.weightsBytes,
    model.kvBytesPerToken,
    model.contextLength,
    jsonOf(model.shape),
    JSON.stringify(model.engineArgs),
    jsonOf(model.gguf),
    model.isActive,
  ];
}

function jsonOf(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

export async function upsertModels(
  tx: Transaction,
  models: readonly (ModelSeed & { readonly id: string })[],
): Promise<void> {
  await tx.query(
    `insert into models as known (id, hf_id, name, parameters, weights_bytes, kv_bytes_per_token,
       context_length, licence, shape, created_at)
     select m.id, m."hfId", m.name, m.parameters, m."weightsBytes", m."kvBytesPerToken", m."contextLength",
            m.licence, m.shape, app_now()
     from jsonb_to_recordset($1::jsonb) as m (id text, "hfId" text, name text, parameters bigint,
       "weightsBytes" bigint, "kvBytesPerToken" bigint, "contextLength" int, licence text, shape jsonb)
     order by m."hfId"
     on conflict (org_id, hf_id) do update set
       name = excluded.name, parameters = excluded.parameters, weights_bytes = excluded.weights_bytes,
       kv_bytes_per_token = excluded.kv_bytes_per_token, context_length = excluded.context_length,
       licence = excluded.licence, shape = excluded.shape
     where known.edited_at is null
       and (known.name, known.parameters, known.weights_bytes, known.kv_bytes_per_token, known.context_length,
            known.licence, known.shape)
         is distinct from (excluded.name, excluded.parameters, excluded.weights_bytes,
            excluded.kv_bytes_per_token, excluded.context_length, excluded.licence, excluded.shape)`,
    [JSON.stringify(models)],
  );
}
