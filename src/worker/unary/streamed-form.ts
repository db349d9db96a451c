/**
 * A whole (not streamed) answer tells its token count only at its end: when the caller leaves, the gateway dies or the
 * engine breaks off before, nobody can say what was produced. So the engine is asked for a stream with continuous
 * usage, and the answer is folded together here.
 *
 * Only requests that say nothing but these members are changed: tools, log probabilities and whatever an engine may
 * parse differently in a stream go through as they came.
 */
const MEMBERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'prompt',
  'stream',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'min_tokens',
  'temperature',
  'top_p',
  'top_k',
  'min_p',
  'presence_penalty',
  'frequency_penalty',
  'repetition_penalty',
  'stop',
  'stop_token_ids',
  'ignore_eos',
  'seed',
  'user',
  'metadata',
  'priority',
  'cache_salt',
  'response_format',
  'chat_template_kwargs',
  'add_generation_prompt',
  'continue_final_message',
  'truncate_prompt_tokens',
  'skip_special_tokens',
  'logit_bias',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
]);
const ASKED = '"stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}';

/** The same request as a stream; undefined when it must go through as it is. */
export function streamedForm(body: Buffer): Buffer | undefined {
  const fields = parseObject(body);
  if (!fields || fields['stream'] === true) return undefined;
  for (const name of Object.keys(fields)) if (!MEMBERS.has(name)) return undefined;
  const end = body.lastIndexOf(0x7d);
  // Of a member that is there twice, JSON readers take the last.
  const separator = Object.keys(fields).length === 0 ? '' : ',';
  return Buffer.concat([body.subarray(0, end), Buffer.from(`${separator}${ASKED}}`)]);
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    // The engine says what is wrong with it.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
