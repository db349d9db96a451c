import { jsonOf, operationOf } from './endpoints.ts';
import type { Interaction, Recording } from './recording.ts';

/** What a recording tells that an order of ours needs: the types of a zone, the label of an image, a root. */
const GB = 1_000_000_000;

export function typesOf(recording: Recording, zone: string): Set<string> {
  const lists = recording.interactions.filter((one) => {
    const operation = operationOf(one);
    return operation.do === 'products' && operation.zone === zone && one.code === 200;
  });
  return new Set(lists.flatMap((one) => Object.keys((jsonOf(one.body)?.['servers'] ?? {}) as object)));
}

export function imageOf(
  recording: Recording,
  image: unknown,
  zone: string,
): { readonly label: string; readonly isLocal: boolean } | undefined {
  for (const one of recording.interactions) {
    if (operationOf(one).do !== 'images' || one.code !== 200 || one.query.get('zone') !== zone) continue;
    const images = (jsonOf(one.body)?.['local_images'] ?? []) as { id?: string; type?: string }[];
    const found = images.find(({ id }) => id === image);
    const label = one.query.get('image_label');
    if (found && label !== null) return { label, isLocal: found.type === 'instance_local' };
  }
  return undefined;
}

export function otherVolume(interaction: Interaction): string | undefined {
  const body = jsonOf(interaction.requestBody) ?? {};
  const size = (body['from_empty'] as { size?: number } | undefined)?.size ?? 0;
  if ((body['perf_iops'] ?? 5_000) !== 5_000) return 'volume_of_another_speed';
  return size % GB === 0 ? undefined : 'volume_of_another_size';
}

export function rootOf(body: Record<string, unknown>): { size?: number; volume_type?: string } | undefined {
  return (body['volumes'] as Record<string, { size?: number; volume_type?: string }> | undefined)?.['0'];
}
