import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
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
  /** Rows that are no call with an answer. */
  readonly unreadable: number;
}

/** Why a file is not replayed. */
export type FileSkip =
  | 'empty_file'
  | 'file_of_another_kind'
  | 'file_that_is_no_recording'
  | 'file_that_cannot_be_read'
  | 'file_too_large'
  | 'no_interactions'
  | 'text_that_cannot_be_read';

export type RecordingFile = { readonly name: string } & (
  | { readonly recording: Recording }
  | { readonly skip: FileSkip; readonly detail: string }
);

/** More than any recording holds, and little enough to be held in memory. */
const FILE_BYTES_MAX = 128 * 1_048_576;
const DEPTH_MAX = 12;

const text = z.union([z.string(), z.null(), z.number()]).optional();
const headersSchema = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.unknown())])).nullish();

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

/** Every file of a folder and of those in it, in the order of their names, one at a time: together they are large. */
export function* readRecordings(folder: string): Generator<RecordingFile> {
  for (const name of filesIn(folder, '', DEPTH_MAX)) yield readFile(folder, name);
}

function filesIn(folder: string, below: string, depth: number): string[] {
  const entries = readdirSync(join(folder, below), { withFileTypes: true });
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = join(below, entry.name);
      if (!entry.isDirectory()) return [name];
      return depth > 0 && !entry.name.startsWith('.') ? filesIn(folder, name, depth - 1) : [];
    });
}

function readFile(folder: string, name: string): RecordingFile {
  if (!/\.(ya?ml|json)(\.gz)?$/.test(name)) return { name, skip: 'file_of_another_kind', detail: '' };
  let bytes: Buffer;
  try {
    const path = join(folder, name);
    const facts = statSync(path);
    if (!facts.isFile()) return { name, skip: 'file_of_another_kind', detail: 'it is no plain file' };
    if (facts.size > FILE_BYTES_MAX) return { name, skip: 'file_too_large', detail: `${facts.size} bytes` };
    bytes = readFileSync(path);
    if (name.endsWith('.gz')) bytes = gunzipSync(bytes, { maxOutputLength: FILE_BYTES_MAX });
  } catch (error) {
    return { name, skip: 'file_that_cannot_be_read', detail: wordOf(error) };
  }
  return readContent(name, bytes.toString('utf8').replace(/^\uFEFF/, ''));
}

export function readContent(name: string, content: string): RecordingFile {
  if (content.trim() === '') return { name, skip: 'empty_file', detail: '' };
  try {
    return readRecording(name, content);
  } catch (error) {
    return { name, skip: 'text_that_cannot_be_read', detail: wordOf(error) };
  }
}

function readRecording(name: string, content: string): RecordingFile {
  const data: unknown = /\.json(\.gz)?$/.test(name) ? JSON.parse(content) : parseYaml(content);
  const rows = Array.isArray(data) ? data : (data as { interactions?: unknown } | null)?.interactions;
  if (!Array.isArray(rows)) return { name, skip: 'file_that_is_no_recording', detail: 'no list of calls' };
  if (rows.length === 0) return { name, skip: 'no_interactions', detail: '' };
  for (const [kind, read] of [
    ['cassette', callOf],
    ['errors', answerOf],
  ] as const) {
    const interactions = rows.map(read).filter((one) => one !== undefined);
    if (interactions.length === 0) continue;
    const unreadable = rows.length - interactions.length;
    // Their places are those among the readable ones: what is replayed counts by them.
    const numbered = interactions.map((one, index) => ({ ...one, index }));
    return { name, recording: { name, kind, interactions: numbered, unreadable } };
  }
  return { name, skip: 'file_that_is_no_recording', detail: 'no row of it is a call' };
}

function callOf(row: unknown, index: number): Interaction | undefined {
  const read = interactionSchema.safeParse(row);
  if (!read.success) return undefined;
  const { request, response } = read.data;
  return interactionOf(index, { ...response, method: request.method, url: request.url }, request.body);
}

function answerOf(row: unknown, index: number): Interaction | undefined {
  const read = answerSchema.safeParse(row);
  return read.success ? interactionOf(index, read.data, '') : undefined;
}

function interactionOf(
  index: number,
  answer: z.infer<typeof answerSchema>,
  requestBody: z.infer<typeof text>,
): Interaction | undefined {
  const url = URL.parse(answer.url, 'https://api.scaleway.com');
  if (!url || !Number.isInteger(answer.code) || answer.code < 100 || answer.code > 599) return undefined;
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

function wordOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? '';
}
