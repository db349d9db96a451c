import type { FlavourMount } from '#contracts/flavour-choice.ts';
import { LOOPBACK } from '#contracts/flavour-choice.ts';
import type { GpuVendor } from '#contracts/gpu-families.ts';

/**
 * The words that run an engine in a container: it sees its model's files, the GPUs, and an address on the loopback, and
 * nothing else of the machine. Rendered without a shell; each word is one argument.
 */
export type ContainerRuntime = 'docker' | 'podman';

export interface ContainerOrder {
  readonly runtime: ContainerRuntime;
  readonly vendor: GpuVendor;
  readonly name: string;
  readonly image: string;
  /** Of the machine; the container's own cache of models lies in it. */
  readonly cacheDir: string;
  /** Where the engine is reached from the agent, and nobody else. */
  readonly host: string;
  readonly port: number;
  /** Port of the engine inside. */
  readonly innerPort: number;
  /** Handed on by name: the value stays in the environment and never shows in a process list. */
  readonly passedVariables: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly mounts: readonly FlavourMount[];
  readonly devices: readonly string[];
  /** One of its own, or the name of one that the runtime has. */
  readonly network: string;
  /** What the image holds cannot be changed by what runs in it. */
  readonly isRootReadOnly: boolean;
}

/** Of an engine with its threads, workers and compilers; a runaway one does not take the machine with it. */
const PROCESSES_MAX = 16_384;
const CACHE_INSIDE = '/root/.cache/huggingface';
/**
 * Compilers and libraries keep what they made below HOME. On the volume of the models it survives the container, so a
 * second start does not compile again, and the root needs no writing.
 */
const HOME_INSIDE = `${CACHE_INSIDE}/engine-home`;
/** Compiled code is loaded from it. */
const TEMPORARY = '/tmp:rw,exec,nosuid,nodev';

/** All words up to the entry point's own arguments. */
export function containerWords(order: ContainerOrder): string[] {
  const { runtime, vendor, name, image, cacheDir, host, port, innerPort } = order;
  return [
    ...[runtime, 'run', '--rm', '--name', name],
    ...gpuWords(runtime, vendor),
    // Engines that share a model over several GPUs exchange it through shared memory.
    '--ipc=host',
    ...['--security-opt', 'no-new-privileges', '--cap-drop', 'ALL'],
    // The directory of the models may belong to the agent's user.
    ...['--cap-add', 'DAC_OVERRIDE'],
    ...['--pids-limit', String(PROCESSES_MAX)],
    ...(order.isRootReadOnly ? ['--read-only', '--tmpfs', TEMPORARY] : []),
    ...['-v', `${cacheDir}:${CACHE_INSIDE}`, '-e', `HF_HOME=${CACHE_INSIDE}`, '-e', `HOME=${HOME_INSIDE}`],
    ...order.mounts.flatMap(({ source, target, read_only: isReadOnly }) => [
      '-v',
      `${source}:${target}${isReadOnly ? ':ro' : ''}`,
    ]),
    ...order.devices.flatMap((device) => ['--device', device]),
    ...(order.network === LOOPBACK ? [] : ['--network', order.network]),
    ...['-p', `${host}:${port}:${innerPort}`],
    ...order.passedVariables.flatMap((variable) => ['-e', variable]),
    ...Object.entries(order.variables).flatMap(([variable, value]) => ['-e', `${variable}=${value}`]),
    // Images differ in their entry point; this form is the same for all of them.
    ...['--entrypoint', 'vllm', image],
  ];
}

function gpuWords(runtime: ContainerRuntime, vendor: GpuVendor): string[] {
  if (vendor === 'nvidia') {
    return runtime === 'docker' ? ['--gpus', 'all'] : ['--device', 'nvidia.com/gpu=all'];
  }
  // As the makers of the image ask for it: the driver looks into memory of other processes of the engine.
  return [
    ...['--device', '/dev/kfd', '--device', '/dev/dri', '--group-add', 'video'],
    ...['--cap-add', 'SYS_PTRACE', '--security-opt', 'seccomp=unconfined'],
  ];
}
