/**
 * Every environment variable the product reads: its default, its range, what it does, and whether it is only the
 * first value of a setting. docs/reference/environment.md lists the same; a test keeps the two alike.
 */

import { ADMISSION_DEFINITIONS } from './definitions/admission.ts';
import { AWS_DEFINITIONS } from './definitions/aws.ts';
import { BATCH_DEFINITIONS } from './definitions/batches.ts';
import type { Definition } from './definitions/definition.ts';
import { EVENT_DEFINITIONS } from './definitions/events.ts';
import { GATEWAY_DEFINITIONS } from './definitions/gateway.ts';
import { JOB_DEFINITIONS } from './definitions/jobs.ts';
import { MOCK_DEFINITIONS } from './definitions/mock.ts';
import { PEOPLE_DEFINITIONS } from './definitions/people.ts';
import { PROCESS_DEFINITIONS } from './definitions/process.ts';
import { PROVIDER_DEFINITIONS } from './definitions/provider.ts';
import { ROUTING_DEFINITIONS } from './definitions/routing.ts';
import { SCALEWAY_DEFINITIONS } from './definitions/scaleway.ts';
import { WORKBENCH_DEFINITIONS } from './definitions/workbench.ts';
import { WORKER_DEFINITIONS } from './definitions/worker.ts';

export const DEFINITIONS = {
  ...PROCESS_DEFINITIONS,
  ...PEOPLE_DEFINITIONS,
  ...JOB_DEFINITIONS,
  ...PROVIDER_DEFINITIONS,
  ...WORKER_DEFINITIONS,
  ...GATEWAY_DEFINITIONS,
  ...ROUTING_DEFINITIONS,
  ...ADMISSION_DEFINITIONS,
  ...BATCH_DEFINITIONS,
  ...EVENT_DEFINITIONS,
  ...WORKBENCH_DEFINITIONS,
  ...SCALEWAY_DEFINITIONS,
  ...AWS_DEFINITIONS,
  ...MOCK_DEFINITIONS,
} as const satisfies Record<string, Definition>;

export type VariableName = keyof typeof DEFINITIONS;
export type AnyDefinition = Definition;
export const VARIABLE_NAMES = Object.keys(DEFINITIONS) as VariableName[];
