/** AWS, for the installation as a whole; an organisation's account says the rest. */
import type { Definition } from './definition.ts';

export const AWS_DEFINITIONS = {
  AWS_API_URL: {
    kind: 'text',
    default: '',
    about:
      "Where EC2, STS and the price list are spoken to, for every account; AWS's own addresses when empty.",
  },
  AWS_OWN_KEY_ID: {
    kind: 'text',
    default: '',
    about:
      "Access key id of the installation's own account at AWS; its secret is the file `aws_secret_access_key` of `SECRETS_DIR`. Empty: only accounts of organisations are used.",
  },
  AWS_ZONES: {
    kind: 'text',
    default: 'eu-west-3,eu-central-1',
    about: "Availability zones or regions of the installation's own account at AWS, separated by commas.",
  },
} as const satisfies Record<string, Definition>;
