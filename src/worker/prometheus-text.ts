import type { WorkerCondition } from './condition.ts';
import type { MachineSample } from './sampler.ts';

interface Series {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | null;
}

type Gpu = MachineSample['gpus'][number];
type Put = (name: string, type: 'gauge' | 'counter', help: string, series: readonly Series[]) => void;

export interface MetricsSource {
  readonly sample: MachineSample;
  readonly condition: WorkerCondition;
  readonly tallies: { readonly openCount: number; readonly closedCount: number };
  readonly build: { readonly version: string; readonly sha256: string };
}

/** The Prometheus exposition of the worker. Unknown figures are left out, never shown as 0. */
export function metricsText(source: MetricsSource): string {
  const { sample, condition, tallies, build } = source;
  const { engine } = condition;
  const out: string[] = [];
  const put: Put = (name, type, help, series) => {
    const known = series.filter((one) => one.value !== null);
    if (known.length === 0) return;
    out.push(`# HELP inventiv_worker_${name} ${help}`, `# TYPE inventiv_worker_${name} ${type}`);
    for (const one of known) out.push(`inventiv_worker_${name}${labelText(one.labels)} ${one.value}`);
  };
  const one = (value: number | null): Series[] => [{ value }];
  put('build_info', 'gauge', 'The agent, as labels.', [{ labels: build, value: 1 }]);
  put(
    'ready',
    'gauge',
    '1 while the model answers and requests are taken.',
    one(Number(condition.status === 'ready')),
  );
  put('engine_restarts_total', 'counter', 'Times the engine was started again.', one(engine.restarts));
  put('model_loaded_bytes', 'gauge', 'Weights loaded so far.', one(engine.bytesLoaded));
  put('model_total_bytes', 'gauge', 'Weights of the model.', one(engine.bytesTotal));
  put('requests_in_flight', 'gauge', 'Requests open on the data port.', one(condition.inFlight));
  put('tallies_open', 'gauge', 'Token counts of running requests.', one(tallies.openCount));
  put(
    'tallies_unacknowledged',
    'gauge',
    'Token counts the gateway has not fetched.',
    one(tallies.closedCount),
  );
  put('cpu_ratio', 'gauge', 'Busy share of all cores.', one(sample.cpu_ratio));
  put('memory_used_bytes', 'gauge', 'Memory in use.', one(sample.memory_used_bytes));
  put('memory_total_bytes', 'gauge', 'Memory of the machine.', one(sample.memory_total_bytes));
  put('disk_used_bytes', 'gauge', 'Disk in use below the state directory.', one(sample.disk_used_bytes));
  put('disk_total_bytes', 'gauge', 'Disk below the state directory.', one(sample.disk_total_bytes));
  put('network_receive_bytes_total', 'counter', 'Bytes received.', one(sample.network_rx_bytes));
  put('network_transmit_bytes_total', 'counter', 'Bytes sent.', one(sample.network_tx_bytes));
  put(
    'requests_running',
    'gauge',
    'Requests in the running batch of the engine.',
    one(sample.requests_running),
  );
  put('requests_waiting', 'gauge', 'Queue depth of the engine.', one(sample.requests_waiting));
  put('tokens_per_second', 'gauge', 'Tokens generated per second.', one(sample.tokens_per_second));
  put('kv_cache_ratio', 'gauge', 'KV cache in use.', one(sample.kv_cache_ratio));
  putGpus(put, sample.gpus);
  return `${out.join('\n')}\n`;
}

function putGpus(put: Put, gpus: readonly Gpu[]): void {
  const perGpu = (read: (gpu: Gpu) => number): Series[] =>
    gpus.map((gpu) => ({ labels: { gpu: String(gpu.index), name: gpu.name }, value: read(gpu) }));
  put(
    'gpu_utilisation_ratio',
    'gauge',
    'Busy share of the GPU.',
    perGpu((gpu) => gpu.utilisation / 100),
  );
  put(
    'gpu_memory_used_bytes',
    'gauge',
    'GPU memory in use.',
    perGpu((gpu) => gpu.memory_used_bytes),
  );
  put(
    'gpu_memory_total_bytes',
    'gauge',
    'GPU memory.',
    perGpu((gpu) => gpu.memory_total_bytes),
  );
  put(
    'gpu_temperature_celsius',
    'gauge',
    'GPU temperature.',
    perGpu((gpu) => gpu.temperature_c),
  );
  put(
    'gpu_power_watts',
    'gauge',
    'GPU power draw.',
    perGpu((gpu) => gpu.power_w),
  );
}

function labelText(labels: Readonly<Record<string, string>> | undefined): string {
  if (!labels) return '';
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
    return `${name}="${escaped}"`;
  });
  return `{${pairs.join(',')}}`;
}
