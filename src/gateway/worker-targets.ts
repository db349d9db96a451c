import { tunnelledInstance } from '#contracts/tunnel.ts';
import { dataTokenOf } from '#instances/worker-tokens.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import type { ServingWorker } from '#routing/snapshot.ts';
import type { JournalWorker } from './journal/records.ts';
import type { UpstreamTarget } from './upstream.ts';

const CACHED_MAX = 10_000;

/** Where each worker's data port is and the token it expects. Derived once per epoch: it costs more than a hash. */
export class WorkerTargets {
  readonly #key: Secret;
  readonly #cache = new Map<string, UpstreamTarget>();
  readonly #byWorker = new WeakMap<JournalWorker, UpstreamTarget>();

  constructor(dataPlaneKey: Secret) {
    this.#key = dataPlaneKey;
  }

  of(worker: JournalWorker): UpstreamTarget {
    const known = this.#byWorker.get(worker);
    if (known) return known;
    const target = this.#find(worker);
    this.#byWorker.set(worker, target);
    return target;
  }

  #find(worker: JournalWorker): UpstreamTarget {
    const name = `${worker.instance_id} ${worker.epoch} ${worker.address} ${worker.data_port}`;
    const known = this.#cache.get(name);
    if (known) return known;
    if (this.#cache.size >= CACHED_MAX) this.#cache.clear();
    const host = worker.address.includes(':') ? `[${worker.address}]` : worker.address;
    const target = {
      origin: `http://${host}:${worker.data_port}`,
      token: dataTokenOf(this.#key, worker.instance_id as InstanceId, worker.epoch),
      tunnel: tunnelledInstance(worker.address),
    };
    this.#cache.set(name, target);
    return target;
  }
}

const journalWorkers = new WeakMap<ServingWorker, JournalWorker>();

/** The same object for the same worker of a snapshot. */
export function journalWorkerOf(worker: ServingWorker): JournalWorker {
  const known = journalWorkers.get(worker);
  if (known) return known;
  const { instanceId: instance_id, address, dataPort: data_port, epoch } = worker;
  const made = { instance_id, address, data_port, epoch };
  journalWorkers.set(worker, made);
  return made;
}
