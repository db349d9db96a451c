/** Lines of the files that a batch ends with, in the form that clients of OpenAI read. */
import { createHash } from 'node:crypto';
import type { BatchEnding } from '#contracts/batches.ts';
import { idFrom, type RequestId } from '#kernel/ids.ts';

export interface LineName {
  readonly batchId: string;
  readonly line: number;
  readonly customId: string;
  readonly tries: number;
}

/** The same for the same try of the same line, whoever sends it and how often. */
export function requestIdOf({ batchId, line, tries }: Omit<LineName, 'customId'>): RequestId {
  return idFrom('request', createHash('sha256').update(`${batchId} ${line} ${tries}`).digest());
}

/** The body goes in as the engine wrote it: it must be JSON. */
export function answeredLine(name: LineName, status: number, body: Buffer): Buffer {
  const requestId = requestIdOf(name);
  const before = `{"id":${text(idOf(name))},"custom_id":${text(name.customId)},"response":{"status_code":${status},"request_id":${text(requestId)},"body":`;
  return Buffer.concat([Buffer.from(before), onOneLine(body), Buffer.from('},"error":null}\n')]);
}

export function failedLine(name: Omit<LineName, 'tries'>, code: string, message: string): Buffer {
  const id = idOf({ ...name, tries: 0 });
  return Buffer.from(
    `${JSON.stringify({ id, custom_id: name.customId, response: null, error: { code, message } })}\n`,
  );
}

const UNFINISHED: Readonly<Record<BatchEnding, readonly [code: string, message: string]>> = {
  completed: ['batch_unfinished', 'This request was not answered.'],
  expired: ['batch_expired', 'This request could not be answered before the batch expired.'],
  cancelled: ['batch_cancelled', 'The batch was cancelled before this request was answered.'],
  failed: ['batch_failed', 'The batch failed before this request was answered.'],
};

export function unfinishedLine(name: Omit<LineName, 'tries'>, ending: BatchEnding): Buffer {
  return failedLine(name, ...UNFINISHED[ending]);
}

function idOf(name: Omit<LineName, 'customId'>): string {
  return `batch_${requestIdOf(name)}`;
}

function text(value: string): string {
  return JSON.stringify(value);
}

/** Between the tokens of JSON line ends are space; inside its texts they are escaped. */
function onOneLine(body: Buffer): Buffer {
  if (!body.includes(0x0a) && !body.includes(0x0d)) return body;
  const line = Buffer.from(body);
  for (let at = 0; at < line.length; at++) {
    if (line[at] === 0x0a || line[at] === 0x0d) line[at] = 0x20;
  }
  return line;
}
