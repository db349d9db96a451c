/** A browser for tests: it keeps cookies as they are set, and sends them back. */
import type { TestAnswer, TestApi } from './testing.ts';

export class TestBrowser {
  readonly #api: TestApi;
  readonly cookies = new Map<string, string>();

  constructor(api: TestApi) {
    this.#api = api;
  }

  async send(method: string, path: string, body?: unknown): Promise<TestAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await this.#api.send(path, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: { ...(cookie ? { cookie } : {}), 'user-agent': 'Test/1.0' },
    });
    this.#keep(answer.headers.getSetCookie());
    return answer;
  }

  signIn(login: string, password: string, code?: string): Promise<TestAnswer> {
    return this.send('POST', '/api/v1/session', { login, password, ...(code === undefined ? {} : { code }) });
  }

  async isSignedIn(): Promise<boolean> {
    return (await this.send('GET', '/api/v1/session')).status === 200;
  }

  /** One with the same cookies, such as a thief's. */
  copy(): TestBrowser {
    const copy = new TestBrowser(this.#api);
    for (const [name, value] of this.cookies) copy.cookies.set(name, value);
    return copy;
  }

  #keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = ''] = line.split(';', 1);
      const at = pair.indexOf('=');
      if (/Max-Age=0(;|$)/.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}
