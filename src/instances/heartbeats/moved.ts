/**
 * Whether a beat shows that its machine has another address now. Only a machine that spoke from the very address that
 * its provider tells can be seen to move: behind a proxy or a NAT the sender's address says nothing.
 *
 * What follows is a look at the provider, at once. The beat's own address is never used: a worker could name anybody's.
 */
export interface KnownPlace {
  /** As the provider tells it. */
  readonly address: string | null;
  /** From where the newest beat with news came; null when none was noted. */
  readonly seenFrom: string | null;
}

export function hasMoved(known: KnownPlace, from: string | undefined): boolean {
  return (
    from !== undefined &&
    known.seenFrom !== null &&
    known.seenFrom === known.address &&
    from !== known.address
  );
}

/** IPv4 in the form of providers, also where the listener speaks both. */
export function plainAddress(remoteAddress: string | undefined): string | undefined {
  const plain = remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, '');
  return plain === '' ? undefined : plain;
}
