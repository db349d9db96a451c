import type { Image } from '@aws-sdk/client-ec2';
import type { Clock } from '#kernel/env.ts';
import { absent, refusal } from '#providers/call-errors.ts';
import type { CallContext } from '#providers/provider.ts';
import type { AwsClient } from './client.ts';

/**
 * The image of an operating system for a type: the newest of the first name, or the id, that has its architecture.
 * AWS renews its images every few weeks, so a choice is kept for minutes only.
 */
export interface ImageFacts {
  readonly id: string;
  readonly rootDevice: string;
  readonly rootGib: number;
  readonly arch: string;
}

export interface ImageWish {
  readonly region: string;
  readonly type: string;
  readonly arch: string;
  readonly images: readonly string[];
}

const KEPT_MS = 600_000;
const IMAGE_ID = /^ami-[0-9a-f]{8,17}$/;

export class Images {
  readonly #client: AwsClient;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { readonly atMs: number; readonly images: readonly ImageFacts[] }>();

  constructor(client: AwsClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws ProviderError `invalid` where no image fits */
  async find(context: CallContext, operation: string, wish: ImageWish): Promise<ImageFacts> {
    for (const image of wish.images) {
      const known = await this.#known(context, operation, wish.region, image);
      const fitting = known.find(({ arch }) => arch === wish.arch);
      if (fitting) return fitting;
    }
    const { type, region, arch, images } = wish;
    throw refusal(
      { provider: this.#client.provider, operation },
      'invalid',
      `there is no image for ${type} (${arch}) in ${region} among ${images.join(', ')}: name another in the account`,
      'image',
    );
  }

  async #known(
    context: CallContext,
    operation: string,
    region: string,
    image: string,
  ): Promise<readonly ImageFacts[]> {
    const key = `${region} ${image}`;
    const kept = this.#kept.get(key);
    if (kept && this.#clock.monotonic() - kept.atMs < KEPT_MS) return kept.images;
    const rows = (await absent(this.#ask(context, operation, region, image))) ?? [];
    const images = rows.toSorted((a, b) => (ageOf(a) < ageOf(b) ? 1 : -1)).flatMap(factsOf);
    if (images.length > 0) this.#kept.set(key, { atMs: this.#clock.monotonic(), images });
    return images;
  }

  #ask(context: CallContext, operation: string, region: string, image: string): Promise<Image[]> {
    return this.#client.list(context, operation, region, async (ec2, token, options) => {
      const answer = await ec2.describeImages(
        IMAGE_ID.test(image)
          ? { ImageIds: [image], ...token }
          : {
              // A name says nothing of who made it: others may publish an image of the same one.
              Owners: ['amazon', 'self'],
              Filters: [
                { Name: 'name', Values: [image] },
                { Name: 'state', Values: ['available'] },
                { Name: 'root-device-type', Values: ['ebs'] },
              ],
              ...token,
            },
        options,
      );
      return { rows: answer.Images, next: answer.NextToken };
    });
  }
}

function factsOf(image: Image): ImageFacts[] {
  const { ImageId, RootDeviceName, Architecture } = image;
  if (!ImageId || !RootDeviceName || !Architecture) return [];
  const root = image.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName);
  return [
    { id: ImageId, rootDevice: RootDeviceName, rootGib: root?.Ebs?.VolumeSize ?? 0, arch: Architecture },
  ];
}

function ageOf({ CreationDate }: Image): string {
  return CreationDate ?? '';
}
