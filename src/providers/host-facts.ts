/** From what a probe said to what the machine is. Pure. */
import type { HostFacts } from './host-book.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** Of the engine's current images. */
const DRIVER_MIN = 525;

export interface ProbeReport {
  readonly hasRoot: boolean;
  /** Tools without which nothing can be installed. */
  readonly missingTools: readonly string[];
  readonly facts: HostFacts;
}

/** Undefined when it is no answer of our probe: another shell, a banner, half a line. */
export function readProbe(output: string): ProbeReport | undefined {
  const values = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const [, name, value] = /^([a-z_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined)
      values.set(name, [...(values.get(name) ?? []), value.trim()]);
  }
  const one = (name: string) => values.get(name)?.[0] ?? '';
  const root = one('root');
  const [vcpus, memoryKb] = [Number(one('cpus')), Number(one('memory_kb'))];
  if ((root !== 'yes' && root !== 'no') || !(vcpus > 0) || !(memoryKb > 0)) return undefined;
  const tools = values.get('tool') ?? [];
  const gpus = [...(values.get('nvidia') ?? []).flatMap(readNvidia), ...readRocm(one('rocm'))];
  const facts = {
    arch: archOf(one('arch')),
    os: one('os').replaceAll('"', '').slice(0, 100),
    vcpus,
    memoryBytes: Math.max(1, Math.round(memoryKb / 2 ** 20)) * GIB,
    diskFreeBytes: (Number(one('disk_kb')) || 0) * 1_024,
    gpus,
    runtime: one('runtime').slice(0, 100) || null,
    toolkit: one('toolkit').slice(0, 100) || null,
  };
  const missingTools = tools.includes('sha256sum') ? [] : ['sha256sum'];
  if (!tools.includes('curl') && !tools.includes('wget')) missingTools.push('curl');
  if (!tools.includes('systemctl')) missingTools.push('systemd');
  return {
    hasRoot: root === 'yes',
    missingTools,
    facts: { ...facts, warnings: warningsOf(facts, one('nvidia_error')) },
  };
}

/**
 * The name under which machines like this one are offered. All that a model's fit depends on is in it, so machines of
 * one name stand in for each other.
 */
export function typeCodeOf(facts: HostFacts): string {
  const [first] = facts.gpus;
  const rest = `${facts.vcpus}c-${Math.round(facts.memoryBytes / GIB)}G${facts.arch === 'arm64' ? '-arm64' : ''}`;
  if (!first) return `BM-CPU-${rest}`;
  const kind = first.kind.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');
  return `BM-${facts.gpus.length}x${kind}-${Math.round(vramOf(facts) / GIB)}G-${rest}`.slice(0, 100);
}

/** Of the smallest: a model is spread evenly. */
export function vramOf(facts: HostFacts): number {
  return facts.gpus.length === 0 ? 0 : Math.min(...facts.gpus.map(({ vramBytes }) => vramBytes));
}

function readNvidia(row: string): HostFacts['gpus'] {
  const [name = '', memory = '', driver = '', capability = ''] = row.split(',').map((part) => part.trim());
  const mib = Number(memory);
  if (name === '' || !(mib > 0)) return [];
  const computeCapability = /^\d+\.\d+$/.test(capability) ? capability : null;
  return [
    { kind: name.replace(/^NVIDIA /, '').slice(0, 60), vramBytes: mib * MIB, driver, computeCapability },
  ];
}

function readRocm(text: string): HostFacts['gpus'] {
  if (text === '') return [];
  let cards: unknown;
  try {
    cards = JSON.parse(text);
  } catch {
    return [];
  }
  if (typeof cards !== 'object' || cards === null) return [];
  const driver = String((cards as { system?: Record<string, unknown> }).system?.['Driver version'] ?? '');
  return Object.entries(cards).flatMap(([name, card]) => {
    if (!/^card\d+$/.test(name) || typeof card !== 'object' || card === null) return [];
    const fields = card as Record<string, unknown>;
    const vramBytes = Number(fields['VRAM Total Memory (B)']);
    const kind = String(fields['Card Series'] ?? fields['Card series'] ?? fields['Card model'] ?? 'AMD GPU');
    return vramBytes > 0 ? [{ kind: kind.slice(0, 60), vramBytes, driver, computeCapability: null }] : [];
  });
}

function archOf(machine: string): string {
  return machine === 'aarch64' || machine === 'arm64' ? 'arm64' : 'x86_64';
}

function warningsOf(facts: Omit<HostFacts, 'warnings'>, nvidiaError: string): string[] {
  const warnings: string[] = [];
  const [first] = facts.gpus;
  if (nvidiaError !== '') {
    warnings.push(
      `nvidia-smi fails: ${nvidiaError.slice(0, 200)}. Install the NVIDIA driver anew and reboot.`,
    );
  } else if (!first) warnings.push('No GPU was found: nvidia-smi and rocm-smi show none.');
  if (facts.runtime === null) {
    warnings.push('There is no container runtime. Install Docker, or a vllm on the PATH.');
  }
  if (first?.computeCapability !== undefined && first.computeCapability !== null) {
    if (facts.toolkit === null && facts.runtime !== null) {
      warnings.push('Containers cannot use the GPUs: install the package nvidia-container-toolkit.');
    }
    if (Number.parseInt(first.driver, 10) < DRIVER_MIN) {
      warnings.push(`The NVIDIA driver ${first.driver} is too old. Install ${DRIVER_MIN} or newer.`);
    }
  }
  if (new Set(facts.gpus.map(({ kind }) => kind)).size > 1) {
    warnings.push('The GPUs are not all of one kind. The smallest of them counts.');
  }
  return warnings;
}
