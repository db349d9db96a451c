/** What the workbench keeps of conversations. */
import type { Definition } from './definition.ts';

export const WORKBENCH_DEFINITIONS = {
  WORKBENCH_MESSAGE_BYTES_MAX: {
    kind: 'integer',
    default: 1_048_576,
    min: 1_024,
    max: 4_194_304,
    scope: 'global',
    about: 'Largest text of one message that the workbench keeps.',
  },
  WORKBENCH_CONVERSATION_BYTES_MAX: {
    kind: 'integer',
    default: 16_777_216,
    min: 1_024,
    max: 268_435_456,
    scope: 'global',
    about: 'Largest sum of the texts of one conversation.',
  },
  WORKBENCH_CONVERSATIONS_MAX: {
    kind: 'integer',
    default: 5_000,
    min: 1,
    max: 1_000_000,
    scope: 'global',
    about: 'Conversations of one person in one organisation.',
  },
  WORKBENCH_RETENTION_DAYS: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: 36_500,
    scope: 'global',
    about:
      'How long after its last message a conversation is kept, unless its organisation says otherwise; 0 keeps it for ever.',
  },
  WORKBENCH_LEAVER_DAYS: {
    kind: 'integer',
    default: 30,
    min: 0,
    max: 36_500,
    scope: 'global',
    about: 'How long private conversations of somebody who left an organisation are kept for their return.',
  },
} as const satisfies Record<string, Definition>;
