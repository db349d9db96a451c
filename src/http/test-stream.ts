/** A reader of live events for tests: everything that came, taken apart, and waiting for what should come. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { TestContext } from 'node:test';
import type { LiveEvent, StreamEnd } from '#contracts/events.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';

/** For what comes at once; on a machine that others use as well it may take longer, and then it is not an error. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 10;
const env = systemEnv(SILENT_LOG);

export class StreamReader {
  readonly response: IncomingMessage;
  text = '';
  isClosed = false;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.isClosed = true;
    });
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  ids(): string[] {
    return [...this.text.matchAll(/^id: (\S+)$/gm)].map(([, id = '']) => id);
  }

  events(): LiveEvent[] {
    return this.#blocks().flatMap(({ name, data }) => (/\./.test(name) ? [data as LiveEvent] : []));
  }

  subjects(): string[] {
    return this.events().map((event) => event.subject_id);
  }

  resets(): string[] {
    return this.#blocks().flatMap(({ name, data }) =>
      name === 'reset' ? [(data as { reason: string }).reason] : [],
    );
  }

  end(): StreamEnd | undefined {
    return this.#blocks().find(({ name }) => name === 'end')?.data as StreamEnd | undefined;
  }

  async until(isDone: (reader: StreamReader) => boolean, what = 'it'): Promise<void> {
    for (const end = env.clock.monotonic() + PATIENCE_MS; !isDone(this); ) {
      assert(env.clock.monotonic() < end, `${what} did not come: ${this.text.slice(-2_000)}`);
      await env.sleep(LOOK_MS);
    }
  }

  /** Resolves with why it ended, once it has. */
  async untilEnd(what?: string): Promise<StreamEnd['reason'] | undefined> {
    await this.until(({ isClosed }) => isClosed, what);
    return this.end()?.reason;
  }

  close(): void {
    this.response.destroy();
  }

  #blocks(): { name: string; data: unknown }[] {
    return [...this.text.matchAll(/^event: (\S+)\ndata: (.*)\n\n/gm)].map(([, name = '', data = '{}']) => ({
      name,
      data: JSON.parse(data) as unknown,
    }));
  }
}

/** The answer to a wish for a stream, whatever it is. */
export async function askForStream(
  t: Pick<TestContext, 'after'>,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  const request = get(`${url}/api/v1/events`, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  t.after(() => response.destroy());
  return response;
}

export async function openStream(
  t: Pick<TestContext, 'after'>,
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<StreamReader> {
  const response = await askForStream(t, url, headers);
  assert.equal(response.statusCode, 200);
  return new StreamReader(response);
}
