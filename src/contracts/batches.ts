/** Files and batches as clients of OpenAI know them. */
import * as z from 'zod';

export const BATCH_ENDPOINTS = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
] as const;
export const COMPLETION_WINDOWS = ['24h'] as const;
export const FILE_PURPOSES = ['batch', 'user_data'] as const;
export type FilePurpose = (typeof FILE_PURPOSES)[number] | 'batch_output';

export const BATCH_STATUSES = [
  'validating',
  'in_progress',
  'finalizing',
  'completed',
  'failed',
  'expired',
  'cancelling',
  'cancelled',
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];
/** What a batch becomes when its files are written. */
export type BatchEnding = 'completed' | 'failed' | 'expired' | 'cancelled';

const HOUR_S = 3_600;
const THIRTY_DAYS_S = 2_592_000;
/** A database keeps every text but those with this character. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain the character U+0000');

export const lifetimeSchema = z.object({
  anchor: z.literal('created_at'),
  seconds: z.int().min(HOUR_S).max(THIRTY_DAYS_S),
});

export const newBatchSchema = z.object({
  input_file_id: text(100).min(1),
  endpoint: z.enum(BATCH_ENDPOINTS),
  completion_window: z.enum(COMPLETION_WINDOWS),
  metadata: z
    .record(text(64), text(512))
    .refine((value) => Object.keys(value).length <= 16, 'must have at most 16 members')
    .nullish(),
  output_expires_after: lifetimeSchema.nullish(),
});
export type NewBatch = z.infer<typeof newBatchSchema>;

export interface FileView {
  readonly id: string;
  readonly object: 'file';
  readonly bytes: number;
  readonly created_at: number;
  readonly expires_at: number;
  readonly filename: string;
  readonly purpose: string;
  readonly status: 'processed';
}

export interface BatchProblem {
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
  readonly param: string | null;
}

export interface BatchView {
  readonly id: string;
  readonly object: 'batch';
  readonly endpoint: string;
  readonly errors: { readonly object: 'list'; readonly data: readonly BatchProblem[] } | null;
  readonly input_file_id: string;
  readonly completion_window: string;
  readonly status: BatchStatus;
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
  readonly created_at: number;
  readonly in_progress_at: number | null;
  readonly expires_at: number;
  readonly finalizing_at: number | null;
  readonly completed_at: number | null;
  readonly failed_at: number | null;
  readonly expired_at: number | null;
  readonly cancelling_at: number | null;
  readonly cancelled_at: number | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly metadata: Readonly<Record<string, string>> | null;
}
