import type { infer as Infer } from 'zod';
import type { AuditEntryView } from '#contracts/audit.ts';
import type { requestEntrySchema } from '#contracts/requests.ts';
import type { ActionLogEntry } from '../api/types.ts';

type RequestEntry = Infer<typeof requestEntrySchema>;

/** One thing that carries the id, wherever it is kept. */
export interface TraceEntry {
  key: string;
  kind: 'audit' | 'action' | 'request';
  at: string;
  what: string;
  /** Why it failed, where it did. */
  error: string | null;
  actor: string;
  instanceId: string | null;
  subject: string | null;
  outcome: 'ok' | 'failed' | 'open';
  durationMs: number | null;
}

export interface TraceParts {
  actions: readonly ActionLogEntry[];
  audit: readonly AuditEntryView[];
  requests: readonly RequestEntry[];
}

/** All of it in the order of time; what happened at one moment in the order in which it was caused. */
export function traceEntriesOf({ actions, audit, requests }: TraceParts): TraceEntry[] {
  return [...audit.map(ofAudit), ...requests.map(ofRequest), ...actions.map(ofAction)].sort(
    (a, b) => Date.parse(a.at) - Date.parse(b.at) || RANK[a.kind] - RANK[b.kind] || (a.key < b.key ? -1 : 1),
  );
}

const RANK: Record<TraceEntry['kind'], number> = { audit: 0, request: 1, action: 2 };

function ofAudit(entry: AuditEntryView): TraceEntry {
  return {
    key: `audit ${entry.id}`,
    kind: 'audit',
    at: entry.at,
    what: entry.action,
    error: null,
    actor: entry.actor.name ?? entry.actor.id ?? entry.actor.kind,
    instanceId: entry.subject.kind === 'instances' ? entry.subject.id : null,
    subject: entry.subject.id ?? entry.subject.kind,
    outcome: entry.outcome === 'done' ? 'ok' : 'failed',
    durationMs: null,
  };
}

function ofRequest(entry: RequestEntry): TraceEntry {
  return {
    key: `request ${entry.request_id}`,
    kind: 'request',
    at: entry.started_at,
    what: `${entry.endpoint} ${entry.status}`,
    error: entry.error_code,
    actor: entry.api_key_id ?? entry.user_id ?? '–',
    instanceId: entry.instance_id,
    subject: entry.model,
    outcome: entry.status >= 400 || entry.error_code !== null ? 'failed' : 'ok',
    durationMs: entry.duration_ms,
  };
}

function ofAction(entry: ActionLogEntry): TraceEntry {
  return {
    key: `action ${entry.id}`,
    kind: 'action',
    at: entry.at,
    what: entry.code,
    error: entry.error_code,
    actor: entry.component,
    instanceId: entry.instance_id,
    subject: null,
    outcome: entry.status === 'succeeded' ? 'ok' : entry.status === 'failed' ? 'failed' : 'open',
    durationMs: entry.duration_ms,
  };
}
