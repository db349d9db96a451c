import { isBody } from './request-body.ts';

/**
 * Misbehaviour on demand, for tests of everything in front of an engine. A fault waits until a request matches it,
 * is used up by it (unless `times` says otherwise) and takes effect after that request's k-th chunk of content:
 *   error    an error event in mid-stream, then [DONE], as vLLM does; HTTP 500 when nothing is streamed
 *   hang     nothing more comes, the connection stays open
 *   cut      the connection is closed without the end of the answer
 *   crash    the process dies
 *   delay    the request is taken up only `delay_ms` later
 *   reject   the request is answered with `status` at once
 *   stall    the whole engine stops computing until the fault is removed; health stays good
 *   unhealthy  /health answers 503 until the fault is removed
 */
export const FAULT_KINDS = [
  'error',
  'hang',
  'cut',
  'crash',
  'delay',
  'reject',
  'stall',
  'unhealthy',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  readonly afterChunks: number;
  readonly delayMs: number;
  readonly status: number;
  /** Only requests whose id starts with this. */
  readonly requestId: string;
}

export class Faults {
  readonly #waiting: { fault: Fault; times: number }[] = [];

  add(fault: Fault, times: number): void {
    this.#waiting.push({ fault, times });
  }

  clear(): void {
    this.#waiting.length = 0;
  }

  /** The fault that this request gets, which is then used up. */
  take(requestId: string): Fault | undefined {
    const entry = this.#waiting.find(
      ({ fault, times }) => times > 0 && !isLasting(fault.kind) && requestId.startsWith(fault.requestId),
    );
    if (!entry) return undefined;
    entry.times--;
    return entry.fault;
  }

  has(kind: 'stall' | 'unhealthy'): boolean {
    return this.#waiting.some(({ fault }) => fault.kind === kind);
  }

  list(): unknown[] {
    return this.#waiting.map(({ fault, times }) => ({
      kind: fault.kind,
      after_chunks: fault.afterChunks,
      delay_ms: fault.delayMs,
      status: fault.status,
      request_id: fault.requestId,
      times,
    }));
  }
}

/** `{kind, after_chunks?, delay_ms?, status?, request_id?, times?}`; a text says what is wrong with it. */
export function parseFault(body: unknown): { fault: Fault; times: number } | string {
  if (!isBody(body)) return 'A fault is a JSON object.';
  const kind = FAULT_KINDS.find((name) => name === body['kind']);
  if (!kind) return `kind must be one of ${FAULT_KINDS.join(', ')}.`;
  const numbers = [
    body['after_chunks'] ?? 0,
    body['delay_ms'] ?? 0,
    body['status'] ?? 500,
    body['times'] ?? 1,
  ];
  const [afterChunks, delayMs, status, times] = numbers.map((value) => (isCount(value) ? value : undefined));
  if (afterChunks === undefined || delayMs === undefined || status === undefined || times === undefined) {
    return 'after_chunks, delay_ms, status and times are whole numbers from 0 on.';
  }
  if (status < 400 || status > 599) return 'status must be between 400 and 599.';
  const requestId = body['request_id'] ?? '';
  if (typeof requestId !== 'string') return 'request_id must be a text.';
  return { fault: { kind, afterChunks, delayMs, status, requestId }, times };
}

/** The form of the command line: `kind[:after_chunks[:times]]`. */
export function parseFaultFlag(text: string): { fault: Fault; times: number } | string {
  const [kind, afterChunks = '0', times = '1'] = text.split(':');
  return parseFault({ kind, after_chunks: Number(afterChunks), times: Number(times) });
}

function isLasting(kind: FaultKind): boolean {
  return kind === 'stall' || kind === 'unhealthy';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
