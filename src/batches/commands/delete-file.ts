import type { Database } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import { isFileInUse } from '../batch-store.ts';
import { deleteFileRow, lockFile } from '../file-store.ts';

/** @throws file.not_found, file.in_use */
export async function deleteFile(db: Database, orgId: OrgId, id: string): Promise<void> {
  const scope = { orgId };
  await db.transaction(async (tx) => {
    if (!(await lockFile(tx, scope, id))) throw new AppError('file.not_found');
    if (await isFileInUse(tx, scope, id)) throw new AppError('file.in_use');
    await deleteFileRow(tx, scope, id);
  });
}
