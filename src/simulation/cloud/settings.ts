import * as z from 'zod';
import { type NanosPerHour, parseRate } from '#kernel/money.ts';

const GIB = 2 ** 30;
const duration = z.int().min(0).max(86_400_000);
const price = z.string().regex(/^\d{1,6}(\.\d{1,9})?$/, 'a decimal such as "1.25"');
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

export const instanceTypeSchema = z.strictObject({
  name: word,
  gpu_count: z.int().min(0).max(64),
  /** The short name under which it is sold. */
  gpu_kind: word,
  /** The name that nvidia-smi prints. */
  gpu_name: z.string().min(1).max(100),
  compute_capability: z.string().regex(/^\d{1,2}\.\d$/),
  vram_bytes_per_gpu: z.int().min(0),
  vcpus: z.int().min(1),
  memory_bytes: z.int().min(1),
  /** Euros per hour, exact. */
  price_per_hour: price,
  boot_ms: duration.optional(),
  pull_ms: duration.optional(),
  load_ms: duration.optional(),
  preset: word.optional(),
});
export type InstanceType = z.infer<typeof instanceTypeSchema>;

export const settingsSchema = z.strictObject({
  zones: z.array(word).min(1).max(32),
  types: z.array(instanceTypeSchema).min(1).max(200),
  /** Date of the prices, as the offers show it. */
  prices_as_of: z.iso.date(),
  volume_price_per_gb_hour: price,
  /** Of a reserved address, whether a server has it or not. */
  address_price_per_hour: price,
  boot_ms: duration,
  pull_ms: duration,
  load_ms: duration,
  delete_ms: duration,
  /** Speed of the simulated engine. */
  preset: word,
  user_data_bytes_max: z.int().min(0).max(1_048_576),
  /** How long a deleted resource can still be read. */
  tombstone_ms: duration,
});
export type CloudSettings = z.infer<typeof settingsSchema>;

/** What PUT /v1/settings takes: any part, unknown fields refused. */
export const settingsChangeSchema = settingsSchema.partial();
export type SettingsChange = z.infer<typeof settingsChangeSchema>;

export const DEFAULT_SETTINGS: CloudSettings = {
  zones: ['mock-a', 'mock-b'],
  types: [
    gpuType('MOCK-L4-1', 1, 'L4', '8.9', 24, 8, 48, '0.75'),
    gpuType('MOCK-L40S-1', 1, 'L40S', '8.9', 48, 8, 96, '1.40'),
    gpuType('MOCK-H100-1', 1, 'H100', '9.0', 80, 24, 240, '2.73'),
    gpuType('MOCK-H100-2', 2, 'H100', '9.0', 80, 48, 480, '5.46'),
    gpuType('MOCK-H100-8', 8, 'H100', '9.0', 80, 128, 960, '23.03'),
  ],
  prices_as_of: '2026-11-01',
  volume_price_per_gb_hour: '0.000118',
  address_price_per_hour: '0.005',
  boot_ms: 4_000,
  pull_ms: 8_000,
  load_ms: 4_000,
  delete_ms: 1_000,
  preset: '8b',
  user_data_bytes_max: 131_072,
  tombstone_ms: 86_400_000,
};

/** Settings later in the list win; a field that is undefined changes nothing. */
export function mergeSettings(...changes: SettingsChange[]): CloudSettings {
  const merged: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const change of changes) {
    for (const [name, value] of Object.entries(change)) if (value !== undefined) merged[name] = value;
  }
  return settingsSchema.parse(merged);
}

export function findType(settings: CloudSettings, name: string): InstanceType | undefined {
  return settings.types.find((type) => type.name === name);
}

/** Storage is sold by the begun gigabyte (10^9 bytes). */
export function volumeRate(settings: CloudSettings, sizeBytes: number): NanosPerHour {
  return Math.ceil(sizeBytes / 1e9) * parseRate(settings.volume_price_per_gb_hour);
}

function gpuType(
  name: string,
  gpuCount: number,
  kind: string,
  computeCapability: string,
  vramGib: number,
  vcpus: number,
  memoryGib: number,
  pricePerHour: string,
): InstanceType {
  return {
    name,
    gpu_count: gpuCount,
    gpu_kind: kind,
    gpu_name: kind === 'H100' ? 'NVIDIA H100 PCIe' : `NVIDIA ${kind}`,
    compute_capability: computeCapability,
    vram_bytes_per_gpu: vramGib * GIB,
    vcpus,
    memory_bytes: memoryGib * GIB,
    price_per_hour: pricePerHour,
  };
}
