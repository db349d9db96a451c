/** SQL of conversations. What somebody may see is part of each statement: others' are not there. */
import type { ChatParameters, Sharing } from '#contracts/workbench.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Person } from './person.ts';

export interface ConversationRow {
  readonly orgId: string;
  readonly id: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly hasOwnerLeft: boolean;
  readonly projectId: string | null;
  readonly title: string;
  readonly sharing: Sharing;
  readonly linkId: string | null;
  readonly models: string[];
  readonly systemPrompt: string;
  readonly promptId: string | null;
  readonly promptVersion: number | null;
  readonly parameters: ChatParameters;
  readonly messages: number;
  readonly turns: number;
  readonly bytes: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costMicros: number;
  readonly unpriced: number;
  readonly pending: number;
}

const IS_MEMBER = `exists (select from memberships m where m.org_id = c.org_id and m.user_id = c.owner_id)`;
const CONVERSATION = `c.org_id as "orgId", c.id, c.owner_id as "ownerId", coalesce(u.username, c.owner_id) as "ownerName",
  not ${IS_MEMBER} as "hasOwnerLeft", c.project_id as "projectId", c.title, c.sharing, c.link_id as "linkId", c.models,
  c.system_prompt as "systemPrompt", c.prompt_id as "promptId", c.prompt_version as "promptVersion", c.parameters,
  c.messages, c.turns, c.bytes, c.created_at as "createdAt", c.updated_at as "updatedAt", s.*`;
// Figures without a request of their own are those of a copy: nobody paid for them here.
const FROM = `workbench_conversations c
  left join users u on u.id = c.owner_id
  cross join lateral (
    select coalesce(sum(prompt_tokens) filter (where request_id is not null), 0)::bigint as "promptTokens",
      coalesce(sum(completion_tokens) filter (where request_id is not null), 0)::bigint as "completionTokens",
      coalesce(sum(cost_micros) filter (where request_id is not null), 0)::bigint as "costMicros",
      count(*) filter (where request_id is not null and figures <> 'pending' and cost_micros is null) as unpriced,
      count(*) filter (where figures = 'pending') as pending
    from workbench_messages where org_id = c.org_id and conversation_id = c.id) s`;
const IS_SEEN = `(c.owner_id = $2 or c.sharing = 'organisation')`;

export interface NewConversation {
  readonly id: string;
  readonly projectId: string | null;
  readonly title: string;
  readonly words: readonly string[];
  readonly models: readonly string[];
  readonly systemPrompt: string;
  readonly promptId: string | null;
  readonly promptVersion: number | null;
  readonly parameters: ChatParameters;
}

export async function insertConversation(
  tx: Transaction,
  { orgId, userId }: Person,
  made: NewConversation,
): Promise<void> {
  await tx.query(
    `insert into workbench_conversations (org_id, id, owner_id, project_id, title, words, sharing, models,
       system_prompt, prompt_id, prompt_version, parameters, created_at, updated_at)
     values ($1, $2, $3, $4, $5, array_to_tsvector($6), 'private', $7, $8, $9, $10, $11,
       date_trunc('milliseconds', app_now()), date_trunc('milliseconds', app_now()))`,
    [
      orgId,
      made.id,
      userId,
      made.projectId,
      made.title,
      made.words,
      made.models,
      made.systemPrompt,
      made.promptId,
      made.promptVersion,
      JSON.stringify(made.parameters),
    ],
  );
}

/** Makes of one person wait for each other, so that a limit on their number holds. */
export async function countConversationsLocked(tx: Transaction, { orgId, userId }: Person): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.workbench'), hashtext($1))`, [
    `${orgId} ${userId}`,
  ]);
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count from workbench_conversations where org_id = $1 and owner_id = $2`,
    [orgId, userId],
  );
  return row?.count ?? 0;
}

/** One's own, or shared with the organisation. */
export async function selectConversation(
  db: Queryable,
  { orgId, userId }: Person,
  id: string,
): Promise<ConversationRow | undefined> {
  const [row] = await db.query<ConversationRow>(
    `select ${CONVERSATION} from ${FROM} where c.org_id = $1 and ${IS_SEEN} and c.id = $3`,
    [orgId, userId, id],
  );
  return row;
}

/** By its link, as long as its owner is there to take it back. */
export async function selectLinked(
  db: Queryable,
  { orgId }: OrgScope,
  linkId: string,
): Promise<ConversationRow | undefined> {
  const [row] = await db.query<ConversationRow>(
    `select ${CONVERSATION} from ${FROM} where c.org_id = $1 and c.link_id = $2 and ${IS_MEMBER}`,
    [orgId, linkId],
  );
  return row;
}

export interface ConversationFilter {
  readonly whose: 'mine' | 'shared' | 'all';
  /** `none`: in no chat project. */
  readonly projectId?: string | undefined;
  /** A tsquery. */
  readonly search?: string | undefined;
}

/**
 * The latest first. Uses workbench_conversations_of_owner and workbench_conversations_shared. A search goes through
 * the words of what somebody may see: behind row-level security an index on words would not be used, because the
 * operator could tell of the rows of others.
 */
export async function selectConversations(
  db: Queryable,
  { orgId, userId }: Person,
  filter: ConversationFilter,
  page: { readonly limit: number; readonly after?: { updatedAt: string; id: string } | undefined },
): Promise<ConversationRow[]> {
  const values: unknown[] = [orgId, userId, page.limit];
  const place = (value: unknown) => `$${values.push(value)}`;
  const conditions = ['c.org_id = $1', WHOSE[filter.whose]];
  if (filter.projectId === 'none') conditions.push('c.project_id is null');
  else if (filter.projectId !== undefined) conditions.push(`c.project_id = ${place(filter.projectId)}`);
  if (filter.search !== undefined) {
    const search = `${place(filter.search)}::tsquery`;
    conditions.push(`(c.words @@ ${search} or exists (select from workbench_messages f
      where f.org_id = c.org_id and f.conversation_id = c.id and f.words @@ ${search}))`);
  }
  if (page.after) {
    const { updatedAt, id } = page.after;
    conditions.push(`(c.updated_at, c.id) < (${place(updatedAt)}::timestamptz, ${place(id)})`);
  }
  return db.query<ConversationRow>(
    `select ${CONVERSATION} from ${FROM} where ${conditions.join(' and ')}
     order by c.updated_at desc, c.id desc limit $3`,
    values,
  );
}

const WHOSE = {
  mine: 'c.owner_id = $2',
  shared: `c.owner_id <> $2 and c.sharing = 'organisation'`,
  all: IS_SEEN,
} as const;

export interface LockedConversation {
  readonly id: string;
  readonly ownerId: string;
  readonly hasOwnerLeft: boolean;
  readonly sharing: Sharing;
  readonly linkId: string | null;
  readonly title: string;
  readonly messages: number;
  readonly turns: number;
  readonly bytes: number;
}

/** Held until the transaction ends, so that messages get their places one after another. */
export async function lockConversation(
  tx: Transaction,
  { orgId, userId }: Person,
  id: string,
): Promise<LockedConversation | undefined> {
  const [row] = await tx.query<LockedConversation>(
    `select c.id, c.owner_id as "ownerId", not ${IS_MEMBER} as "hasOwnerLeft", c.sharing, c.link_id as "linkId",
       c.title, c.messages, c.turns, c.bytes
     from workbench_conversations c where c.org_id = $1 and ${IS_SEEN} and c.id = $3 for no key update of c`,
    [orgId, userId, id],
  );
  return row;
}

export interface ConversationChange {
  readonly title?: string | undefined;
  readonly words?: readonly string[] | undefined;
  readonly projectId?: string | null | undefined;
  readonly models?: readonly string[] | undefined;
  readonly prompt?:
    | { readonly text: string; readonly id: string | null; readonly version: number | null }
    | undefined;
  readonly parameters?: ChatParameters | undefined;
}

/** What is left out stays. Naming or moving it makes it no newer. */
export async function updateConversation(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  change: ConversationChange,
): Promise<void> {
  const values: unknown[] = [scope.orgId, id];
  const sets: string[] = [];
  const set = (column: string, value: unknown, form = (place: string) => place) => {
    sets.push(`${column} = ${form(`$${values.push(value)}`)}`);
  };
  if (change.title !== undefined) {
    set('title', change.title);
    set('words', change.words ?? [], (place) => `array_to_tsvector(${place})`);
  }
  if (change.projectId !== undefined) set('project_id', change.projectId);
  if (change.models !== undefined) set('models', change.models);
  if (change.parameters !== undefined) set('parameters', JSON.stringify(change.parameters));
  if (change.prompt !== undefined) {
    set('system_prompt', change.prompt.text);
    set('prompt_id', change.prompt.id);
    set('prompt_version', change.prompt.version);
  }
  if (sets.length === 0) return;
  await tx.query(
    `update workbench_conversations set ${sets.join(', ')} where org_id = $1 and id = $2`,
    values,
  );
}

export async function updateSharing(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  to: { readonly sharing: Sharing; readonly linkId: string | null },
): Promise<void> {
  await tx.query(
    `update workbench_conversations set sharing = $3, link_id = $4 where org_id = $1 and id = $2`,
    [scope.orgId, id, to.sharing, to.linkId],
  );
}

/** Whoever adds messages holds the row. */
export async function updateSums(
  tx: Transaction,
  scope: OrgScope,
  id: string,
  sums: { readonly messages: number; readonly turns: number; readonly bytes: number },
): Promise<void> {
  await tx.query(
    `update workbench_conversations set messages = $3, turns = $4, bytes = $5,
       updated_at = date_trunc('milliseconds', app_now())
     where org_id = $1 and id = $2`,
    [scope.orgId, id, sums.messages, sums.turns, sums.bytes],
  );
}

/** With its messages. */
export async function deleteConversation(tx: Transaction, scope: OrgScope, id: string): Promise<void> {
  await tx.query(`delete from workbench_conversations where org_id = $1 and id = $2`, [scope.orgId, id]);
}
