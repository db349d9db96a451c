/** From rows to what people see. */
import type {
  AnswerFigures,
  ChatProjectView,
  ConversationView,
  MessageView,
  PromptView,
} from '#contracts/workbench.ts';
import type { ConversationRow } from './conversation-store.ts';
import type { MessageRow } from './message-store.ts';
import type { Person } from './person.ts';
import type { ChatProjectRow } from './project-store.ts';
import type { PromptRow } from './prompt-store.ts';

export function toConversationView(
  row: ConversationRow,
  { userId }: Pick<Person, 'userId'>,
): ConversationView {
  const isOwn = row.ownerId === userId;
  return {
    id: row.id,
    title: row.title,
    project_id: row.projectId,
    owner: { id: row.ownerId, username: row.ownerName, has_left: row.hasOwnerLeft },
    is_own: isOwn,
    sharing: row.sharing,
    link_id: isOwn ? row.linkId : null,
    models: row.models,
    system_prompt: row.systemPrompt,
    prompt:
      row.promptId === null || row.promptVersion === null
        ? null
        : { id: row.promptId, version: row.promptVersion },
    parameters: row.parameters,
    messages: row.messages,
    turns: row.turns,
    bytes: row.bytes,
    totals: {
      prompt_tokens: row.promptTokens,
      completion_tokens: row.completionTokens,
      cost_micros: row.costMicros,
      unpriced: row.unpriced,
      pending: row.pending,
    },
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** Requests are told to whom they belong: others cannot look them up. */
export function toMessageView(row: MessageRow, isOwn: boolean): MessageView {
  return {
    id: row.id,
    position: row.position,
    turn: row.turn,
    place: row.place,
    role: row.role,
    content: row.content,
    model: row.model,
    parameters: row.parameters,
    status: row.status,
    finish_reason: row.finishReason,
    error_code: row.errorCode,
    request_id: isOwn ? row.requestId : null,
    figures: figuresOf(row),
    created_at: row.createdAt.toISOString(),
  };
}

function figuresOf(row: MessageRow): AnswerFigures | null {
  if (row.figures === null) return null;
  return {
    state: row.figures,
    outcome: row.outcome,
    ttft_ms: row.ttftMs,
    total_ms: row.totalMs,
    prompt_tokens: row.promptTokens,
    completion_tokens: row.completionTokens,
    cached_tokens: row.cachedTokens,
    tokens_per_second: tokensPerSecond(row),
    cost_micros: row.costMicros,
  };
}

/** The first token ends the wait and starts the clock, so n tokens took n - 1 steps. */
export function tokensPerSecond({
  ttftMs,
  totalMs,
  completionTokens,
}: Pick<MessageRow, 'ttftMs' | 'totalMs' | 'completionTokens'>): number | null {
  if (ttftMs === null || totalMs === null || completionTokens === null || completionTokens < 2) return null;
  const seconds = (totalMs - ttftMs) / 1_000;
  return seconds <= 0 ? null : (completionTokens - 1) / seconds;
}

export function toChatProjectView(row: ChatProjectRow, { userId }: Pick<Person, 'userId'>): ChatProjectView {
  return {
    id: row.id,
    name: row.name,
    sharing: row.sharing,
    organisation_project_id: row.organisationProjectId,
    owner: { id: row.ownerId, username: row.ownerName },
    is_own: row.ownerId === userId,
    conversations: row.conversations,
    archived_at: row.archivedAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

export function toPromptView(row: PromptRow): PromptView {
  return {
    id: row.id,
    name: row.name,
    for: row.ownerId === null ? 'organisation' : 'me',
    version: row.version,
    content: row.content,
    is_default: row.isDefault,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
