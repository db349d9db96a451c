/** Files of conversations as the export writes them. */
import type { paths } from '#contracts/openapi-types.gen.ts';
import { answerOf, api, newIdempotencyKey } from '../api/client.ts';
import { ProblemError } from '../api/problem-error.ts';

/** As in the contract, which a page does not carry along for one word; a test compares both. */
export const FILE_FORMAT = 'inventiv.conversation.v1';
/** The largest that the api takes. */
export const FILE_BYTES_MAX = 16 * 1_024 * 1_024;

type ImportBody = paths['/api/v1/workbench/import']['post']['requestBody']['content']['application/json'];

export type FileFault = 'not_json' | 'other_format' | 'too_large';

export interface ImportOutcome {
  readonly name: string;
  readonly id: string | null;
  /** A fault that was found here, or what the api answered. */
  readonly fault: FileFault | unknown;
}

export type ReadFile = { conversation: ImportBody['conversations'][number] } | { fault: FileFault };

export function readExport(text: string): ReadFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { fault: 'not_json' };
  }
  const isOurs =
    typeof parsed === 'object' && parsed !== null && 'format' in parsed && parsed.format === FILE_FORMAT;
  return isOurs ? { conversation: parsed as ImportBody['conversations'][number] } : { fault: 'other_format' };
}

/** Each file by itself, so that a bad one holds up none of the others. */
export async function importFile(file: File, projectId: string | null): Promise<ImportOutcome> {
  const failed = (fault: unknown): ImportOutcome => ({ name: file.name, id: null, fault });
  if (file.size > FILE_BYTES_MAX) return failed('too_large');
  const read = readExport(await file.text());
  if ('fault' in read) return failed(read.fault);
  try {
    const { data } = await answerOf(
      api.POST('/api/v1/workbench/import', {
        params: { header: { 'Idempotency-Key': newIdempotencyKey() } },
        body: { conversations: [read.conversation], project_id: projectId },
      }),
    );
    return { name: file.name, id: data[0]?.id ?? null, fault: null };
  } catch (error) {
    if (error instanceof ProblemError) return failed(error);
    throw error;
  }
}
