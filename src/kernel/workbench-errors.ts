/** Errors of the workbench. */
import type { CatalogueEntry } from './error-kinds.ts';

export const WORKBENCH_ERRORS = {
  'workbench.conversation_not_found': {
    kind: 'not_found',
    message: 'There is no such conversation, or it is not shared with you.',
  },
  'workbench.project_not_found': {
    kind: 'not_found',
    message: 'There is no such chat project, or it is not shared with you.',
  },
  'workbench.project_archived': {
    kind: 'conflict',
    message:
      'This chat project is archived, and nothing new goes in. Bring it back first, or choose another.',
  },
  'workbench.prompt_not_found': {
    kind: 'not_found',
    message: 'There is no such prompt, or it belongs to somebody else.',
  },
  'workbench.not_yours': {
    kind: 'forbidden',
    message: 'This belongs to somebody else, who alone may change it. Make a copy and change that.',
  },
  'workbench.too_many': {
    kind: 'conflict',
    message: 'You have as many of these as you may. Delete one of them.',
  },
  'workbench.too_large': {
    kind: 'invalid',
    message: 'This text is larger than the workbench keeps.',
  },
  'workbench.no_such_turn': {
    kind: 'invalid',
    message: 'An answer needs a question of this conversation: send the question first, or name its turn.',
  },
  'workbench.request_used': {
    kind: 'conflict',
    message: 'This request is already kept as another answer of yours.',
  },
} as const satisfies Record<string, CatalogueEntry>;
