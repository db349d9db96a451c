/** Errors of live events. */
import type { CatalogueEntry } from './error-kinds.ts';

export const EVENT_ERRORS = {
  'events.too_many_streams': {
    kind: 'limited',
    message: 'You have too many streams of live events open. Close some tabs or programs, then try again.',
  },
  'events.no_room': {
    kind: 'unavailable',
    message: 'No more streams of live events can be opened here now. Try again shortly.',
  },
  'events.restarting': {
    kind: 'unavailable',
    message: 'This process is ending. Open the stream again shortly: another takes it.',
  },
} as const satisfies Record<string, CatalogueEntry>;
