import type { RoutedRequest } from './routed-request.ts';

const SESSIONS_MAX = 100_000;
const NAME_MAX = 200;

/** Which worker had the last turn of a conversation. Bounded: the longest unused is forgotten first. */
export class SessionHomes {
  readonly #homes = new Map<string, string>();

  find(request: RoutedRequest): string | undefined {
    return request.session === undefined ? undefined : this.#homes.get(nameOf(request, request.session));
  }

  note(request: RoutedRequest, instanceId: string): void {
    if (request.session === undefined) return;
    const name = nameOf(request, request.session);
    this.#homes.delete(name);
    this.#homes.set(name, instanceId);
    if (this.#homes.size <= SESSIONS_MAX) return;
    for (const oldest of this.#homes.keys()) {
      this.#homes.delete(oldest);
      return;
    }
  }
}

/** A session of one organisation is none of another. */
function nameOf(request: RoutedRequest, session: string): string {
  return `${request.orgId} ${request.modelId} ${session.slice(0, NAME_MAX)}`;
}
