import * as z from 'zod';
import {
  installLogRequestSchema,
  instanceLogsSchema,
  logSourceSchema,
  workerLogsRequestSchema,
  workerLogsResponseSchema,
} from '#contracts/logs.ts';
import { readCursor, writeCursor } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import { isId } from '#kernel/ids.ts';
import { INSTALL_LIMITS, LogIntake } from './log-intake.ts';
import type { LogPosition } from './log-store.ts';
import { readLogs } from './read-logs.ts';
import { recordInstallLog } from './record-install-log.ts';
import { type RecordLogsDeps, recordLogs } from './record-logs.ts';

/** Five hundred lines of the usual length, with room for what JSON escapes. */
const BODY_BYTES_MAX = 512 * 1024;
/** A hundred lines of 500 characters, with room for what JSON escapes. */
const INSTALL_BODY_BYTES_MAX = 128 * 1024;
const TAIL_MAX = 1_000;

const byId = z.object({ id: z.string().max(100) });
const logsQuery = z.object({
  source: logSourceSchema.optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  tail: z.coerce.number().int().min(1).max(TAIL_MAX).default(200).describe('Lines of one answer'),
  cursor: z.string().max(200).optional().describe('An `older_cursor` or `newer_cursor` of another answer'),
});

export function logRoutes(deps: Pick<RecordLogsDeps, 'db'>): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/instances/:id/logs',
      name: 'instances.logs',
      summary: 'What agent, installation and engine of the instance logged, newest last; also after its end',
      policy: { allow: 'member', action: 'instances.logs' },
      params: byId,
      query: logsQuery,
      success: { status: 200, body: instanceLogsSchema },
      handler: async ({ caller, params, query }) => {
        if (!isId('instance', params.id)) throw new AppError('instance.not_found');
        const { source, since, until, tail } = query;
        const position = readPosition(query.cursor);
        const page = await readLogs(
          deps.db,
          caller,
          params.id,
          { source, since, until },
          { limit: tail, position },
        );
        return { data: page.lines, ...cursorsOf(page.lines, page.hasOlder, position) };
      },
    }),
  ];
}

/** What agents send. */
export function workerLogRoutes(deps: Omit<RecordLogsDeps, 'intake'>): Route[] {
  const intake = new LogIntake(deps.env);
  const installIntake = new LogIntake(deps.env, INSTALL_LIMITS);
  return [
    route({
      method: 'POST',
      path: '/internal/worker/logs',
      name: 'worker.logs',
      summary: 'Lines of log of the machine; those that came before are known by their numbers',
      policy: { allow: 'worker' },
      body: workerLogsRequestSchema,
      bodyBytesMax: BODY_BYTES_MAX,
      success: { status: 200, body: workerLogsResponseSchema },
      handler: ({ caller, body }) => recordLogs({ ...deps, intake }, caller, body),
    }),
    route({
      method: 'POST',
      path: '/internal/worker/install-log',
      name: 'worker.install_log',
      summary: 'The log of an installation whose agent has not registered yet',
      policy: { allow: 'anyone', because: 'the unused bootstrap token in the body is the credential' },
      body: installLogRequestSchema,
      bodyBytesMax: INSTALL_BODY_BYTES_MAX,
      success: { status: 204 },
      handler: ({ body }) => recordInstallLog({ ...deps, intake: installIntake }, body),
    }),
  ];
}

/** @throws request.invalid */
function readPosition(cursor: string | undefined): LogPosition {
  if (cursor === undefined) return { direction: 'older', lineNo: undefined };
  const [direction, text = ''] = readCursor(cursor, 2);
  const lineNo = Number(text);
  const isOurs = (direction === 'older' || direction === 'newer') && /^\d{1,15}$/.test(text);
  if (!isOurs) throw new AppError('request.invalid', { publicMessage: 'The `cursor` is not one of ours.' });
  return { direction, lineNo };
}

function cursorsOf(lines: readonly { line_no: number }[], hasOlder: boolean, position: LogPosition) {
  const [first, last] = [lines[0], lines.at(-1)];
  // Nothing new yet: the next look begins where this one did.
  const newest = last?.line_no ?? (position.direction === 'newer' ? position.lineNo : undefined);
  return {
    older_cursor: first && hasOlder ? writeCursor(['older', String(first.line_no)]) : null,
    newer_cursor: newest === undefined ? null : writeCursor(['newer', String(newest)]),
  };
}
