/** What a line of the input must be. The engine judges the body itself. */
import { isUtf8 } from 'node:buffer';
import type { BatchProblem } from '#contracts/batches.ts';
import { findMember } from '#kernel/json-members.ts';
import type { NewItem } from './item-store.ts';
import type { FileLine } from './read-lines.ts';

const CUSTOM_ID_MAX = 512;
/** Byte order mark, which some editors put first. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

export type CheckedLine = { readonly item: NewItem } | { readonly problem: BatchProblem };

/** Undefined for a line with nothing on it. */
export function checkLine(line: FileLine, endpoint: string): CheckedLine | undefined {
  const isMarked = line.number === 1 && line.bytes.subarray(0, MARK.length).equals(MARK);
  const skipped = isMarked ? MARK.length : 0;
  const bytes = line.bytes.subarray(skipped);
  const text = bytes.toString('latin1');
  if (text.trim() === '') return undefined;
  const problem = (code: string, message: string, param: string | null = null) => ({
    problem: { code, message, line: line.number, param },
  });
  const order = parse(bytes);
  if (!order) return problem('invalid_json_line', 'This line is not a JSON object in UTF-8.');
  const { custom_id: customId, method, url, body } = order;
  if (
    typeof customId !== 'string' ||
    customId === '' ||
    customId.length > CUSTOM_ID_MAX ||
    customId.includes('\0')
  ) {
    const message = `custom_id must be a text of 1 to ${CUSTOM_ID_MAX} characters.`;
    return problem('missing_required_parameter', message, 'custom_id');
  }
  if (method !== 'POST') return problem('invalid_method', 'method must be POST.', 'method');
  if (url !== endpoint) {
    return problem('mismatched_endpoint', `url must be the endpoint of the batch, ${endpoint}.`, 'url');
  }
  if (!isObject(body)) return problem('missing_required_parameter', 'body must be a JSON object.', 'body');
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    return problem('missing_required_parameter', 'body.model must be the name of a model.', 'body.model');
  }
  if (body['stream'] !== undefined && body['stream'] !== false && body['stream'] !== null) {
    return problem('invalid_request', 'A batch does not stream: leave body.stream out.', 'body.stream');
  }
  const member = findMember(text, 'body');
  if (!member) return problem('invalid_json_line', 'The body of this line was not found.', 'body');
  return {
    item: {
      line: line.number,
      customId: customId.toWellFormed(),
      bodyFrom: line.from + skipped + member.valueStart,
      bodyBytes: member.valueEnd - member.valueStart,
    },
  };
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  if (!isUtf8(bytes)) return undefined;
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
