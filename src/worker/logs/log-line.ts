import { readInstallLine } from '#contracts/install-line.ts';
import {
  LOG_LEVELS,
  LOG_LINE_CHARACTERS_MAX,
  type LogLineLevel,
  type LogSource,
} from '#contracts/log-limits.ts';
import type { LogFileName, WorkerLogsRequest } from '#contracts/logs.ts';
import type { LineRedactor } from '#kernel/redact.ts';

export type LogEntry = WorkerLogsRequest['lines'][number];

const CUT = ' [cut]';
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours and cursor movements are taken out.
const TERMINAL = /\u001b(?:\[[0-9;?]{0,40}[ -/]{0,4}[@-~]|\][^\u0007\u001b]{0,200}(?:\u0007|\u001b\\)?)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a database keeps no NUL, and a reader wants no bell.
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

/** What a line of a file says, clean of secrets and of what cannot be kept; any bytes make a line. */
export function readLogLine(
  file: LogFileName,
  text: string,
  fallbackMs: number,
  redactors: Readonly<Record<LogSource, LineRedactor>>,
): LogEntry {
  const raw: RawLine =
    file === 'install' ? { source: 'install', ...readInstallLine(text) } : readAgentLine(text);
  const line = cut(redactors[raw.source].clean(plain(raw.line)));
  return { source: raw.source, level: raw.level, line, at_ms: wholeTime(raw.atMs, fallbackMs) };
}

interface RawLine {
  readonly source: LogSource;
  readonly level: LogLineLevel;
  readonly line: string;
  readonly atMs: number;
}

/** Our JSON lines; an engine's are wrapped in them. */
function readAgentLine(text: string): RawLine {
  const fields = fieldsOf(text);
  if (!fields) return { source: 'agent', level: 'info', line: text, atMs: Number.NaN };
  const { time, level, message, component, ...rest } = fields;
  const known = LOG_LEVELS.find((one) => one === level) ?? 'info';
  const atMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  if (component === 'engine' && typeof rest['line'] === 'string') {
    return { source: 'engine', level: known, line: rest['line'], atMs };
  }
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  return { source: 'agent', level: known, line: `${String(message)}${more}`, atMs };
}

function fieldsOf(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'message' in value
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function plain(text: string): string {
  return text.replace(TERMINAL, '').replace(CONTROL, '');
}

function cut(line: string): string {
  const short =
    line.length > LOG_LINE_CHARACTERS_MAX ? line.slice(0, LOG_LINE_CHARACTERS_MAX - CUT.length) + CUT : line;
  return short.toWellFormed();
}

const YEAR_2000_MS = 946_684_800_000;
const YEAR_2099_MS = 4_070_908_800_000;

function wholeTime(atMs: number, fallbackMs: number): number {
  const isTime = Number.isFinite(atMs) && atMs > YEAR_2000_MS && atMs < YEAR_2099_MS;
  return Math.min(Math.max(0, Math.floor(isTime ? atMs : fallbackMs)), YEAR_2099_MS);
}
