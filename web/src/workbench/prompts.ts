/** System prompts that are kept under a name, and what the organisation lays down. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import type { paths } from '#contracts/openapi-types.gen.ts';
import type { PromptView } from '#contracts/workbench.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

const PAGE_LIMIT = 200;
const VERSIONS_LIMIT = 20;

export const promptsQuery = queryOptions({
  queryKey: ['workbench', 'prompts'],
  queryFn: async ({ signal }) => {
    const prompts: PromptView[] = [];
    for (let after: string | undefined; ; ) {
      const query = given({ limit: PAGE_LIMIT, after });
      const page = await answerOf(api.GET('/api/v1/workbench/prompts', { params: { query }, signal }));
      prompts.push(...page.data);
      if (page.next_cursor === null) return prompts.toSorted((a, b) => a.name.localeCompare(b.name));
      after = page.next_cursor;
    }
  },
  refetchInterval: pollInterval,
});

/** The latest first. */
export const promptVersionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['workbench', 'prompts', id, 'versions'],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ limit: VERSIONS_LIMIT, after: pageParam });
      const params = { path: { id }, query };
      return answerOf(api.GET('/api/v1/workbench/prompts/{id}/versions', { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

export const defaultsQuery = queryOptions({
  queryKey: ['workbench', 'defaults'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/workbench/defaults', { signal })),
});

type Prompts = paths['/api/v1/workbench/prompts'];
type Changes = paths['/api/v1/workbench/prompts/{id}']['patch']['requestBody']['content']['application/json'];
type Defaults = paths['/api/v1/workbench/defaults']['patch']['requestBody']['content']['application/json'];

export function createPrompt(
  wish: Prompts['post']['requestBody']['content']['application/json'],
  key: string,
): Promise<PromptView> {
  const params = { header: { 'Idempotency-Key': key } };
  return answerOf(api.POST('/api/v1/workbench/prompts', { params, body: wish }));
}

/** A changed text is the next version. */
export function changePrompt(id: string, changes: Changes): Promise<PromptView> {
  return answerOf(api.PATCH('/api/v1/workbench/prompts/{id}', { params: { path: { id } }, body: changes }));
}

export function deletePrompt(id: string): Promise<void> {
  return answerOf(api.DELETE('/api/v1/workbench/prompts/{id}', { params: { path: { id } } }));
}

export function changeDefaults(changes: Defaults) {
  return answerOf(api.PATCH('/api/v1/workbench/defaults', { body: changes }));
}
