/** Chat projects: folders of conversations, one's own or of the whole organisation. */
import { queryOptions } from '@tanstack/react-query';
import type { paths } from '#contracts/openapi-types.gen.ts';
import type { ChatProjectView, ConversationView } from '#contracts/workbench.ts';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';

const PAGE_LIMIT = 200;

export const chatProjectsQuery = queryOptions({
  queryKey: ['workbench', 'projects'],
  queryFn: async ({ signal }) => {
    const projects: ChatProjectView[] = [];
    for (let after: string | undefined; ; ) {
      const query = given({ limit: PAGE_LIMIT, after });
      const page = await answerOf(api.GET('/api/v1/workbench/projects', { params: { query }, signal }));
      projects.push(...page.data);
      if (page.next_cursor === null) return inOrder(projects);
      after = page.next_cursor;
    }
  },
  refetchInterval: pollInterval,
});

/** By name; the archived ones last. */
function inOrder(projects: readonly ChatProjectView[]): ChatProjectView[] {
  const isArchived = ({ archived_at: at }: ChatProjectView) => Number(at !== null);
  return projects.toSorted((a, b) => isArchived(a) - isArchived(b) || a.name.localeCompare(b.name));
}

type Changes =
  paths['/api/v1/workbench/projects/{id}']['patch']['requestBody']['content']['application/json'];
type Wish = paths['/api/v1/workbench/projects']['post']['requestBody']['content']['application/json'];

export function createChatProject(wish: Wish, key: string): Promise<ChatProjectView> {
  const params = { header: { 'Idempotency-Key': key } };
  return answerOf(api.POST('/api/v1/workbench/projects', { params, body: wish }));
}

export function changeChatProject(id: string, changes: Changes): Promise<ChatProjectView> {
  return answerOf(api.PATCH('/api/v1/workbench/projects/{id}', { params: { path: { id } }, body: changes }));
}

export function deleteChatProject(id: string): Promise<void> {
  return answerOf(api.DELETE('/api/v1/workbench/projects/{id}', { params: { path: { id } } }));
}

/** Null: into none. */
export function moveConversation(id: string, projectId: string | null): Promise<ConversationView> {
  const params = { path: { id } };
  return answerOf(
    api.PATCH('/api/v1/workbench/conversations/{id}', { params, body: { project_id: projectId } }),
  );
}
