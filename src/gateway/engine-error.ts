/** What an engine said in an error: in OpenAI's shape, in Anthropic's, flat as older ones, or in its web server's words. */
export interface EngineError {
  readonly message: string | undefined;
  readonly type: unknown;
  readonly param: unknown;
  readonly code: unknown;
  /** It is in OpenAI's shape already. */
  readonly isOpenAi: boolean;
}

export function engineErrorOf(body: Buffer): EngineError {
  const parsed = parseOrUndefined(body.toString('utf8'));
  const whole = isObject(parsed) ? parsed : {};
  const nested = isObject(whole['error']) ? whole['error'] : undefined;
  const said = nested ?? whole;
  const { message } = said;
  return {
    message: typeof message === 'string' ? message : detailOf(whole['detail']),
    // On the outside of Anthropic's shape, `type` is the word "error".
    type: typeof message === 'string' ? said['type'] : undefined,
    param: said['param'] ?? null,
    code: said['code'] ?? null,
    isOpenAi: nested !== undefined && typeof message === 'string' && whole['type'] !== 'error',
  };
}

/** The web server under the engine says so of an address that this model's engine does not have. */
function detailOf(detail: unknown): string | undefined {
  if (detail === 'Not Found') return 'The engine of this model does not serve this address.';
  return typeof detail === 'string' ? detail : undefined;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
