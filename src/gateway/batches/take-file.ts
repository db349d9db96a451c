/** An upload: a form, of which the file goes into the database as it comes. */
import * as z from 'zod';
import { beginFile, type FileFacts, type IncomingFile } from '#batches/commands/store-file.ts';
import { FILE_PURPOSES, type FileView, lifetimeSchema } from '#contracts/batches.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { Exchange } from '../edge.ts';
import { boundaryOf, readForm } from './multipart.ts';
import type { StorageFigures } from './storage.ts';

/** Beside the file itself: fields, headers, boundaries. */
const FORM_BYTES_MAX = 65_536;

export interface Upload {
  readonly exchange: Exchange;
  readonly orgId: OrgId;
  readonly figures: StorageFigures;
}

export async function takeFile(env: Env, db: Database, upload: Upload): Promise<FileView> {
  const { exchange, figures } = upload;
  const boundary = boundaryOf(headerOf(exchange.request.rawHeaders, 'content-type'));
  const taken: { file: IncomingFile | undefined; filename: string } = { file: undefined, filename: '' };
  try {
    const parts = exchange.bodyParts(figures.fileBytesMax + FORM_BYTES_MAX);
    const fields = await readForm(parts, boundary, {
      async onFile(filename) {
        taken.filename = filename;
        taken.file = await beginFile(env, db, upload.orgId, {
          fileBytesMax: figures.fileBytesMax,
          orgBytesMax: figures.orgBytesMax,
          lifeSeconds: figures.fileLifeSeconds,
        });
      },
      async onBytes(bytes) {
        await taken.file?.write(bytes);
      },
    });
    if (!taken.file) throw new Error('a form that ended well has a file');
    return await taken.file.finish(factsOf(fields, taken.filename));
  } catch (error) {
    // What cannot be removed now is removed when it is old.
    await taken.file
      ?.abandon()
      .catch((failure) => env.log.warn({ error: messageOf(failure) }, 'a broken upload is left for later'));
    throw error;
  }
}

/** @throws request.invalid */
function factsOf(fields: ReadonlyMap<string, string>, filename: string): FileFacts {
  const purpose = z.enum(FILE_PURPOSES).safeParse(fields.get('purpose'));
  if (!purpose.success) {
    throw invalid('purpose', `purpose must be one of: ${FILE_PURPOSES.join(', ')}.`);
  }
  return { purpose: purpose.data, filename, lifeSeconds: lifeOf(fields) };
}

function lifeOf(fields: ReadonlyMap<string, string>): number | undefined {
  const anchor = fields.get('expires_after[anchor]');
  const seconds = fields.get('expires_after[seconds]');
  if (anchor === undefined && seconds === undefined) return undefined;
  const life = lifetimeSchema.safeParse({ anchor, seconds: Number(seconds) });
  if (!life.success) {
    throw invalid(
      'expires_after',
      'expires_after must be the anchor `created_at` and 3600 to 2592000 seconds.',
    );
  }
  return life.data.seconds;
}

function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}

function invalid(param: string, publicMessage: string): AppError {
  return new AppError('request.invalid', { publicMessage, details: { param } });
}
