import { useCallback, useEffect, useRef, useState } from 'react';
import type { ChatParameters } from '#contracts/workbench.ts';
import { given } from '../api/client.ts';
import { ProblemError } from '../api/problem-error.ts';
import { type AnswerStats, historyOf, type Message } from './chat-messages.ts';
import type { Asked, ConversationSaver } from './conversation-saver.ts';
import { type ChatTurn, streamChat } from './stream-chat.ts';

/** Each of the models answers in a column of its own. */
interface Prompt extends Asked {
  text: string;
  /** What was said before, kept or not. */
  history: readonly Message[];
}

/** Text arrives in more pieces than a screen can show; twenty paints a second read as flowing. */
const PAINT_INTERVAL_MS = 50;
const ERROR_CODE_CHARS_MAX = 100;
/** As gateways make them; an answer from somewhere else on the way has another or none. */
const REQUEST_ID = /^req_[0-9a-hjkmnp-tv-z]{26}$/;

/** What is said while the page is open: send, stop. Each question and each answer goes to the saver. */
export function useChat(saver: ConversationSaver) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const abort = useRef<AbortController | null>(null);
  const lastId = useRef(0);
  const isStreaming = messages.some(({ status }) => status === 'streaming');
  useEffect(() => () => abort.current?.abort(), []);

  const send = useCallback(
    async ({ text, history, ...setup }: Prompt) => {
      const { models, system, parameters } = setup;
      const firstId = lastId.current + 1;
      lastId.current += 1 + models.length;
      const question: Message = { id: `here-${firstId}`, role: 'user', text, status: 'done' };
      const answers = models.map((model, place) => newAnswer(`here-${firstId + 1 + place}`, model, place));
      setMessages((old) => [...old, question, ...answers]);
      const replace = (next: Message) =>
        setMessages((old) => old.map((message) => (message.id === next.id ? next : message)));
      saver.ask(setup, text, (savedId) => replace({ ...question, savedId }));
      const aborter = new AbortController();
      abort.current = aborter;
      await Promise.all(
        answers.map(async (answer, place) => {
          const paint = createPainter(answer, replace);
          const turns = turnsOf({ system, text, history }, place);
          const model = models[place] ?? '';
          const ended = await runAnswer({ model, turns, parameters, signal: aborter.signal, paint });
          saver.save([{ ...savedAnswer(ended), parameters: given(parameters), place }], ([savedId]) => {
            if (savedId !== undefined) paint((message) => ({ ...message, savedId }), true);
          });
        }),
      );
    },
    [saver],
  );
  const stop = useCallback(() => abort.current?.abort(), []);
  return { messages, isStreaming, send, stop };
}

function turnsOf(
  { system, text, history }: Pick<Prompt, 'system' | 'text' | 'history'>,
  place: number,
): ChatTurn[] {
  return [
    ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
    ...historyOf(history, place).map((message) => ({ role: message.role, content: message.text })),
    { role: 'user', content: text },
  ];
}

function savedAnswer({ text, model, status, finishReason, requestId, error }: Message) {
  return {
    role: 'assistant' as const,
    content: text,
    model: model ?? '',
    status: status === 'streaming' ? ('stopped' as const) : status,
    finish_reason: finishReason ?? null,
    request_id: requestId && REQUEST_ID.test(requestId) ? requestId : null,
    error_code: error instanceof ProblemError ? error.code.slice(0, ERROR_CODE_CHARS_MAX) : null,
  };
}

type Paint = (change: (message: Message) => Message, isUrgent?: boolean) => Message;

async function runAnswer(input: {
  model: string;
  turns: ChatTurn[];
  parameters: ChatParameters;
  signal: AbortSignal;
  paint: Paint;
}): Promise<Message> {
  const { model, turns, parameters, signal, paint } = input;
  const withStats = (change: (stats: AnswerStats) => Partial<AnswerStats>) => (message: Message) =>
    message.stats ? { ...message, stats: { ...message.stats, ...change(message.stats) } } : message;
  try {
    const finishReason = await streamChat({
      model,
      messages: turns,
      parameters,
      signal,
      onStart: (requestId) => paint((message) => ({ ...message, requestId })),
      onText: (text) => {
        const nowMs = performance.now();
        const count = withStats((stats) => ({
          firstTextAtMs: stats.firstTextAtMs ?? nowMs,
          lastTextAtMs: nowMs,
          ...(stats.isExact ? {} : { completionTokens: stats.completionTokens + 1 }),
        }));
        paint((message) => ({ ...count(message), text: message.text + text }));
      },
      onUsage: (usage) =>
        paint(
          withStats(() => ({
            promptTokens: usage.prompt_tokens,
            completionTokens: usage.completion_tokens,
            isExact: true,
          })),
        ),
    });
    return paint((message) => ({ ...message, status: 'done', finishReason }), true);
  } catch (error) {
    if (signal.aborted) return paint((message) => ({ ...message, status: 'stopped' }), true);
    const requestId = error instanceof ProblemError ? (error.requestId ?? null) : null;
    return paint(
      (message) => ({ ...message, status: 'failed', error, requestId: message.requestId ?? requestId }),
      true,
    );
  }
}

/** Applies every change at once to a copy of its own, and shows that copy at most every 50 ms. */
function createPainter(first: Message, show: (message: Message) => void): Paint {
  let current = first;
  let timer = 0;
  const flush = () => {
    timer = 0;
    show(current);
  };
  return (change, isUrgent = false) => {
    current = change(current);
    if (isUrgent) {
      window.clearTimeout(timer);
      flush();
    } else if (timer === 0) {
      timer = window.setTimeout(flush, PAINT_INTERVAL_MS);
    }
    return current;
  };
}

function newAnswer(id: string, model: string, place: number): Message {
  return {
    id,
    role: 'assistant',
    text: '',
    status: 'streaming',
    model,
    place,
    stats: {
      startedAtMs: performance.now(),
      firstTextAtMs: null,
      lastTextAtMs: null,
      promptTokens: null,
      completionTokens: 0,
      isExact: false,
    },
  };
}
