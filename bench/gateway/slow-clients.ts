/**
 * Clients that hold connections and give nothing: half of the senders trickle a head, half a body; readers ask for a
 * stream and take one small piece a second. Who is cut off comes again. Orders come on stdin: {port, key, model,
 * senders, readers}; tells `{"senders":n,"readers":n}` once a second, as many as are connected.
 */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Order {
  readonly port: number;
  readonly headers: readonly string[];
  readonly model: string;
  readonly senders: number;
  readonly readers: number;
}

const TRICKLE_MS = 2_000;
const READ_MS = 1_000;
const AGAIN_MS = 500;
const OPEN_AT_ONCE = 50;
const OPEN_EVERY_MS = 20;

const connected = { senders: 0, readers: 0 };

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line) as Order;
  setInterval(() => process.stdout.write(`${JSON.stringify(connected)}\n`), 1_000);
  void openAll(order);
}

async function openAll(order: Order): Promise<void> {
  const { senders, readers } = order;
  for (let n = 0; n < Math.max(senders, readers); n++) {
    if (n < senders) keepSending(order, n);
    if (n < readers) keepReading(order);
    if (n % OPEN_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, OPEN_EVERY_MS));
  }
}

function keepSending(order: Order, n: number): void {
  const head = headOf(order, 1_000_000);
  // One half never ends its head, the other never its body.
  const text = n % 2 === 0 ? head.slice(0, -4) : head;
  let at = n % 2 === 0 ? 0 : head.length;
  const socket = hold(order.port, 'senders', () => keepSending(order, n));
  const begin = n % 2 === 0 ? 'POST ' : text;
  socket.on('connect', () => socket.write(begin));
  const trickle = setInterval(() => socket.write(text[at++] ?? 'x'), TRICKLE_MS);
  socket.on('close', () => clearInterval(trickle));
}

function keepReading(order: Order): void {
  const body = JSON.stringify({
    model: order.model,
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
  });
  const socket = hold(order.port, 'readers', () => keepReading(order));
  socket.on('connect', () => socket.write(headOf(order, body.length) + body));
  socket.pause();
  const reading = setInterval(() => {
    const piece = socket.read(100) ?? socket.read();
    // The answer is whole: the next one, on a new connection.
    if (piece?.toString('latin1').includes('[DONE]')) socket.destroy();
  }, READ_MS);
  socket.on('close', () => clearInterval(reading));
}

function hold(port: number, kind: keyof typeof connected, again: () => void): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  let isCounted = false;
  socket.on('connect', () => {
    isCounted = true;
    connected[kind]++;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (isCounted) connected[kind]--;
    setTimeout(again, AGAIN_MS);
  });
  return socket;
}

function headOf({ headers }: Order, length: number): string {
  return [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: a',
    ...headers,
    `Content-Length: ${length}`,
    '',
    '',
  ].join('\r\n');
}
