/** Whether what the api answered is what its OpenAPI document declares: the status, the type, the body. */
import assert from 'node:assert/strict';
import type { Route } from '#http/route.ts';
import type { TestAnswer } from '#identity/testing.ts';
import { apiDocument } from '../../bin/api-routes.ts';
import { type Json, schemaProblem } from './json-schema.ts';

export const DOCUMENT = apiDocument('0') as Json;

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Json>>;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.values(DOCUMENT['paths'] as Record<string, Record<string, Operation>>)
    .flatMap((methods) => Object.values(methods))
    .map((operation) => [operation.operationId, operation]),
);

export function isDocumented(route: Route): boolean {
  return OPERATIONS.has(route.name);
}

/** Fails with what differs. Whatever is not documented at all passes. */
export function assertDeclared(route: Route, answer: TestAnswer): void {
  const operation = OPERATIONS.get(route.name);
  if (!operation) return;
  const told = `${route.name} ${answer.status}`;
  const response = resolved(operation.responses[String(answer.status)] ?? operation.responses['default']);
  const content = response?.['content'] as Record<string, { schema: Json }> | undefined;
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';', 1);
  if (!content) {
    assert.equal(answer.body, '', `${told}: a body that is not declared`);
    return;
  }
  const { schema } = content[type] ?? {};
  assert.ok(schema, `${told}: the type ${type} is not declared`);
  assert.equal(schemaProblem(DOCUMENT, schema, answer.body), undefined, told);
}

/** The statuses that an operation names itself, without what `default` covers. */
export function declaredStatuses(route: Route): number[] {
  return Object.keys(OPERATIONS.get(route.name)?.responses ?? {}).flatMap((key) => Number(key) || []);
}

function resolved(response: Json | undefined): Json | undefined {
  const reference = response?.['$ref'];
  if (typeof reference !== 'string') return response;
  const { responses } = DOCUMENT['components'] as { responses: Record<string, Json> };
  return responses[reference.replace('#/components/responses/', '')];
}
