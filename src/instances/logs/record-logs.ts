/**
 * Takes lines of log from a machine's agent. Lines that came before are known by their numbers and change nothing, so
 * an agent may send again whatever it is not sure of. Above its limit the oldest lines of a machine go.
 *
 * Lines of the installation may have come before, from the script itself; those are known by their time and text.
 *
 * A new worker on the same machine counts on. One on an empty disk begins at 0, and is believed because its epoch is new.
 */
import type { Settings } from '#config/settings.ts';
import type { WorkerLogsRequest, WorkerLogsResponse } from '#contracts/logs.ts';
import type { Database, Transaction } from '#database/database.ts';
import { withPartitions } from '#database/partitions.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { LineRedactor } from '#kernel/redact.ts';
import type { WorkerIdentity } from '../store/workers.ts';
import type { LogIntake } from './log-intake.ts';
import {
  findUnknown,
  insertLines,
  type LogHead,
  lockHead,
  readKeptBytes,
  trimLines,
  writeHead,
} from './log-store.ts';

export interface RecordLogsDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly intake: LogIntake;
}

/** Trimmed to this share of the limit, so that not every batch trims. */
const KEPT_SHARE = 0.9;

/** @throws worker.wrong_instance, worker.superseded, worker.logs_limited */
export async function recordLogs(
  deps: RecordLogsDeps,
  worker: WorkerIdentity,
  request: WorkerLogsRequest,
): Promise<WorkerLogsResponse> {
  if (request.instance_id !== worker.instanceId) throw new AppError('worker.wrong_instance');
  if (request.epoch !== worker.epoch) throw new AppError('worker.superseded');
  deps.intake.admit(worker.instanceId, sizeOf(request.lines));
  const bytesMax = deps.settings.get('LOG_BYTES_MAX');
  return withPartitions(deps.db, 'instance_logs', 'now', () =>
    deps.db.transaction((tx) => append(tx, worker, request, bytesMax)),
  );
}

async function append(
  tx: Transaction,
  worker: WorkerIdentity,
  { file, from_seq: fromSeq, lines }: WorkerLogsRequest,
  bytesMax: number,
): Promise<WorkerLogsResponse> {
  const head = await lockHead(tx, worker);
  if (head.epoch > worker.epoch) throw new AppError('worker.superseded');
  const isFreshDisk = head.epoch < worker.epoch && fromSeq === 0;
  const known = isFreshDisk ? { agent: 0, install: 0 } : head.nextSeq;
  const counted = cleaned(lines.slice(Math.max(0, known[file] - fromSeq)));
  const fresh = file === 'install' ? await withoutKnown(tx, worker, counted) : counted;
  const nextSeq = Math.max(known[file], fromSeq + lines.length);
  const next = { ...head, epoch: worker.epoch, nextSeq: { ...known, [file]: nextSeq } };
  await keepLines(tx, worker, next, fresh, bytesMax);
  return { next_seq: nextSeq };
}

/** Lines that no agent counted: what the agents count stays as it is. */
export async function appendInstallLines(
  tx: Transaction,
  worker: WorkerIdentity,
  lines: WorkerLogsRequest['lines'],
  bytesMax: number,
): Promise<void> {
  const head = await lockHead(tx, worker);
  const fresh = await withoutKnown(tx, worker, cleaned(lines));
  if (fresh.length > 0) await keepLines(tx, worker, head, fresh, bytesMax);
}

async function withoutKnown(tx: Transaction, worker: WorkerIdentity, lines: WorkerLogsRequest['lines']) {
  if (lines.length === 0) return lines;
  const unknown = await findUnknown(tx, worker, lines);
  return lines.filter((_, index) => unknown.has(index));
}

async function keepLines(
  tx: Transaction,
  worker: WorkerIdentity,
  head: LogHead,
  lines: WorkerLogsRequest['lines'],
  bytesMax: number,
): Promise<void> {
  if (lines.length > 0) await insertLines(tx, worker, head.nextLineNo, lines);
  const next: LogHead = {
    ...head,
    nextLineNo: head.nextLineNo + lines.length,
    bytes: head.bytes + sizeOf(lines),
  };
  await writeHead(tx, worker, next.bytes > bytesMax ? await trim(tx, worker, next, bytesMax) : next);
}

async function trim(
  tx: Transaction,
  worker: WorkerIdentity,
  head: LogHead,
  bytesMax: number,
): Promise<LogHead> {
  const bytes = await readKeptBytes(tx, worker);
  if (bytes <= bytesMax) return { ...head, bytes };
  const gone = await trimLines(tx, worker, bytes - Math.floor(bytesMax * KEPT_SHARE));
  return { ...head, bytes: bytes - gone };
}

/** Agents redact before they send. An agent of another version may know fewer forms. */
function cleaned(lines: WorkerLogsRequest['lines']): WorkerLogsRequest['lines'] {
  const redactor = new LineRedactor(() => []);
  return lines.map((line) => ({ ...line, line: redactor.clean(line.line) }));
}

function sizeOf(lines: WorkerLogsRequest['lines']): number {
  return lines.reduce((sum, { line }) => sum + Buffer.byteLength(line), 0);
}
