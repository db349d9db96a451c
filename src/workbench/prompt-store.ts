/** SQL of system prompts, their versions, and what an organisation lays down for its workbench. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Person } from './person.ts';

export interface PromptRow {
  readonly id: string;
  readonly ownerId: string | null;
  readonly name: string;
  readonly version: number;
  readonly content: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const PROMPT = `p.id, p.owner_id as "ownerId", p.name, p.latest_version as version, v.content,
  exists (select from workbench_defaults d where d.org_id = p.org_id and d.prompt_id = p.id) as "isDefault",
  p.created_at as "createdAt", p.updated_at as "updatedAt"`;
const FROM = `workbench_prompts p join workbench_prompt_versions v
  on v.org_id = p.org_id and v.prompt_id = p.id and v.version = p.latest_version`;
const IS_SEEN = `(p.owner_id is null or p.owner_id = $2)`;

export async function insertPrompt(
  tx: Transaction,
  { orgId, userId }: Person,
  made: { readonly id: string; readonly name: string; readonly ownerId: string | null },
): Promise<void> {
  await tx.query(
    `insert into workbench_prompts (org_id, id, owner_id, name, latest_version, created_by, created_at, updated_at)
     values ($1, $2, $3, $4, 0, $5, app_now(), app_now())`,
    [orgId, made.id, made.ownerId, made.name, userId],
  );
}

/** The next version. Whoever adds one holds the prompt. */
export async function insertPromptVersion(
  tx: Transaction,
  { orgId, userId }: Person,
  id: string,
  content: string,
): Promise<void> {
  await tx.query(
    `with raised as (
       update workbench_prompts set latest_version = latest_version + 1, updated_at = app_now()
       where org_id = $1 and id = $2 returning latest_version)
     insert into workbench_prompt_versions (org_id, prompt_id, version, content, created_by, created_at)
     select $1, $2, latest_version, $3, $4, app_now() from raised`,
    [orgId, id, content, userId],
  );
}

/** Of one owner; null counts the organisation's. Makes of one owner wait for each other. */
export async function countPromptsLocked(
  tx: Transaction,
  { orgId }: OrgScope,
  ownerId: string | null,
): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.prompts'), hashtext($1))`, [
    `${orgId} ${ownerId ?? ''}`,
  ]);
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count from workbench_prompts where org_id = $1 and owner_id is not distinct from $2`,
    [orgId, ownerId],
  );
  return row?.count ?? 0;
}

/** One's own and the organisation's, newest first. */
export async function selectPrompts(
  db: Queryable,
  { orgId, userId }: Person,
  page: { readonly limit: number; readonly afterId?: string | undefined },
): Promise<PromptRow[]> {
  return db.query<PromptRow>(
    `select ${PROMPT} from ${FROM}
     where p.org_id = $1 and ${IS_SEEN} and ($4::text is null or p.id < $4) order by p.id desc limit $3`,
    [orgId, userId, page.limit, page.afterId ?? null],
  );
}

export async function selectPrompt(
  db: Queryable,
  { orgId, userId }: Person,
  id: string,
): Promise<PromptRow | undefined> {
  const [row] = await db.query<PromptRow>(
    `select ${PROMPT} from ${FROM} where p.org_id = $1 and ${IS_SEEN} and p.id = $3`,
    [orgId, userId, id],
  );
  return row;
}

/** Held until the transaction ends. */
export async function lockPrompt(tx: Transaction, { orgId, userId }: Person, id: string): Promise<boolean> {
  const rows = await tx.query(
    `select 1 from workbench_prompts p where p.org_id = $1 and ${IS_SEEN} and p.id = $3 for no key update`,
    [orgId, userId, id],
  );
  return rows.length === 1;
}

export interface PromptVersionRow {
  readonly version: number;
  readonly content: string;
  readonly createdBy: string;
  readonly createdAt: Date;
}

/** The latest first, below the version that a cursor names. */
export async function selectPromptVersions(
  db: Queryable,
  { orgId }: OrgScope,
  id: string,
  page: { readonly limit: number; readonly below?: number | undefined },
): Promise<PromptVersionRow[]> {
  return db.query<PromptVersionRow>(
    `select version, content, created_by as "createdBy", created_at as "createdAt" from workbench_prompt_versions
     where org_id = $1 and prompt_id = $2 and ($4::integer is null or version < $4) order by version desc limit $3`,
    [orgId, id, page.limit, page.below ?? null],
  );
}

export async function updatePromptName(
  tx: Transaction,
  { orgId }: OrgScope,
  id: string,
  name: string,
): Promise<void> {
  await tx.query(
    `update workbench_prompts set name = $3, updated_at = app_now() where org_id = $1 and id = $2`,
    [orgId, id, name],
  );
}

/** With its versions; conversations keep the text that they took from it. */
export async function deletePrompt(tx: Transaction, { orgId }: OrgScope, id: string): Promise<void> {
  await tx.query(`delete from workbench_prompts where org_id = $1 and id = $2`, [orgId, id]);
}

export interface DefaultsRow {
  readonly promptId: string | null;
  readonly retentionDays: number | null;
}

export async function selectDefaults(db: Queryable, { orgId }: OrgScope): Promise<DefaultsRow> {
  const [row] = await db.query<DefaultsRow>(
    `select prompt_id as "promptId", retention_days as "retentionDays" from workbench_defaults where org_id = $1`,
    [orgId],
  );
  return row ?? { promptId: null, retentionDays: null };
}

/** Changes of one organisation wait for each other, also the first. */
export async function lockDefaults(tx: Transaction, { orgId }: OrgScope): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.workbench-defaults'), hashtext($1))`, [
    orgId,
  ]);
}

export async function upsertDefaults(
  tx: Transaction,
  { orgId, userId }: Person,
  to: DefaultsRow,
): Promise<void> {
  await tx.query(
    `insert into workbench_defaults (org_id, prompt_id, retention_days, changed_by, changed_at)
     values ($1, $2, $3, $4, app_now())
     on conflict (org_id) do update set prompt_id = excluded.prompt_id, retention_days = excluded.retention_days,
       changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
    [orgId, to.promptId, to.retentionDays, userId],
  );
}

/** The text that a new conversation begins with where nothing else is asked for. */
export async function selectDefaultPrompt(db: Queryable, person: Person): Promise<PromptRow | undefined> {
  const { promptId } = await selectDefaults(db, person);
  return promptId === null ? undefined : selectPrompt(db, person, promptId);
}
