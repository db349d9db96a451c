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
  'host.reached_by_agent': {
    kind: 'conflict',
    message:
      'This machine is reached by its own agent: it has no address, user, credential or host key to change.',
  },
  'host.agent_refused': {
    kind: 'unauthenticated',
    message: 'This machine is not registered here any more. Take the agent off it, or enrol it again.',
  },
  'host.order_gone': {
    kind: 'not_found',
    message: 'This order is not wanted any more. Ask again what to do.',
  },
  'host.no_tunnel': {
    kind: 'conflict',
    message:
      'A machine that nobody can dial serves through a tunnel, and no gateway takes tunnels here. Set TUNNEL_URL on the gateways first.',
  },
  'host.enrolment_not_found': { kind: 'not_found', message: 'This organisation has no such enrolment.' },
  'host.enrolment_ended': {
    kind: 'conflict',
    message: 'A machine was enrolled with this token already: remove the machine instead.',
  },
  'host.too_many_enrolments': {
    kind: 'conflict',
    message: 'At most 100 enrolments wait for their machine at the same time. Revoke some.',
  },
  'host.enrolment_unknown': {
    kind: 'unauthenticated',
    message:
      'This installation does not know the token. Copy the whole command again from the page that shows it.',
  },
  'host.enrolment_expired': {
    kind: 'unauthenticated',
    message: 'The token has expired. Ask for a new command and run it within its hour.',
  },
  'host.enrolment_used': {
    kind: 'unauthenticated',
    message: 'Another machine was enrolled with this token. Each machine needs a command of its own.',
  },
  'host.enrolment_revoked': {
    kind: 'unauthenticated',
    message: 'The token was revoked. Ask for a new command.',
  },
} as const satisfies Record<string, CatalogueEntry>;
