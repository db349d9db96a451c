import assert from 'node:assert/strict';
import type { InstanceDetail, InstanceState, InstanceView } from '#contracts/instances.ts';
import type { DeploymentView, Offer, SessionView } from '#contracts/management.ts';
import { watchAnswer } from '#identity/testing.ts';
import { nameSecret } from '#kernel/testing/canaries.ts';

const OFFERS_WITHIN_MS = 30_000;

/** A signed-in browser without the browser: cookie, CSRF header, JSON in and out. */
export class ApiClient {
  readonly #url: string;
  #cookie = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** As a browser would send it; a secret. */
  get cookie(): string {
    return this.#cookie;
  }

  async login(login: string, password: string): Promise<SessionView> {
    nameSecret('the password of a sign-in', password);
    const response = await this.send('POST', '/api/v1/session', { login, password });
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as SessionView;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(this.#cookie ? { cookie: this.#cookie } : {}),
        ...(method === 'GET' ? {} : { 'x-inventiv-csrf': '1' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    // A stream has no end that could be waited for.
    if (!/event-stream/.test(response.headers.get('content-type') ?? '')) {
      watchAnswer(method, response, await response.clone().text());
    }
    // A session goes on under a new token where its rights grow.
    const renewed = response.headers.getSetCookie().find((line) => /^inv_session=\w+;/.test(line));
    if (renewed) this.#cookie = renewed.split(';', 1)[0] ?? '';
    return response;
  }

  /** The JSON of a successful answer; fails with the problem's text otherwise. */
  async json<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
    const response = await this.send(method, path, body, headers);
    const text = await response.text();
    assert(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async deployMock(name: string, replicas = 1, model = 'Qwen/Qwen3-8B'): Promise<DeploymentView> {
    const offer = await this.#mockOffer(model);
    return this.json('POST', '/api/v1/deployments', {
      name,
      model_id: model,
      provider: 'mock',
      zone: offer.zone,
      instance_type: offer.instance_type,
      replicas,
    });
  }

  /** A stack that has just started may not have asked the mock cloud yet. */
  async #mockOffer(model: string): Promise<Offer> {
    for (const deadline = performance.now() + OFFERS_WITHIN_MS; ; ) {
      const offers = await this.json<{ data: Offer[] }>(
        'GET',
        `/api/v1/catalogue/offers?provider=mock&model_id=${encodeURIComponent(model)}`,
      );
      const offer = offers.data.find((candidate) => candidate.fit?.fits && candidate.price);
      if (offer) return offer;
      assert(performance.now() < deadline, 'the mock cloud has no type that this model fits');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  instance(id: string): Promise<InstanceDetail> {
    return this.json('GET', `/api/v1/instances/${id}`);
  }

  async instances(query = ''): Promise<InstanceView[]> {
    return (await this.json<{ data: InstanceView[] }>('GET', `/api/v1/instances?limit=200${query}`)).data;
  }

  /** Looks until the instance is in this state; fails at once in a state that cannot lead there. */
  async waitForState(id: string, state: InstanceState, withinMs: number): Promise<InstanceDetail> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const instance = await this.instance(id).catch(() => undefined);
      if (instance?.state === state) return instance;
      if (performance.now() > deadline) {
        assert.fail(
          `${id} is ${instance?.state} (${instance?.state_reason}), not ${state}, after ${withinMs} ms`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  }
}
