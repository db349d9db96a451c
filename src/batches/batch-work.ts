/** What the work on batches is made of, and what it goes by. */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { LineSender, SenderOptions } from './send-line.ts';

export interface BatchWork {
  readonly env: Env;
  readonly db: Database;
  readonly sender: LineSender;
  readonly figures: BatchFigures;
}

/** Read at each use. */
export interface BatchFigures {
  readonly linesMax: number;
  readonly lineBytesMax: number;
  readonly concurrency: number;
  readonly turnMs: number;
  readonly triesMax: number;
  readonly fileLifeSeconds: number;
}

const HOUR_S = 3_600;

export function batchFigures(settings: Settings): BatchFigures {
  return {
    get linesMax() {
      return settings.get('BATCH_LINES_MAX');
    },
    get lineBytesMax() {
      return settings.get('BATCH_LINE_BYTES_MAX');
    },
    get concurrency() {
      return settings.get('BATCH_CONCURRENCY');
    },
    get turnMs() {
      return settings.get('BATCH_TURN_MS');
    },
    get triesMax() {
      return settings.get('BATCH_TRIES_MAX');
    },
    get fileLifeSeconds() {
      return settings.get('FILE_RETENTION_HOURS') * HOUR_S;
    },
  };
}

export function senderFigures(settings: Settings): SenderOptions['figures'] {
  return {
    get waitMs() {
      return settings.get('BATCH_LINE_WAIT_MS');
    },
    get silenceMs() {
      return settings.get('BATCH_LINE_MS');
    },
    get resultBytesMax() {
      return settings.get('BATCH_RESULT_BYTES_MAX');
    },
  };
}
