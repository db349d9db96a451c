/** A worker that reads HTTP in the narrowest way and remembers each request: whatever else it sees is a violation. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface SeenRequest {
  readonly path: string;
  readonly body: string;
}

const HEAD =
  /^POST (\/v1\/[a-z/]+) HTTP\/1\.1\r\n(?:(?:host|connection|authorization|content-type|x-request-id|content-length): [\x21-\x7e]+(?: [\x21-\x7e]+)?\r\n){5,6}$/i;

export class StrictWorker {
  readonly seen = new Map<string, SeenRequest>();
  violations = 0;
  readonly #server: Server = createServer((socket) => this.#serve(socket));

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    let text = '';
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = text.slice(0, end + 2);
        const length = Number(/^content-length: (\d+)\r$/im.exec(head)?.[1]);
        const id = /^x-request-id: (\S+)\r$/im.exec(head)?.[1];
        const path = HEAD.exec(head)?.[1];
        if (head.includes(' /internal/usage/')) {
          // Counts: told in the answers already.
          text = text.slice(end + 4 + (length || 0));
          socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}');
          continue;
        }
        if (!path || !id || !Number.isSafeInteger(length) || this.seen.has(id)) {
          this.violations++;
          socket.destroy();
          return;
        }
        if (text.length < end + 4 + length) return;
        const body = text.slice(end + 4, end + 4 + length);
        text = text.slice(end + 4 + length);
        this.seen.set(id, { path, body });
        socket.write(answerTo(body), 'latin1');
      }
    });
  }
}

const USAGE = { prompt_tokens: 5, total_tokens: 6, completion_tokens: 1 };
const WHOLE = JSON.stringify({ id: 'a', object: 'chat.completion', choices: [], usage: USAGE });
const CHUNK = JSON.stringify({ id: 'a', choices: [{ index: 0, delta: { content: 'a' } }], usage: USAGE });
const LAST = JSON.stringify({ id: 'a', choices: [], usage: USAGE });

function answerTo(body: string): string {
  if (!/"stream":\s*true/.test(body)) {
    return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${WHOLE.length}\r\n\r\n${WHOLE}`;
  }
  const events = [CHUNK, LAST, '[DONE]'].map((text) => `data: ${text}\n\n`);
  const chunks = events.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('');
  return `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
}
