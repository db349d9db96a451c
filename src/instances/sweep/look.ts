/** One look at a resource of any kind, in the same words for all. */
import type { CallContext, Provider, ResourceKind, ResourceRef } from '#providers/provider.ts';

export interface Look {
  /** `unseen` is a hint, `gone` a proof. */
  readonly state: 'present' | 'gone' | 'unseen';
  readonly billedFromMs: number | undefined;
  readonly billedToMs: number | undefined;
  readonly nanosPerHour: number | undefined;
}

const UNSEEN: Look = {
  state: 'unseen',
  billedFromMs: undefined,
  billedToMs: undefined,
  nanosPerHour: undefined,
};

export async function lookAt(
  provider: Provider,
  context: CallContext,
  kind: ResourceKind,
  ref: ResourceRef,
): Promise<Look> {
  if (kind === 'server') {
    const server = await provider.findServer(context, ref);
    return server ? { ...seenOf(server), nanosPerHour: undefined } : UNSEEN;
  }
  const part =
    kind === 'volume' ? await provider.findVolume(context, ref) : await provider.findPart(context, kind, ref);
  return part ? { ...seenOf(part), nanosPerHour: part.nanosPerHour } : UNSEEN;
}

/** A delete that was accepted, or found nothing to delete. */
export function deleteAt(
  provider: Provider,
  context: CallContext,
  kind: ResourceKind,
  ref: ResourceRef,
): Promise<void> {
  if (kind === 'server') return provider.deleteServer(context, ref);
  if (kind === 'volume') return provider.deleteVolume(context, ref);
  return provider.deletePart(context, kind, ref);
}

function seenOf(resource: {
  readonly state: string;
  readonly billedFromMs: number | undefined;
  readonly billedToMs: number | undefined;
}): Omit<Look, 'nanosPerHour'> {
  return {
    state: resource.state === 'gone' ? 'gone' : 'present',
    billedFromMs: resource.billedFromMs,
    billedToMs: resource.billedToMs,
  };
}
