import type { OwnedResource } from './provider.ts';

/**
 * What the tags of everything at a provider say about whether it may be deleted. Only what is certainly ours and
 * certainly past its time may; every doubt speaks for leaving it alone.
 */
export const VERDICTS = ['expired', 'live', 'in_use', 'unreadable', 'foreign'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Finding extends OwnedResource {
  readonly verdict: Verdict;
}

/** Start of 2025. An earlier expiry was not written by us: it is a time in seconds, or no time at all. */
const PLAUSIBLE_FROM_MS = 1_735_689_600_000;

export function judge(
  listed: readonly OwnedResource[],
  { installation, nowMs }: { readonly installation: string | undefined; readonly nowMs: number },
): Finding[] {
  const verdictOf = (resource: OwnedResource): Verdict => {
    const { owner } = resource;
    if (!owner || owner.expiresAtMs < PLAUSIBLE_FROM_MS) return 'unreadable';
    if (installation !== undefined && owner.installation !== installation) return 'foreign';
    return owner.expiresAtMs > nowMs ? 'live' : 'expired';
  };
  const expiredServers = new Set(
    listed.filter((one) => one.kind === 'server' && verdictOf(one) === 'expired').map(({ ref }) => ref.id),
  );
  return listed.map((resource): Finding => {
    const verdict = verdictOf(resource);
    // Its server is wanted, or is none of ours: it has only been forgotten to renew this part.
    const isUsed = resource.attachedTo !== undefined && !expiredServers.has(resource.attachedTo);
    return { ...resource, verdict: verdict === 'expired' && isUsed ? 'in_use' : verdict };
  });
}
