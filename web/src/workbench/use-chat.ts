import { useCallback, useEffect, useRef, useState } from 'react';
import { type ChatTurn, streamChat } from './stream-chat.ts';

/** Figures of one answer. While it streams, tokens are counted by chunk; the engine's own count replaces them. */
export interface AnswerStats {
  startedAtMs: number;
  firstTextAtMs: number | null;
  lastTextAtMs: number | null;
  promptTokens: number | null;
  completionTokens: number;
  isExact: boolean;
  requestId: string | null;
}

export interface Message {
  id: number;
  role: 'user' | 'assistant';
  text: string;
  status: 'done' | 'streaming' | 'stopped' | 'failed';
  error?: unknown;
  finishReason?: string | null;
  stats?: AnswerStats;
}

interface Prompt {
  model: string;
  system: string;
  text: string;
}

/** Text arrives in more pieces than a screen can show; twenty paints a second read as flowing. */
const PAINT_INTERVAL_MS = 50;

/** One conversation, kept while the page is open: send, stop, start anew. */
export function useChat() {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const abort = useRef<AbortController | null>(null);
  const lastId = useRef(0);
  const isStreaming = messages.at(-1)?.status === 'streaming';
  useEffect(() => () => abort.current?.abort(), []);

  const send = useCallback(
    async ({ model, system, text }: Prompt) => {
      lastId.current += 2;
      const answerId = lastId.current;
      const question: Message = { id: answerId - 1, role: 'user', text, status: 'done' };
      const answer = newAnswer(answerId);
      setMessages((old) => [...old, question, answer]);
      const turns: ChatTurn[] = [
        ...(system.trim() === '' ? [] : [{ role: 'system' as const, content: system }]),
        ...messages
          .filter((message) => message.text !== '')
          .map((message) => ({ role: message.role, content: message.text })),
        { role: 'user', content: text },
      ];
      abort.current = new AbortController();
      const paint = createPainter(answer, (next) => {
        setMessages((old) => old.map((message) => (message.id === answerId ? next : message)));
      });
      await runAnswer({ model, turns, signal: abort.current.signal, paint });
    },
    [messages],
  );
  const stop = useCallback(() => abort.current?.abort(), []);
  const clear = useCallback(() => {
    abort.current?.abort();
    setMessages([]);
  }, []);
  return { messages, isStreaming, send, stop, clear };
}

type Paint = (change: (message: Message) => Message, isUrgent?: boolean) => void;

async function runAnswer(input: { model: string; turns: ChatTurn[]; signal: AbortSignal; paint: Paint }) {
  const { model, turns, signal, paint } = input;
  const withStats = (change: (stats: AnswerStats) => Partial<AnswerStats>) => (message: Message) =>
    message.stats ? { ...message, stats: { ...message.stats, ...change(message.stats) } } : message;
  try {
    const finishReason = await streamChat({
      model,
      messages: turns,
      signal,
      onStart: (requestId) => paint(withStats(() => ({ requestId }))),
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
    paint((message) => ({ ...message, status: 'done', finishReason }), true);
  } catch (error) {
    if (signal.aborted) paint((message) => ({ ...message, status: 'stopped' }), true);
    else paint((message) => ({ ...message, status: 'failed', error }), true);
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
  };
}

function newAnswer(id: number): Message {
  return {
    id,
    role: 'assistant',
    text: '',
    status: 'streaming',
    stats: {
      startedAtMs: performance.now(),
      firstTextAtMs: null,
      lastTextAtMs: null,
      promptTokens: null,
      completionTokens: 0,
      isExact: false,
      requestId: null,
    },
  };
}
