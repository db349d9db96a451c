import type { CostGrouping } from '#contracts/cost-breakdown.ts';

export type { CostGrouping };

/** Named here, because the contract brings its schemas with it. */
export const COST_GROUPINGS = [
  'deployment',
  'model',
  'project',
  'provider',
  'kind',
] as const satisfies readonly CostGrouping[];
