import path from 'node:path';
import type { FlavourMount } from '#contracts/flavour-choice.ts';
import { LOOPBACK } from '#contracts/flavour-choice.ts';
import type { GpuVendor } from '#contracts/gpu-families.ts';
import { type ContainerRuntime, containerWords } from './container-command.ts';
import type { EngineOrder } from './engine.ts';
import type { EngineCommand } from './engine-process.ts';

export type VllmLauncher =
  | { readonly kind: 'native'; readonly program: string }
  | {
      readonly kind: 'container';
      readonly runtime: ContainerRuntime;
      readonly vendor: GpuVendor;
      readonly image: string;
    };

/** The parts of a flavour beside its image. What only a container can have counts for nothing without one. */
export interface VllmFlavour {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly FlavourMount[];
  readonly devices: readonly string[];
  readonly network: string;
}

export const PLAIN_FLAVOUR: VllmFlavour = {
  ...{ args: [], environment: {}, mounts: [], devices: [] },
  network: LOOPBACK,
};

export interface VllmSettings {
  readonly launcher: VllmLauncher;
  /** Holds the downloaded weights; outlives the engine and its container. */
  readonly cacheDir: string;
  /** What the engine may see of the environment; the Hugging Face token is its only secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly flavour: VllmFlavour;
  /** Of a container; false where the machine's container runtime cannot do it. */
  readonly isRootReadOnly: boolean;
}

/** A host that an order allows may send nobody on to another one. */
const NO_REDIRECTS = 'VLLM_MEDIA_URL_ALLOW_REDIRECTS';
/** Port of the API inside the container. */
const CONTAINER_PORT = 8000;

/**
 * vLLM does not look at its stdin, so this shell does: when the pipe closes, the agent is gone and the engine's whole
 * process group ends, politely first. A signal to the shell goes on to the engine.
 */
const LEASH = `exec 3<&0 </dev/null
"$@" 3<&- &
engine=$!
trap 'kill -TERM "$engine" 2>/dev/null' TERM INT
{ cat <&3 >/dev/null; kill -TERM "$engine" 2>/dev/null; sleep 10; kill -KILL 0; } >/dev/null 2>&1 &
exec 3<&-
while :; do
  wait "$engine"; code=$?
  kill -0 "$engine" 2>/dev/null || exit "$code"
done`;

/** A container of an agent that was killed may still run under this name; it holds the GPUs. */
const AFTER_REMOVAL = '"$1" rm -f "$2" >/dev/null 2>&1; shift 2; exec "$@"';

export function vllmCommand(settings: VllmSettings, order: EngineOrder): EngineCommand {
  const { launcher, flavour } = settings;
  const line =
    launcher.kind === 'native'
      ? [launcher.program, 'serve', ...serveArgs(settings, order, order.host, order.port)]
      : containerLine(settings, launcher, order);
  return {
    command: '/bin/sh',
    args: ['-c', LEASH, 'engine', ...line],
    env: { ...settings.env, ...flavour.environment, HF_HOME: settings.cacheDir, [NO_REDIRECTS]: '0' },
    hasOwnGroup: true,
  };
}

function containerLine(
  settings: VllmSettings,
  launcher: Extract<VllmLauncher, { kind: 'container' }>,
  order: EngineOrder,
): string[] {
  const { runtime, vendor, image } = launcher;
  const { flavour } = settings;
  const name = `inventiv-engine-${order.port}`;
  const words = containerWords({
    ...{ runtime, vendor, name, image },
    cacheDir: settings.cacheDir,
    ...{ host: order.host, port: order.port, innerPort: CONTAINER_PORT },
    passedVariables: settings.env['HF_TOKEN'] === undefined ? [] : ['HF_TOKEN'],
    variables: { ...flavour.environment, [NO_REDIRECTS]: '0' },
    ...{ mounts: flavour.mounts, devices: flavour.devices, network: flavour.network },
    isRootReadOnly: settings.isRootReadOnly,
  });
  return [
    ...['/bin/sh', '-c', AFTER_REMOVAL, 'engine', runtime, name],
    ...[...words, 'serve', ...serveArgs(settings, order, '0.0.0.0', CONTAINER_PORT)],
  ];
}

function serveArgs({ flavour }: VllmSettings, order: EngineOrder, host: string, port: number): string[] {
  return [
    order.model.hf_id,
    ...['--host', host, '--port', String(port)],
    ...['--served-model-name', order.model.served_name],
    ...['--max-model-len', String(order.model.context_length)],
    // Cached tokens are billed at their own rate, so the usage must tell them.
    '--enable-prompt-tokens-details',
    '--disable-uvicorn-access-log',
    // Pictures come in the request itself. An address in it would be fetched from here, from inside the network of the
    // machine, where the provider's own service gives out credentials; so the one allowed host is none. The arguments
    // of a flavour and of an order come last and may name hosts.
    ...['--allowed-media-domains', 'none.invalid'],
    ...flavour.args,
    ...order.args,
  ];
}

/** Where the Hugging Face library keeps the files of a model below `HF_HOME`. */
export function blobsDirOf(cacheDir: string, hfId: string): string {
  return path.join(cacheDir, 'hub', `models--${hfId.replaceAll('/', '--')}`, 'blobs');
}
