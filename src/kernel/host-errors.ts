/** Errors of machines that organisations own. */
import type { CatalogueEntry } from './error-kinds.ts';

export const HOST_ERRORS = {
  'host.not_found': { kind: 'not_found', message: 'This organisation has no such machine.' },
  'host.name_taken': {
    kind: 'conflict',
    message: 'A machine of this name is registered already. Choose another name.',
  },
  'host.address_taken': {
    kind: 'conflict',
    message: 'A machine at this address and port is registered already. Change that one, or remove it first.',
  },
  'host.too_many': {
    kind: 'conflict',
    message: 'An organisation registers at most 2000 machines. Remove some that are not used any more.',
  },
  'host.bad_credential': {
    kind: 'invalid',
    message: 'The credential of the machine cannot be used. See `errors`.',
  },
  'host.bad_inventory': {
    kind: 'invalid',
    message: 'Nothing was registered, because the list has errors. See `errors` for each line.',
  },
  'host.in_use': {
    kind: 'conflict',
    message: 'An instance uses this machine. Terminate it and wait until the machine is free.',
  },
  'host.not_claimed': {
    kind: 'conflict',
    message: 'No instance uses this machine: there is nothing to release.',
  },
  'host.release_first': {
    kind: 'conflict',
    message:
      'Terminate the instance on this machine first. Declare it released only when the machine does not answer.',
  },
  'host.confirm_name': {
    kind: 'invalid',
    message: 'Send the name of the machine as `confirm`, as proof that it is meant.',
  },
} as const satisfies Record<string, CatalogueEntry>;
