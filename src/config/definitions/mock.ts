/** The mock cloud on a laptop. */
import { type Definition, HOUR_MS } from './definition.ts';

export const MOCK_DEFINITIONS = {
  MOCK_BOOT_MS: {
    kind: 'integer',
    default: 4_000,
    min: 0,
    max: HOUR_MS,
    about: 'Mock cloud: time from start order to running machine.',
  },
  MOCK_PULL_MS: {
    kind: 'integer',
    default: 8_000,
    min: 0,
    max: HOUR_MS,
    about: 'Mock cloud: time in which the engine fetches the model.',
  },
  MOCK_LOAD_MS: {
    kind: 'integer',
    default: 4_000,
    min: 0,
    max: HOUR_MS,
    about: 'Mock cloud: time in which the engine loads the model.',
  },
  MOCK_ENGINE_PRESET: {
    kind: 'choice',
    default: '8b',
    choices: ['8b', '70b', 'instant'],
    about: 'Mock cloud: speed of the simulated engine.',
  },
  MOCK_PARTS: {
    kind: 'choice',
    default: 'network',
    choices: ['none', 'network', 'all'],
    about:
      'Mock cloud: what is made for each server before it: nothing; a security group and an address; or also a key and a data volume.',
  },
} as const satisfies Record<string, Definition>;
