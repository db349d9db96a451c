import { refusal } from '#providers/call-errors.ts';
import type { CreateServer } from '#providers/provider.ts';
import type { ScalewayOptions } from './credential.ts';
import { localBytesMax, type Product } from './products.ts';

/** The disks that a server is made with: the right form for each type, or a refusal that says what to do. */
const GB = 1_000_000_000;
const ROOT_BYTES_MIN = 10 * GB;
const BLOCK_BYTES_MAX = 10_000 * GB;

export interface VolumeOrder {
  readonly id?: string;
  readonly name?: string;
  readonly size?: number;
  readonly volume_type: 'sbs_volume' | 'l_ssd' | 'scratch';
}

export interface DiskPlan {
  /** Images are kept apart by the kind of disk that they are put on. */
  readonly imageType: 'instance_sbs' | 'instance_local';
  readonly volumes: Readonly<Record<string, VolumeOrder>>;
}

/** @throws ProviderError when the type cannot have such a root */
export function planDisks(
  call: { readonly provider: string; readonly operation: string },
  order: CreateServer,
  product: Product,
  wish: ScalewayOptions['rootVolume'],
): DiskPlan {
  const refuse = (message: string) => refusal(call, 'invalid', message, 'root_volume');
  const size = Math.ceil(order.rootBytes / GB) * GB;
  if (size < ROOT_BYTES_MIN) throw refuse(`a root of ${order.rootBytes} bytes is too small: 10 GB at least`);
  const localMax = localBytesMax(product);
  if (wish === 'local' && localMax === 0) {
    throw refuse(
      `${order.type} has no local disk, so its root cannot be a local volume: use a block volume (root_volume "block" or "auto")`,
    );
  }
  const isLocal = wish === 'local' || (wish === 'auto' && localMax > 0);
  if (isLocal && size > localMax) {
    throw refuse(
      `${order.type} holds a local root of ${localMax / GB} GB at most, and ${size / GB} GB are needed: use a block volume (root_volume "block") or a smaller model`,
    );
  }
  if (!isLocal && size > BLOCK_BYTES_MAX) throw refuse(`a block volume holds 10 TB at most`);
  return {
    imageType: isLocal ? 'instance_local' : 'instance_sbs',
    volumes: numbered([
      { size, volume_type: isLocal ? 'l_ssd' : 'sbs_volume' },
      ...scratchOf(order, product),
      ...order.parts
        .filter((part) => part.kind === 'volume')
        .map((part): VolumeOrder => ({ id: part.ref.id, volume_type: 'sbs_volume' })),
    ]),
  };
}

/** Free, fast and lost with the machine: the console adds it by itself, the API only when it is told to. */
function scratchOf(order: CreateServer, product: Product): VolumeOrder[] {
  const size = product.scratch_storage_max_size ?? 0;
  if (size <= 0) return [];
  return [{ name: `${order.name}-scratch`, size, volume_type: 'scratch' }];
}

function numbered(volumes: readonly VolumeOrder[]): Record<string, VolumeOrder> {
  return Object.fromEntries(volumes.map((volume, index) => [String(index), volume]));
}
