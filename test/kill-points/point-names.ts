/** Names of crash points as the code makes them, so that the lives can list theirs shortly. */
export const KINDS = ['key', 'security-group', 'address', 'volume', 'server'] as const;
export const PARTS = ['key', 'security-group', 'address'] as const;

/** Before and after each of these transactions. */
export function commits(job: string, ...names: readonly string[]): string[] {
  return names.flatMap((name) => [`${job}.${name}.commit`, `${job}.${name}.committed`]);
}

/** Before each of these calls, and after its answer. */
export function calls(job: string, ...names: readonly string[]): string[] {
  return names.flatMap((name) => [`${job}.${name}.before`, `${job}.${name}.after`]);
}

export function forEach(kinds: readonly string[], word: string): string[] {
  return kinds.map((kind) => `${word}-${kind}`);
}
