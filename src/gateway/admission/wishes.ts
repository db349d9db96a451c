/** What a request says about its own wait, in headers that any client can set. */
import { PRIORITIES, type Priority } from '#contracts/api-keys.ts';
import { AppError } from '#kernel/errors.ts';
import type { GatewayCaller } from '../authenticate.ts';
import type { AdmissionFigures } from './admission-figures.ts';

export interface Wishes {
  readonly priority: Priority;
  /** As the queue orders: the higher goes first. */
  readonly rank: number;
  /** Longest wait for a worker. */
  readonly waitMs: number;
  /** It waits also for a model whose machines are still starting. */
  readonly isPatient: boolean;
}

const PREFIX = 'x-inventiv-';
const DIGITS = /^\d{1,12}$/;

/** @throws request.invalid */
export function readWishes(
  rawHeaders: readonly string[],
  caller: GatewayCaller,
  figures: AdmissionFigures,
): Wishes {
  const headers = ownHeaders(rawHeaders);
  const isPatient = patienceOf(headers.get('wait')) ?? caller.key?.waitsForStart ?? false;
  const rank = Math.min(
    rankOf(headers.get('priority')),
    PRIORITIES.indexOf(caller.key?.priorityMax ?? 'normal'),
  );
  const asked = waitOf(headers.get('deadline-ms'));
  return {
    priority: PRIORITIES[rank] ?? 'normal',
    rank,
    isPatient,
    waitMs: Math.min(asked ?? (isPatient ? figures.startWaitMs : figures.waitMs), figures.waitMaxMs),
  };
}

/** Ours, without their prefix. */
function ownHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i] ?? '';
    if (raw.length <= PREFIX.length || (raw[0] !== 'x' && raw[0] !== 'X')) continue;
    const name = raw.toLowerCase();
    if (!name.startsWith(PREFIX)) continue;
    const own = name.slice(PREFIX.length);
    if (found.has(own)) throw invalid(name, 'is sent more than once');
    found.set(own, (rawHeaders[i + 1] ?? '').trim());
  }
  return found;
}

function rankOf(value: string | undefined): number {
  if (value === undefined) return PRIORITIES.indexOf('normal');
  const rank = (PRIORITIES as readonly string[]).indexOf(value.toLowerCase());
  if (rank < 0) throw invalid('x-inventiv-priority', `must be one of ${PRIORITIES.join(', ')}`);
  return rank;
}

function waitOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const waitMs = DIGITS.test(value) ? Number(value) : 0;
  if (waitMs < 1)
    throw invalid('x-inventiv-deadline-ms', 'must be the longest wait in whole milliseconds, at least 1');
  return waitMs;
}

function patienceOf(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  const text = value.toLowerCase();
  if (text !== 'true' && text !== 'false') throw invalid('x-inventiv-wait', 'must be true or false');
  return text === 'true';
}

function invalid(header: string, problem: string): AppError {
  return new AppError('request.invalid', {
    publicMessage: `The header ${header} ${problem}.`,
    details: { param: header },
  });
}
