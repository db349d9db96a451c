/**
 * Looks at a host: who it says it is, whether it can be worked on, what it has. Changes nothing there. A key that is
 * not the confirmed one is written down beside it and never takes its place.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { isId } from '#kernel/ids.ts';
import { SealError, type Sealer } from '#kernel/sealing.ts';
import { BARE_METAL } from '#providers/host-book.ts';
import { typeCodeOf } from '#providers/host-facts.ts';
import type { SshCall } from '#providers/host-ssh.ts';
import { mayDial, probeHost, WorkFailure } from '#providers/host-work.ts';
import { announceHost } from '../announce-hosts.ts';
import { PROBE_HOST } from '../commands/register-host.ts';
import { recordProbe, type SealedHost, selectSealedHost } from '../host-store.ts';
import { targetOf } from '../sealed-hosts.ts';

export interface ProbeHostDeps {
  readonly env: Env;
  readonly db: Database;
  readonly sealer: Sealer;
  readonly settings: Settings;
  readonly mayDial?: SshCall['mayDial'];
}

const AGAIN_MS = 300_000;

type Found = Omit<Parameters<typeof recordProbe>[3], 'number'>;

/** The subject is the host's id. */
export function probeHostHandler(deps: ProbeHostDeps): JobHandler {
  return {
    kind: PROBE_HOST,
    async run(lease) {
      const { subjectId: id, orgId } = lease;
      if (!isId('host', id) || orgId === undefined || !isId('organisation', orgId)) {
        throw new Error(`not a host: ${id} ${orgId}`);
      }
      const host = await selectSealedHost(deps.db, id);
      if (!host || (host.probesAsked === host.probesDone && !isPassing(host.probeError)))
        return { done: true };
      const found = await look(deps, lease, host);
      // What ended because this run ends is no finding.
      lease.signal.throwIfAborted();
      await deps.env.crashPoint('probe-host.commit');
      await lease.apply(async (tx) => {
        await recordProbe(tx, { orgId }, id, { ...found, number: host.probesAsked });
        await announceHost(tx, { orgId }, id, lease.correlationId);
      });
      return isPassing(found.error) ? { againInMs: AGAIN_MS } : { done: true };
    },
  };
}

/** What may mend itself is looked at again; the rest waits for a person. */
function isPassing(error: string | null): boolean {
  return error === 'unreachable' || error === 'cut' || error === 'command_failed';
}

async function look(deps: ProbeHostDeps, lease: Lease, host: SealedHost): Promise<Found> {
  const done = new AbortController();
  const limit = new AbortController();
  const timer = deps.env
    .sleep(deps.settings.get('PROVIDER_TIMEOUT_MS', BARE_METAL), done.signal)
    .then(() => limit.abort())
    .catch(() => undefined);
  try {
    const signal = AbortSignal.any([lease.signal, limit.signal]);
    const call = { signal, mayDial: deps.mayDial ?? mayDial };
    const { facts } = await probeHost(targetOf(deps.sealer, host), call);
    return { error: null, message: null, seenHostKey: null, facts, typeCode: typeCodeOf(facts) };
  } catch (error) {
    if (error instanceof SealError) {
      return failure('unreadable', 'The stored credential cannot be opened: give it again.');
    }
    if (!(error instanceof WorkFailure)) throw error;
    const seen = error.seenHostKey === host.hostKey ? undefined : error.seenHostKey;
    return failure(error.kind, error.message, seen);
  } finally {
    done.abort();
    await timer;
  }
}

function failure(error: string, message: string, seenHostKey?: string): Found {
  const text = message.slice(0, 500);
  return { error, message: text, seenHostKey: seenHostKey ?? null, facts: null, typeCode: null };
}
