/** Of what raw requests are made. */
export interface RawCase {
  readonly name: string;
  /** Written one after the other, with a turn of the event loop between. */
  readonly pieces: readonly Buffer[];
  /** `refused`: no worker may see anything of it. `served`: a worker sees the body as it is. */
  readonly wanted: 'refused' | 'served' | 'alike';
}

export interface CaseOptions {
  readonly key: string;
  readonly model: string;
}

export const CHAT = '/v1/chat/completions';

export type Add = (wanted: RawCase['wanted'], name: string, ...pieces: (string | Buffer)[]) => void;

export function asBytes(piece: string | Buffer): Buffer {
  return typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
}

/** The pieces of which requests are made. */
export class Parts {
  readonly body: string;
  readonly auth: string;

  constructor({ key, model }: CaseOptions) {
    this.body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] });
    this.auth = `Authorization: Bearer ${key}`;
  }

  /** A whole request; `lines` come after Host and Authorization. */
  request(lines: readonly string[], body = this.body, start = `POST ${CHAT} HTTP/1.1`): string {
    return [start, 'Host: a', this.auth, ...lines, '', body].join('\r\n');
  }

  plain(body = this.body): string {
    return this.request([`Content-Length: ${Buffer.byteLength(body, 'latin1')}`], body);
  }

  chunked(chunks: string, lines: readonly string[] = []): string {
    return this.request(['Transfer-Encoding: chunked', ...lines], chunks);
  }

  asChunks(body = this.body): string {
    return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  }
}
