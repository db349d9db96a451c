/** The addresses of files and batches. */
import type { PlainRoute } from '../endpoints.ts';

export type StorageAction =
  | 'create_file'
  | 'list_files'
  | 'get_file'
  | 'delete_file'
  | 'read_file'
  | 'create_batch'
  | 'list_batches'
  | 'get_batch'
  | 'cancel_batch';

export interface StorageRoute {
  readonly kind: 'storage';
  readonly name: string;
  readonly action: StorageAction;
  /** Of the file or batch that the address names; else empty. */
  readonly id: string;
}

interface Place {
  readonly pattern: RegExp;
  readonly name: string;
  readonly actions: Readonly<Record<string, StorageAction>>;
}

const PLACES: readonly Place[] = [
  { pattern: /^\/v1\/files$/, name: '/v1/files', actions: { GET: 'list_files', POST: 'create_file' } },
  {
    pattern: /^\/v1\/files\/([A-Za-z0-9_-]{1,100})$/,
    name: '/v1/files/{id}',
    actions: { GET: 'get_file', DELETE: 'delete_file' },
  },
  {
    pattern: /^\/v1\/files\/([A-Za-z0-9_-]{1,100})\/content$/,
    name: '/v1/files/{id}/content',
    actions: { GET: 'read_file' },
  },
  { pattern: /^\/v1\/batches$/, name: '/v1/batches', actions: { GET: 'list_batches', POST: 'create_batch' } },
  {
    pattern: /^\/v1\/batches\/([A-Za-z0-9_-]{1,100})$/,
    name: '/v1/batches/{id}',
    actions: { GET: 'get_batch' },
  },
  {
    pattern: /^\/v1\/batches\/([A-Za-z0-9_-]{1,100})\/cancel$/,
    name: '/v1/batches/{id}/cancel',
    actions: { POST: 'cancel_batch' },
  },
];

/** What is asked there is asked of no model. */
export const STORAGE_NAMES: readonly string[] = PLACES.map(({ name }) => name);

export function matchStorage(method: string, path: string): StorageRoute | PlainRoute | undefined {
  // Asked for each request: what is not ours costs two comparisons.
  if (!path.startsWith('/v1/files') && !path.startsWith('/v1/batches')) return undefined;
  for (const { pattern, name, actions } of PLACES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const action = Object.hasOwn(actions, method) ? actions[method] : undefined;
    return action
      ? { kind: 'storage', name, action, id: match[1] ?? '' }
      : { kind: 'wrong_method', name, allowed: Object.keys(actions).join(', ') };
  }
  return undefined;
}
