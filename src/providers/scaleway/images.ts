import * as z from 'zod';
import { absent, refusal } from '#providers/call-errors.ts';
import type { CallContext } from '#providers/provider.ts';
import type { ScalewayClient } from './client.ts';

export const localImages = z.object({
  local_images: z.array(
    z.object({
      id: z.string().min(1),
      arch: z.string().nullish(),
      zone: z.string().nullish(),
      type: z.string().nullish(),
      compatible_commercial_types: z.array(z.string()).nullish(),
    }),
  ),
});

export interface WantedImage {
  readonly labels: readonly string[];
  readonly zone: string;
  readonly type: string;
  readonly arch: string;
  readonly imageType: 'instance_sbs' | 'instance_local';
}

/** The image of the first label that exists in this zone for this type. @throws ProviderError */
export async function findImage(
  client: ScalewayClient,
  context: CallContext,
  operation: string,
  wanted: WantedImage,
): Promise<string> {
  for (const label of wanted.labels) {
    const answer = await absent(
      client.call(context, {
        operation,
        method: 'GET',
        path: '/marketplace/v2/local-images',
        query: { image_label: label, zone: wanted.zone, type: wanted.imageType, order_by: 'type_asc' },
        answer: localImages,
      }),
    );
    const fitting = answer?.local_images.find(
      (image) =>
        (image.arch ?? wanted.arch) === wanted.arch &&
        (image.type ?? wanted.imageType) === wanted.imageType &&
        image.compatible_commercial_types?.includes(wanted.type),
    );
    if (fitting) return fitting.id;
  }
  const { type, zone, arch, labels } = wanted;
  throw refusal(
    { provider: client.provider, operation },
    'invalid',
    `there is no image for ${type} (${arch}) in ${zone} under any of the labels ${labels.join(', ')}`,
    'image',
  );
}
