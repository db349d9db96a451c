/** Sends raw bytes to a gateway and reads what comes back, as an exact client would. */
import { connect } from 'node:net';
import type { RawCase } from './parts.ts';

export interface Reply {
  readonly status: number;
  readonly requestId: string | undefined;
  readonly body: string;
}

export interface Heard {
  readonly replies: readonly Reply[];
  /** The answers could be told apart to the last byte. */
  readonly isReadable: boolean;
  /** The connection went on to serve the request that came after. */
  readonly isKept: boolean;
}

/** Sent after each case: whether it is answered shows where the gateway thinks that the case has ended. */
const AFTER = 'GET /healthz HTTP/1.1\r\nHost: after\r\n\r\n';
const AFTER_BODY = '{"status":"ok"}';

export function probe(port: number, { pieces }: RawCase): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const parts: Buffer[] = [];
    let isDone = false;
    const finish = () => {
      if (isDone) return;
      isDone = true;
      socket.destroy();
      resolve(hear(Buffer.concat(parts).toString('latin1')));
    };
    socket.on('data', (bytes: Buffer) => {
      parts.push(bytes);
      if (bytes.includes(AFTER_BODY) || (parts.at(-2) && Buffer.concat(parts.slice(-2)).includes(AFTER_BODY)))
        finish();
    });
    socket.on('end', finish);
    socket.on('close', finish);
    socket.on('error', () => undefined);
    const write = (i: number) => {
      const piece = pieces[i];
      if (isDone) return;
      if (!piece) {
        socket.write(AFTER);
      } else if (i === pieces.length - 1) {
        // In one write, so that the end of the case is no pause.
        socket.write(Buffer.concat([piece, Buffer.from(AFTER)]));
      } else {
        socket.write(piece, () => setImmediate(() => write(i + 1)));
      }
    };
    write(0);
  });
}

function hear(text: string): Heard {
  const replies: Reply[] = [];
  let rest = text;
  while (rest !== '') {
    const read = readReply(rest);
    if (!read) return { replies, isReadable: false, isKept: false };
    rest = read.rest;
    if (read.reply.status < 200) continue;
    if (read.reply.body === AFTER_BODY) return { replies, isReadable: true, isKept: true };
    replies.push(read.reply);
  }
  return { replies, isReadable: true, isKept: false };
}

function readReply(text: string): { reply: Reply; rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  const start = /^HTTP\/1\.1 (\d{3}) /.exec(text);
  if (end < 0 || !start) return undefined;
  const head = text.slice(0, end + 2);
  const after = text.slice(end + 4);
  const status = Number(start[1]);
  const requestId = /^x-request-id: (\S+)\r$/im.exec(head)?.[1];
  const length = /^content-length: (\d+)\r$/im.exec(head)?.[1];
  // An answer to HEAD has a length and no body.
  if (status < 200 || (length !== undefined && after.startsWith('HTTP/1.1 '))) {
    return { reply: { status, requestId, body: '' }, rest: after };
  }
  if (length !== undefined) {
    const body = after.slice(0, Number(length));
    if (body.length < Number(length) && body !== '') return undefined;
    return { reply: { status, requestId, body }, rest: after.slice(Number(length)) };
  }
  if (/^transfer-encoding: chunked\r$/im.test(head)) return readChunks(status, requestId, after);
  return undefined;
}

function readChunks(
  status: number,
  requestId: string | undefined,
  text: string,
): { reply: Reply; rest: string } | undefined {
  let body = '';
  for (let at = 0; ; ) {
    const size = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 12));
    if (!size) return undefined;
    const length = Number.parseInt(size[1] ?? '', 16);
    at += size[0].length;
    if (text.slice(at + length, at + length + 2) !== '\r\n') return undefined;
    body += text.slice(at, at + length);
    at += length + 2;
    if (length === 0) return { reply: { status, requestId, body }, rest: text.slice(at) };
  }
}
