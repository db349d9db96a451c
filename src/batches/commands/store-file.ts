/**
 * Takes a file in as it comes, chunk by chunk: what has come is in the database and not in memory. Until the last chunk
 * is there nobody sees it; an upload that is broken off is removed, at once or by the job that looks for old ones.
 */
import type { FilePurpose, FileView } from '#contracts/batches.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { ChunkWriter } from '../chunk-writer.ts';
import {
  deleteFileRow,
  finishFile,
  insertFile,
  lockFilesOf,
  type NewFile,
  readFileBytes,
} from '../file-store.ts';

export interface FileFacts {
  readonly purpose: FilePurpose;
  readonly filename: string;
  /** Undefined: as long as files are kept. */
  readonly lifeSeconds: number | undefined;
}

export interface FileFigures {
  readonly fileBytesMax: number;
  readonly orgBytesMax: number;
  readonly lifeSeconds: number;
}

/** A file on its way in. */
export interface IncomingFile {
  write(bytes: Buffer): Promise<void>;
  finish(facts: FileFacts): Promise<FileView>;
  /** It does not come whole. */
  abandon(): Promise<void>;
}

const UNNAMED = { purpose: 'batch', filename: '' };

/** @throws file.storage_full; writing and finishing too, and file.too_large */
export async function beginFile(
  env: Env,
  db: Database,
  orgId: OrgId,
  figures: FileFigures,
): Promise<IncomingFile> {
  const scope = { orgId };
  const { fileBytesMax, orgBytesMax } = figures;
  if ((await readFileBytes(db, scope)) >= orgBytesMax) throw new AppError('file.storage_full');
  const file: NewFile = { id: newId(env, 'file'), lifeSeconds: figures.lifeSeconds, ...UNNAMED };
  await insertFile(db, scope, file);
  const writer = new ChunkWriter(scope, file.id, (store) => store(db));
  return {
    async write(bytes) {
      if (writer.bytes + bytes.length > fileBytesMax) throw tooLarge(fileBytesMax);
      await writer.write(bytes);
    },
    async finish({ purpose, filename, lifeSeconds = figures.lifeSeconds }) {
      await writer.end();
      const { bytes } = writer;
      return db.transaction(async (tx) => {
        await lockFilesOf(tx, scope);
        if ((await readFileBytes(tx, scope)) + bytes > orgBytesMax) throw new AppError('file.storage_full');
        const row = await finishFile(tx, scope, { id: file.id, purpose, filename, lifeSeconds, bytes });
        if (!row) throw new Error('the file was removed while it came');
        return row;
      });
    },
    abandon: () => deleteFileRow(db, scope, file.id),
  };
}

function tooLarge(bytesMax: number): AppError {
  return new AppError('file.too_large', {
    publicMessage: `The file is larger than ${bytesMax} bytes. Send it in several parts.`,
    details: { param: 'file' },
  });
}
