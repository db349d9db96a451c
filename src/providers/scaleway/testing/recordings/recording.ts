import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseYaml } from './yaml.ts';

/** One call that somebody once made to the real API, and what it answered. */
export interface Interaction {
  readonly index: number;
  readonly method: string;
  /** With the version that we speak: the block API answered alike under its earlier name. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly requestBody: string;
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Recording {
  readonly name: string;
  /** `errors`: answers alone, without an order among them. */
  readonly kind: 'cassette' | 'errors';
  readonly interactions: readonly Interaction[];
}

const text = z.union([z.string(), z.null(), z.number()]).optional();
const headersSchema = z.record(z.string(), z.union([z.string(), z.array(z.unknown())])).nullish();

const interactionSchema = z.object({
  request: z.object({ method: z.string(), url: z.string(), body: text }),
  response: z.object({ code: z.number(), body: text, headers: headersSchema }),
});
const answerSchema = z.object({
  method: z.string(),
  url: z.string(),
  code: z.number(),
  body: text,
  headers: headersSchema,
});

/** Every recording of a folder, in the order of their names; others are told with the reason. */
export function readRecordings(folder: string): { recordings: Recording[]; others: string[] } {
  const recordings: Recording[] = [];
  const others: string[] = [];
  for (const name of readdirSync(folder).toSorted((a, b) => (a < b ? -1 : 1))) {
    if (!/\.(ya?ml|json)$/.test(name)) continue;
    const recording = readRecording(name, readFileSync(join(folder, name), 'utf8'));
    if (recording) recordings.push(recording);
    else others.push(name);
  }
  return { recordings, others };
}

export function readRecording(name: string, content: string): Recording | undefined {
  const data: unknown = name.endsWith('.json') ? JSON.parse(content) : parseYaml(content);
  const rows = Array.isArray(data) ? data : (data as { interactions?: unknown } | null)?.interactions;
  const cassette = z.array(interactionSchema).safeParse(rows);
  if (cassette.success) {
    const interactions = cassette.data.map(({ request, response }, index) =>
      interactionOf(index, { ...response, method: request.method, url: request.url }, request.body),
    );
    return { name, kind: 'cassette', interactions };
  }
  const answers = z.array(answerSchema).safeParse(rows);
  if (!answers.success) return undefined;
  return {
    name,
    kind: 'errors',
    interactions: answers.data.map((one, index) => interactionOf(index, one, '')),
  };
}

function interactionOf(
  index: number,
  answer: z.infer<typeof answerSchema>,
  requestBody: z.infer<typeof text>,
): Interaction {
  const url = new URL(answer.url);
  const headers = Object.entries(answer.headers ?? {}).map(([key, value]) => [
    key.toLowerCase(),
    String([value].flat()[0] ?? ''),
  ]);
  return {
    index,
    method: answer.method.toUpperCase(),
    path: url.pathname.replace('/block/v1alpha1/', '/block/v1/').replace(/\/$/, ''),
    query: url.searchParams,
    requestBody: String(requestBody ?? ''),
    code: answer.code,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: String(answer.body ?? ''),
  };
}
