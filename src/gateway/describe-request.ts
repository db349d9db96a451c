/** What routing and limits must know of a request, from its parsed body and two headers. */
import type { RoutedRequest } from '#routing/routed-request.ts';
import type { EdgeRequest } from './edge.ts';
import { BLOCK_BYTES, PromptReader, type PromptShape } from './prompt-blocks.ts';
import { PromptEstimates } from './prompt-estimates.ts';

export interface DescribedRequest extends Omit<RoutedRequest, 'priority'> {
  /** Known when it asks to be admitted. */
  priority: number;
  readonly isStream: boolean;
  readonly shape: PromptShape;
}

export interface RequestParts {
  readonly request: EdgeRequest;
  readonly body: Readonly<Record<string, unknown>>;
  readonly bodyBytes: number;
  readonly isStream: boolean;
  readonly orgId: string;
  /** Whose workers serve it; its own when absent. */
  readonly ownerOrgId?: string;
  readonly modelId: string;
  /** Of the answer, estimated. */
  readonly outputTokens: number;
}

const SESSION_HEADER = 'x-inventiv-session';
const SESSION_CHARS_MAX = 200;

export class RequestDescriber {
  readonly estimates = new PromptEstimates();
  readonly #reader = new PromptReader();

  describe(parts: RequestParts): DescribedRequest {
    const { orgId, ownerOrgId = orgId, modelId, body, isStream, outputTokens } = parts;
    const shape = this.#reader.read(body, parts, parts.bodyBytes);
    const inputTokens = this.estimates.inputTokens(modelId, shape);
    return {
      orgId,
      ownerOrgId,
      modelId,
      inputTokens,
      outputTokens,
      blocks: shape.blocks,
      blockTokens: Math.max(1, (inputTokens * BLOCK_BYTES) / Math.max(BLOCK_BYTES, shape.bytes)),
      session: sessionOf(parts.request, body),
      priority: 0,
      isStream,
      shape,
    };
  }
}

/** Our header, then what the APIs have for the like: the first that names somebody. */
function sessionOf(request: EdgeRequest, body: Readonly<Record<string, unknown>>): string | undefined {
  const { rawHeaders } = request;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === SESSION_HEADER.length && name.toLowerCase() === SESSION_HEADER) {
      const value = nameIn(rawHeaders[i + 1]);
      if (value !== undefined) return value;
    }
  }
  const metadata = body['metadata'];
  const owner = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return (
    nameIn(body['prompt_cache_key']) ??
    nameIn(body['user']) ??
    nameIn((owner as Record<string, unknown>)['user_id'])
  );
}

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, SESSION_CHARS_MAX) : undefined;
}
