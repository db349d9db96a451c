/** Every life in which processes are killed. */
import { type Life, RECONCILE, RELEASE, SWEEP } from './life.ts';
import { ORDERS } from './lives-orders.ts';
import { SWEEPS } from './lives-sweeps.ts';
import { WATCHED } from './lives-watched.ts';
import { calls, commits } from './point-names.ts';

export const LIVES: readonly Life[] = [...ORDERS, ...WATCHED, ...SWEEPS];

/** Points that no life comes to, and why that is so. */
export const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'A server is looked at by `look`, which knows more than that it is there.': calls(RECONCILE, 'look-server'),
  'An ordered volume has a row of its own, and both end together, in `volume-gone`.': commits(
    RECONCILE,
    'gone-volume',
  ),
  "The server's id is written together with this change of state, in `adopt-server`.": commits(
    RECONCILE,
    'move-booting',
  ),
  'Only a refused start leads back there, in `start-refused`.': commits(RECONCILE, 'move-provisioning'),
  'The mock cloud makes whole servers; test/scaleway.test.ts kills there.': calls(RECONCILE, 'prepare'),
  'The mock cloud gives no server another address; `decide-watch.test.ts` and the simulation do.': commits(
    RECONCILE,
    'note-address',
  ),
  'The mock cloud is not reached by SSH; `src/hosts/provider.test.ts` installs anew there, twice where it must.':
    [...calls(RECONCILE, 'install-by-ssh'), ...commits(RECONCILE, 'installed-by-ssh')],
  'A look at a machine of somebody, which orders nothing and is repeated.': ['probe-host.commit'],
  'A file of the cache on a machine; `model-cache.test.ts` takes a whole part for what it is.': [
    'model.before_rename',
  ],
  'The mock cloud hides nothing that was seen before; the tests of these jobs do.': [
    ...commits(RELEASE, 'seen'),
    ...commits(SWEEP, 'seen'),
  ],
  'No machine: another master key takes over; `rotate-secrets.test.ts` kills it at each.': [
    'reseal.commit',
    'reseal.committed',
    'rotate-master-key.former-kept',
    'rotate-master-key.made',
    'rotate-master-key.promoted',
    'rotate-master-key.registered',
    'rotate-master-key.retire',
    'rotate-master-key.retired',
  ],
  'No machine: another credential of an account; `credential-rotation.test.ts` crashes it at each.': [
    'rotate-credential.commit',
    'rotate-credential.committed',
  ],
  'No machine: what others are told; `deliveries.test.ts` crashes it at each.': [
    'deliver-webhooks.sent',
    'fan-out-events.applied',
  ],
  'A mail, no machine and no money; `mail.test.ts` crashes it there.': ['send-mail.commit'],
  'Figures of past minutes, no machine and no money; `series.test.ts` kills it there.': ['series.rolled-up'],
  'No machine: requests of a batch; `run-batch.test.ts` crashes it at each.': [
    'run-batch.answered',
    'run-batch.chunk-written',
    'run-batch.ended',
    'run-batch.recorded',
    'run-batch.sending',
    'run-batch.validated',
    'run-batch.written',
  ],
  'The agent of a machine, which is given no crash file; `dead-man.test.ts` starts it anew.': [
    'worker.dead-man.decided',
  ],
};
