/** SQL of messages. Who may read them is judged on their conversation. */
import type { ChatParameters } from '#contracts/workbench.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { AskedRequest, RequestFigures } from '#finops/queries.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface MessageRow {
  readonly id: string;
  readonly position: number;
  readonly turn: number;
  readonly place: number;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly model: string | null;
  readonly parameters: ChatParameters | null;
  readonly status: 'done' | 'stopped' | 'failed';
  readonly finishReason: string | null;
  readonly errorCode: string | null;
  readonly requestId: string | null;
  readonly figures: 'pending' | 'known' | 'unknown' | null;
  readonly outcome: string | null;
  readonly ttftMs: number | null;
  readonly totalMs: number | null;
  readonly promptTokens: number | null;
  readonly completionTokens: number | null;
  readonly cachedTokens: number | null;
  readonly costMicros: number | null;
  readonly createdAt: Date;
}

const MESSAGE = `id, position, turn, place, role, content, model, parameters, status, finish_reason as "finishReason",
  error_code as "errorCode", request_id as "requestId", figures, outcome, ttft_ms as "ttftMs", total_ms as "totalMs",
  prompt_tokens as "promptTokens", completion_tokens as "completionTokens", cached_tokens as "cachedTokens",
  cost_micros as "costMicros", created_at as "createdAt"`;

export interface NewMessageRow {
  readonly id: string;
  readonly position: number;
  readonly turn: number;
  readonly place: number;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly words: readonly string[];
  readonly model: string | null;
  readonly parameters: ChatParameters | null;
  readonly status: 'done' | 'stopped' | 'failed';
  readonly finishReason: string | null;
  readonly errorCode: string | null;
  readonly requestId: string | null;
}

/** Those with a request wait for their figures. */
export async function insertMessages(
  tx: Transaction,
  scope: OrgScope,
  to: { readonly conversationId: string; readonly askedBy: string },
  rows: readonly NewMessageRow[],
): Promise<void> {
  await tx.query(
    `insert into workbench_messages (org_id, conversation_id, position, id, turn, place, role, content, words, model,
       parameters, status, finish_reason, error_code, request_id, asked_by, figures, created_at)
     select $1, $2, r.position, r.id, r.turn, r.place, r.role, r.content,
       array_to_tsvector(array(select jsonb_array_elements_text(r.words))), r.model,
       nullif(r.parameters, 'null'), r.status, r."finishReason", r."errorCode", r."requestId", $3,
       case when r."requestId" is not null then 'pending' end, app_now()
     from jsonb_to_recordset($4::jsonb) as r (
       id text, position integer, turn integer, place integer, role text, content text, words jsonb, model text,
       parameters jsonb, status text, "finishReason" text, "errorCode" text, "requestId" text)
     order by r.position`,
    [scope.orgId, to.conversationId, to.askedBy, JSON.stringify(rows)],
  );
}

/** In their order, after the position that a cursor names. */
export async function selectMessages(
  db: Queryable,
  scope: OrgScope,
  conversationId: string,
  page: { readonly limit: number; readonly after: number },
): Promise<MessageRow[]> {
  return db.query<MessageRow>(
    `select ${MESSAGE} from workbench_messages
     where org_id = $1 and conversation_id = $2 and position > $3 order by position limit $4`,
    [scope.orgId, conversationId, page.after, page.limit],
  );
}

/**
 * As many as there are ids; gives their number. With the figures that are known by now, and without their requests: those stay with the one whose they are, and are
 * counted there.
 */
export async function copyMessages(
  tx: Transaction,
  scope: OrgScope,
  copy: {
    readonly fromId: string;
    readonly toId: string;
    readonly by: string;
    readonly ids: readonly string[];
  },
): Promise<number> {
  const rows = await tx.query(
    `insert into workbench_messages (org_id, conversation_id, position, id, turn, place, role, content, words, model,
       parameters, status, finish_reason, error_code, asked_by, figures, model_id, outcome, ttft_ms, total_ms,
       prompt_tokens, completion_tokens, cached_tokens, cost_micros, created_at)
     select org_id, $3, position, ($5::text[])[row_number() over (order by position)::integer], turn, place, role, content, words,
       model, parameters, status, finish_reason, error_code, $4, case when figures = 'known' then figures end, model_id,
       outcome, ttft_ms, total_ms, prompt_tokens, completion_tokens, cached_tokens, cost_micros, created_at
     from workbench_messages where org_id = $1 and conversation_id = $2 and position <= cardinality($5::text[])
     order by position returning 1`,
    [scope.orgId, copy.fromId, copy.toId, copy.by, copy.ids],
  );
  return rows.length;
}

export interface PendingAnswer extends AskedRequest {
  readonly id: string;
  readonly createdAt: Date;
}

const PENDING = `org_id as "orgId", asked_by as "userId", request_id as "requestId", id, created_at as "createdAt"`;

export async function selectPendingOf(
  db: Queryable,
  scope: OrgScope,
  conversationId: string,
  limit: number,
): Promise<PendingAnswer[]> {
  return db.query<PendingAnswer>(
    `select ${PENDING} from workbench_messages
     where org_id = $1 and conversation_id = $2 and figures = 'pending' order by position desc limit $3`,
    [scope.orgId, conversationId, limit],
  );
}

/** Of all organisations, the oldest first. Uses workbench_messages_pending. */
export async function selectPending(
  db: Queryable,
  page: { readonly limit: number; readonly after?: { createdAt: Date; id: string } | undefined },
): Promise<PendingAnswer[]> {
  return db.query<PendingAnswer>(
    `select ${PENDING} from workbench_messages
     where figures = 'pending' and ($2::timestamptz is null or (created_at, id) > ($2, $3))
     order by workbench_messages.created_at, id limit $1`,
    [page.limit, page.after?.createdAt ?? null, page.after?.id ?? null],
  );
}

/** Writes what is known; what was settled by somebody else meanwhile stays as it is. */
export async function updateFigures(db: Queryable, found: readonly RequestFigures[]): Promise<void> {
  await db.query(
    `update workbench_messages w set figures = 'known', model = coalesce(f.model, w.model), model_id = f."modelId",
       outcome = f.outcome, ttft_ms = f."ttftMs", total_ms = f."totalMs", prompt_tokens = f."promptTokens",
       completion_tokens = f."completionTokens", cached_tokens = f."cachedTokens", cost_micros = f."costMicros"
     from jsonb_to_recordset($1::jsonb) as f (
       "orgId" text, "userId" text, "requestId" text, model text, "modelId" text, outcome text,
       "ttftMs" double precision, "totalMs" double precision, "promptTokens" integer, "completionTokens" integer,
       "cachedTokens" integer, "costMicros" bigint)
     where w.org_id = f."orgId" and w.asked_by = f."userId" and w.request_id = f."requestId" and w.figures = 'pending'`,
    [JSON.stringify(found)],
  );
}

/** Of whom the ledger never heard. */
export async function giveUpFigures(db: Queryable, hours: number): Promise<void> {
  await db.query(
    `update workbench_messages set figures = 'unknown'
     where figures = 'pending' and created_at < app_now() - make_interval(hours => $1)`,
    [hours],
  );
}
