import * as z from 'zod';
import { absent, refusal } from '#providers/call-errors.ts';
import type { CallContext, ResourceRef, Volume } from '#providers/provider.ts';
import {
  type BlockVolumeAnswer,
  blockVolumeOf,
  blockVolumeSchema,
  type LocalVolumeAnswer,
  localVolumeOf,
  localVolumeSchema,
} from './answers.ts';
import { anything, type ScalewayClient } from './client.ts';
import { refPath } from './paths.ts';

/**
 * Volumes live in two APIs: block volumes in one, local disks and scratch in the other. An id does not say which, so
 * the first is asked before the second; only both together say that there is none.
 */
export type FoundVolume =
  | { readonly api: 'block'; readonly answer: BlockVolumeAnswer; readonly volume: Volume }
  | { readonly api: 'instance'; readonly answer: LocalVolumeAnswer; readonly volume: Volume };

export class Volumes {
  readonly #client: ScalewayClient;

  constructor(client: ScalewayClient) {
    this.#client = client;
  }

  async find(context: CallContext, operation: string, ref: ResourceRef): Promise<FoundVolume | undefined> {
    const block = await absent(
      this.#client.call(context, {
        operation,
        method: 'GET',
        path: refPath('block', 'volumes', ref),
        answer: blockVolumeSchema,
      }),
    );
    if (block) return { api: 'block', answer: block, volume: blockVolumeOf(block) };
    const local = await absent(
      this.#client.call(context, {
        operation,
        method: 'GET',
        path: refPath('instance', 'volumes', ref),
        answer: z.object({ volume: localVolumeSchema }),
      }),
    );
    if (!local) return undefined;
    return { api: 'instance', answer: local.volume, volume: localVolumeOf(local.volume) };
  }

  /** Whatever is still used stays, and says so. */
  async delete(context: CallContext, operation: string, ref: ResourceRef): Promise<void> {
    const found = await this.find(context, operation, ref);
    if (!found || found.volume.state === 'gone') return;
    const provider = this.#client.provider;
    if (found.volume.attachedTo !== undefined) {
      const message = `volume ${ref.id} is still used by server ${found.volume.attachedTo}`;
      throw refusal({ provider, operation }, 'conflict', message, 'volume_in_use');
    }
    // It is going already; another order would be refused.
    if (found.api === 'block' && found.answer.status === 'deleting') return;
    await absent(
      this.#client.call(context, {
        operation,
        method: 'DELETE',
        path: refPath(found.api, 'volumes', ref),
        answer: anything,
      }),
    );
  }

  async change(
    context: CallContext,
    operation: string,
    { api, answer }: FoundVolume,
    change: { readonly tags?: readonly string[]; readonly size?: number },
  ): Promise<void> {
    await this.#client.call(context, {
      operation,
      method: 'PATCH',
      path: refPath(api, 'volumes', answer),
      body: change,
      answer: anything,
    });
  }
}
