import type { AnswerFigures, MessageView } from '#contracts/workbench.ts';
import { ProblemError } from '../api/problem-error.ts';

/** Figures of one answer. While it streams, tokens are counted by chunk; the engine's own count replaces them. */
export interface AnswerStats {
  startedAtMs: number;
  firstTextAtMs: number | null;
  lastTextAtMs: number | null;
  promptTokens: number | null;
  completionTokens: number;
  isExact: boolean;
}

export interface Message {
  id: string;
  role: 'user' | 'assistant';
  text: string;
  status: 'done' | 'streaming' | 'stopped' | 'failed';
  error?: unknown;
  finishReason?: string | null;
  model?: string | null;
  /** Which of several models side by side. */
  place?: number;
  requestId?: string | null;
  /** As this page saw it. */
  stats?: AnswerStats;
  /** As the ledger has it. */
  figures?: AnswerFigures | null;
  /** The server's id, once it is kept. */
  savedId?: string;
}

/**
 * What is kept, and after it what is said here and not kept yet. Of what is both, the text and the figures are the
 * server's, and the error is the one that this page met.
 */
export function mergeMessages(kept: readonly MessageView[], here: readonly Message[]): Message[] {
  const bySavedId = new Map(here.flatMap((message) => (message.savedId ? [[message.savedId, message]] : [])));
  const keptIds = new Set(kept.map(({ id }) => id));
  return [
    ...kept.map((view) => toMessage(view, bySavedId.get(view.id))),
    ...here.filter(({ savedId }) => savedId === undefined || !keptIds.has(savedId)),
  ];
}

export interface Turn {
  question: Message | null;
  /** Of models side by side, in the order of their places. */
  answers: Message[];
}

/** Each question with what answered it. */
export function turnsOfMessages(messages: readonly Message[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === 'user') turns.push({ question: message, answers: [] });
    else if (turns.length === 0) turns.push({ question: null, answers: [message] });
    else turns.at(-1)?.answers.push(message);
  }
  const placeOf = ({ place = 0 }: Message) => place;
  return turns.map(({ question, answers }) => ({
    question,
    answers: answers.toSorted((a, b) => placeOf(a) - placeOf(b)),
  }));
}

/** What a model in this place goes on from: its own answers; where it had none, those of the first one. */
export function historyOf(messages: readonly Message[], place: number): Message[] {
  return turnsOfMessages(messages).flatMap(({ question, answers }) => {
    const said = answers.filter(({ text }) => text !== '');
    const own = said.find((answer) => answer.place === place) ?? said[0];
    return [...(question ? [question] : []), ...(own ? [own] : [])];
  });
}

function toMessage(view: MessageView, here: Message | undefined): Message {
  return {
    id: here?.id ?? view.id,
    role: view.role,
    text: view.content,
    status: view.status,
    finishReason: view.finish_reason,
    model: view.model,
    place: view.place,
    requestId: view.request_id,
    figures: view.figures,
    savedId: view.id,
    ...(view.status === 'failed' ? { error: here?.error ?? errorOf(view) } : {}),
    ...(here?.stats ? { stats: here.stats } : {}),
  };
}

function errorOf({ error_code, request_id }: MessageView): ProblemError {
  const code = error_code ?? 'internal';
  return new ProblemError({
    status: 0,
    code,
    detail: code,
    ...(request_id === null ? {} : { request_id }),
  });
}
