/** Scaleway, for the installation as a whole; an organisation's account says the rest. */
import type { Definition } from './definition.ts';

export const SCALEWAY_DEFINITIONS = {
  SCALEWAY_API_URL: {
    kind: 'text',
    default: 'https://api.scaleway.com',
    about: "Scaleway's API, for every account on it.",
  },
  SCALEWAY_PROJECT_ID: {
    kind: 'text',
    default: '',
    about:
      "Project of the installation's own account at Scaleway; its secret key is the file `scaleway_secret_key` of `SECRETS_DIR`. Empty: only accounts of organisations are used.",
  },
  SCALEWAY_ZONES: {
    kind: 'text',
    default: 'fr-par-1,fr-par-2,pl-waw-2',
    about: "Zones of the installation's own account at Scaleway, separated by commas.",
  },
} as const satisfies Record<string, Definition>;
