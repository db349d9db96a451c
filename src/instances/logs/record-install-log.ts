/**
 * Takes the log of an installation from the script that installs, which has only its bootstrap token: an installation
 * that fails before its agent registers would leave no word otherwise. Once the token is used, the agent speaks.
 */
import type { Settings } from '#config/settings.ts';
import { readInstallLine } from '#contracts/install-line.ts';
import type { InstallLogRequest, WorkerLogsRequest } from '#contracts/logs.ts';
import type { Database } from '#database/database.ts';
import { withPartitions } from '#database/partitions.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { findInstalling } from '../store/workers.ts';
import type { LogIntake } from './log-intake.ts';
import { appendInstallLines } from './record-logs.ts';

export interface RecordInstallLogDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly intake: LogIntake;
}

/** @throws worker.bad_token, worker.wrong_instance, worker.logs_limited */
export async function recordInstallLog(
  deps: RecordInstallLogDeps,
  request: InstallLogRequest,
): Promise<void> {
  // Garbage is dropped before the database is asked.
  if (parseToken(request.bootstrap_token)?.type !== 'boot') throw new AppError('worker.bad_token');
  const worker = await findInstalling(deps.db, hashToken(request.bootstrap_token));
  if (!worker) throw new AppError('worker.bad_token');
  if (request.instance_id !== worker.instanceId) throw new AppError('worker.wrong_instance');
  deps.intake.admit(worker.instanceId, Buffer.byteLength(request.lines.join('')));
  const nowMs = Math.floor(deps.env.clock.now());
  const lines = request.lines.map((text) => entryOf(text, nowMs));
  const bytesMax = deps.settings.get('LOG_BYTES_MAX');
  await withPartitions(deps.db, 'instance_logs', 'now', () =>
    deps.db.transaction((tx) => appendInstallLines(tx, worker, lines, bytesMax)),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a reader wants no bell.
const CONTROL = /[\u0000-\u001f\u007f]/g;

/** A machine's clock is believed as an agent's is: it cannot be later than the arrival. */
function entryOf(text: string, nowMs: number): WorkerLogsRequest['lines'][number] {
  const { level, line, atMs } = readInstallLine(text);
  const at_ms = Number.isFinite(atMs) && atMs > 0 ? atMs : nowMs;
  return { source: 'install', level, line: line.replace(CONTROL, ''), at_ms };
}
