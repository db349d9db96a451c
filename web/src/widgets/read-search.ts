/** Filters of a list as they stand in the address: only texts that were given, each under a name that is known. */
export function readTexts<const K extends string>(
  search: Record<string, unknown>,
  names: readonly K[],
): { [N in K]?: string } {
  const found: { [N in K]?: string } = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === 'string' && value !== '') found[name] = value;
    // The router reads a number from `?q=42`.
    if (typeof value === 'number') found[name] = String(value);
  }
  return found;
}

/** One of the values that are offered; anything else counts as not given. */
export function readChoice<const N extends string, const V extends string>(
  search: Record<string, unknown>,
  name: N,
  values: readonly V[],
): { [K in N]?: V } {
  const value = values.find((offered) => offered === search[name]);
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: V };
}
