/**
 * The body of a heartbeat, read quickly when it is as an agent writes it, and with all care when it is not.
 *
 * The quick way takes nothing that the contract would refuse or change: it knows the form by heart, wants exactly its
 * keys, and leaves whatever is unusual (an escape, a letter beyond ASCII, a key twice or unknown) to the careful way.
 * A test compares both.
 */
import { type HeartbeatRequest, heartbeatRequestSchema, WORKER_STATUSES } from '#contracts/worker.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;
const HEX_64 = /^[0-9a-f]{64}$/;
const STATUSES: ReadonlySet<unknown> = new Set(WORKER_STATUSES);
const GPUS_MAX = 64;

const BEAT_FIELDS = fieldsOf(heartbeatRequestSchema.shape);
const AGENT_FIELDS = fieldsOf(heartbeatRequestSchema.shape.agent.shape);
const ERROR_FIELDS = fieldsOf(heartbeatRequestSchema.shape.error.unwrap().shape);
const SAMPLE_FIELDS = fieldsOf(heartbeatRequestSchema.shape.sample.shape);
const GPU_FIELDS = fieldsOf(heartbeatRequestSchema.shape.sample.shape.gpus.element.shape);

/** Undefined when it has to be read with care, which may find it right or wrong. */
export function readBeat(body: Buffer): HeartbeatRequest | undefined {
  const quotes = countQuotes(body);
  if (quotes === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(body.toString('latin1'));
  } catch {
    return undefined;
  }
  const shape = { texts: 0, keys: 0 };
  if (!isBeat(value, shape)) return undefined;
  // A key that stands twice is parsed once, but its quotes are there twice.
  return quotes === 2 * (shape.texts + shape.keys) ? value : undefined;
}

/** What was found in a value whose every text and key is accounted for. */
interface Shape {
  texts: number;
  keys: number;
}

/** Undefined when a text may not be what it looks like. */
function countQuotes(body: Uint8Array): number | undefined {
  let quotes = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] as number;
    if (byte === QUOTE) quotes++;
    else if (byte === BACKSLASH || byte >= DELETE) return undefined;
  }
  return quotes;
}

function isBeat(value: unknown, shape: Shape): value is HeartbeatRequest {
  if (!hasFields(value, BEAT_FIELDS, shape)) return false;
  return (
    isText(value['instance_id'], Number.POSITIVE_INFINITY, shape) &&
    Number.isSafeInteger(value['epoch']) &&
    isCount(value['seq'], Number.MAX_SAFE_INTEGER) &&
    isText(value['status'], 20, shape) &&
    STATUSES.has(value['status']) &&
    typeof value['engine_http'] === 'boolean' &&
    (value['model'] === null || isText(value['model'], Number.POSITIVE_INFINITY, shape)) &&
    isFigure(value['model_bytes_loaded']) &&
    isFigure(value['model_bytes_total']) &&
    (value['error'] === null || isError(value['error'], shape)) &&
    isCount(value['engine_restarts'], 1_000_000_000) &&
    isCount(value['in_flight'], 1_000_000) &&
    isAgent(value['agent'], shape) &&
    isSample(value['sample'], shape)
  );
}

function isError(value: unknown, shape: Shape): boolean {
  return (
    hasFields(value, ERROR_FIELDS, shape) &&
    isText(value['code'], 64, shape) &&
    isText(value['message'], 2_000, shape)
  );
}

function isAgent(value: unknown, shape: Shape): boolean {
  return (
    hasFields(value, AGENT_FIELDS, shape) &&
    isText(value['version'], 64, shape) &&
    isText(value['build_date'], 64, shape) &&
    isText(value['sha256'], 64, shape) &&
    HEX_64.test(value['sha256'] as string)
  );
}

function isSample(value: unknown, shape: Shape): boolean {
  if (!hasFields(value, SAMPLE_FIELDS, shape)) return false;
  for (const field of SAMPLE_FIELDS) {
    if (field !== 'gpus' && !isFigure(value[field])) return false;
  }
  const gpus = value['gpus'];
  return Array.isArray(gpus) && gpus.length <= GPUS_MAX && gpus.every((gpu) => isGpu(gpu, shape));
}

function isGpu(value: unknown, shape: Shape): boolean {
  if (!hasFields(value, GPU_FIELDS, shape)) return false;
  for (const field of GPU_FIELDS) {
    if (field !== 'name' && !Number.isFinite(value[field])) return false;
  }
  const utilisation = value['utilisation'] as number;
  return (
    isText(value['name'], Number.POSITIVE_INFINITY, shape) &&
    Number.isSafeInteger(value['index']) &&
    utilisation >= 0 &&
    utilisation <= 100
  );
}

/** Exactly these. */
function hasFields(
  value: unknown,
  fields: readonly string[],
  shape: Shape,
): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  let count = 0;
  for (const _key in value) count++;
  if (count !== fields.length) return false;
  for (const field of fields) if (!Object.hasOwn(value, field)) return false;
  shape.keys += count;
  return true;
}

function isText(value: unknown, lengthMax: number, shape: Shape): boolean {
  if (typeof value !== 'string' || value.length > lengthMax) return false;
  shape.texts += 1;
  return true;
}

function isCount(value: unknown, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;
}

function isFigure(value: unknown): boolean {
  return value === null || Number.isFinite(value);
}

function fieldsOf(shape: object): readonly string[] {
  return Object.keys(shape);
}
