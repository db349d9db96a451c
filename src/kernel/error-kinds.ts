/** The ten kinds of error, each mapped once to an HTTP status in `http/error-handler.ts`. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'limited'
  | 'no_capacity'
  | 'unavailable'
  | 'timeout'
  | 'internal';

export interface CatalogueEntry {
  readonly kind: ErrorKind;
  readonly message: string;
}
