const NAMES: Readonly<Record<string, string>> = {
  aws: 'AWS',
  'bare-metal': 'Bare metal',
  mock: 'Mock',
  scaleway: 'Scaleway',
};

/** A provider as it calls itself. */
export function providerName(id: string): string {
  return NAMES[id] ?? id;
}
