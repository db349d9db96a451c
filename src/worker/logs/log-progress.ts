import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { LogFileName } from '#contracts/logs.ts';
import { asFields, type Fields, parseFields, textField, wholeField } from '../field-readers.ts';
import type { LogPlace } from './log-tail.ts';

/**
 * How far the logs of this machine are sent. Written after each accepted batch, never before: a killed agent sends its
 * last batch again with the same numbers, and it is known.
 */
export interface FileProgress {
  readonly nextSeq: number;
  /** Undefined: from the beginning of what is there. */
  readonly place: LogPlace | undefined;
}

export interface LogProgress {
  readonly instanceId: string;
  readonly files: Readonly<Record<LogFileName, FileProgress>>;
}

const FILE_NAME = 'log-progress.json';

/** What was saved, whoever it is of; undefined when nothing was, or nothing that can be read. */
export function loadLogProgress(stateDir: string): LogProgress | undefined {
  try {
    const fields = parseFields(readFileSync(path.join(stateDir, FILE_NAME), 'utf8'), FILE_NAME);
    const files = asFields(fields['files'], 'files');
    return {
      instanceId: textField(fields, 'instance_id'),
      files: { agent: readProgress(files, 'agent'), install: readProgress(files, 'install') },
    };
  } catch {
    return undefined;
  }
}

export function saveLogProgress(stateDir: string, { instanceId, files }: LogProgress): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const target = path.join(stateDir, FILE_NAME);
  const text = {
    instance_id: instanceId,
    files: { agent: writeProgress(files.agent), install: writeProgress(files.install) },
  };
  writeFileSync(`${target}.new`, JSON.stringify(text), { mode: 0o600 });
  renameSync(`${target}.new`, target);
}

function readProgress(files: Fields, name: LogFileName): FileProgress {
  const fields = asFields(files[name], name);
  const nextSeq = wholeField(fields, 'next_seq');
  if (fields['place'] === null) return { nextSeq, place: undefined };
  const place = asFields(fields['place'], 'place');
  return {
    nextSeq,
    place: {
      offset: wholeField(place, 'offset'),
      headBytes: wholeField(place, 'head_bytes'),
      headSha256: textField(place, 'head_sha256'),
      isMidLine: place['is_mid_line'] === true,
    },
  };
}

function writeProgress({ nextSeq, place }: FileProgress): Record<string, unknown> {
  return {
    next_seq: nextSeq,
    place: place
      ? {
          offset: place.offset,
          head_bytes: place.headBytes,
          head_sha256: place.headSha256,
          is_mid_line: place.isMidLine,
        }
      : null,
  };
}
