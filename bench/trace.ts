/**
 * Recorded traces of LLM traffic, plain or gzip, LF or CRLF:
 * Azure LLM inference (CSV: TIMESTAMP, ContextTokens, GeneratedTokens) and Mooncake (JSON lines: timestamp in ms,
 * input_length, output_length, hash_ids of prefix blocks of 512 tokens).
 */
import { createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

export interface TraceRequest {
  /** Since the first request of the trace. */
  readonly atMs: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Which prefix blocks the prompt consists of; undefined where the trace does not say. */
  readonly blocks: readonly number[] | undefined;
}

/** The first `limit` requests. */
export async function readTrace(path: string, limit: number): Promise<TraceRequest[]> {
  const file = createReadStream(path);
  const input = isGzip(path) ? file.pipe(createGunzip()) : file;
  const found: TraceRequest[] = [];
  let columns: readonly string[] | undefined;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const text = line.replace(/^\uFEFF/, '').trim();
    if (text === '') continue;
    if (text.startsWith('{')) found.push(fromMooncake(text));
    else if (columns) found.push(fromAzure(text, columns));
    else columns = text.split(',').map((name) => name.trim().toLowerCase());
    if (found.length >= limit) break;
  }
  file.destroy();
  const first = found[0]?.atMs ?? 0;
  return found.map((request) => ({ ...request, atMs: request.atMs - first }));
}

function fromMooncake(text: string): TraceRequest {
  const row = JSON.parse(text) as Record<string, unknown>;
  const blocks = row['hash_ids'];
  return {
    atMs: whole(row['timestamp'], 'timestamp'),
    promptTokens: whole(row['input_length'], 'input_length'),
    completionTokens: whole(row['output_length'], 'output_length'),
    blocks: Array.isArray(blocks) ? blocks.map((block) => whole(block, 'hash_ids')) : undefined,
  };
}

function fromAzure(text: string, columns: readonly string[]): TraceRequest {
  const cells = text.split(',');
  const cell = (name: string) => cells[columns.indexOf(name)]?.trim() ?? '';
  return {
    atMs: timeOf(cell('timestamp')),
    promptTokens: whole(Number(cell('contexttokens')), 'ContextTokens'),
    completionTokens: whole(Number(cell('generatedtokens')), 'GeneratedTokens'),
    blocks: undefined,
  };
}

/** Like 2023-11-16 18:17:03.9799600, with or without a zone. Differences matter, the zone does not. */
function timeOf(text: string): number {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?/.exec(text);
  if (!match) throw new Error(`not a time: ${text}`);
  return Date.parse(`${match[1]}T${match[2]}Z`) + Number(`0${match[3] ?? ''}`) * 1_000;
}

function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new Error(`${name} is no count: ${value}`);
  return value;
}

function isGzip(path: string): boolean {
  const magic = Buffer.alloc(2);
  readSync(openSync(path, 'r'), magic, 0, 2, 0);
  return magic[0] === 0x1f && magic[1] === 0x8b;
}
