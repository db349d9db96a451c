/** What was used and what it cost. */
import { answerOf } from '../api.ts';
import { usageError } from '../cli-error.ts';
import { given, LIST_OPTIONS, show, showList } from '../show.ts';
import { euros, factsOf, moment } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

const RANGE_OPTIONS = { from: { type: 'string' }, to: { type: 'string' } } as const;

export const MONEY_WORDS: readonly Word[] = [
  {
    name: 'costs',
    usage: '[--project ID]',
    about: 'what is spent now, today and this month',
    options: { project: { type: 'string' } },
    run: costs,
  },
  {
    name: 'usage',
    usage: '[--from TIME] [--to TIME] [--project ID]',
    about: 'requests and tokens',
    options: { ...RANGE_OPTIONS, project: { type: 'string' } },
    run: usage,
  },
  {
    name: 'requests',
    usage:
      '[--failed] [--model M] [--instance ID] [--key-id ID] [--id REQUEST] [--from TIME] [--to TIME] [--limit N] [--all]',
    about: 'the log of requests, failures too, the newest first',
    options: {
      ...LIST_OPTIONS,
      ...RANGE_OPTIONS,
      failed: { type: 'boolean' },
      model: { type: 'string' },
      instance: { type: 'string' },
      'key-id': { type: 'string' },
      id: { type: 'string' },
    },
    run: requests,
  },
];

async function costs(call: WordCall): Promise<void> {
  const query = given({ project_id: call.options.text('project') });
  const sums = await answerOf(call.api().client.GET('/api/v1/costs/summary', { params: { query } }));
  show(call, sums, (one) =>
    factsOf([
      ['an hour', euros(one.micros_per_hour)],
      ['today', euros(one.today_micros)],
      ['this month', euros(one.month_micros)],
      ['ever', euros(one.cumulative_micros)],
      ['without a price', one.unpriced_resources],
      ['at', moment(one.at)],
    ]),
  );
}

async function usage(call: WordCall): Promise<void> {
  const query = given({ ...rangeOf(call), project_id: call.options.text('project') });
  const sums = await answerOf(call.api().client.GET('/api/v1/usage/summary', { params: { query } }));
  show(call, sums, (one) =>
    factsOf([
      ['requests', one.requests],
      ['prompt tokens', one.prompt_tokens],
      ['of them cached', one.cached_tokens],
      ['completion tokens', one.completion_tokens],
    ]),
  );
}

function requests(call: WordCall): Promise<void> {
  const { options } = call;
  const filter = given({
    ...rangeOf(call),
    failed: options.is('failed') ? ('true' as const) : undefined,
    model: options.text('model'),
    instance_id: options.text('instance'),
    api_key_id: options.text('key-id'),
    id: options.text('id'),
  });
  return showList(
    call,
    (page) =>
      answerOf(call.api().client.GET('/api/v1/requests', { params: { query: { ...page, ...filter } } })),
    [
      ['at', (one) => moment(one.started_at)],
      ['id', (one) => one.request_id],
      ['status', (one) => one.status],
      ['error', (one) => one.error_code],
      ['model', (one) => one.model],
      ['tokens in', (one) => one.prompt_tokens],
      ['out', (one) => one.completion_tokens],
      ['first token', (one) => milliseconds(one.ttft_ms)],
      ['took', (one) => milliseconds(one.duration_ms)],
    ],
  );
}

/** Times as people write them: a day is its first moment, in UTC. */
export function rangeOf({ options }: WordCall): { from?: string | undefined; to?: string | undefined } {
  const read = (name: 'from' | 'to') => {
    const text = options.text(name);
    if (text === undefined) return undefined;
    const at = Date.parse(text);
    if (Number.isNaN(at)) {
      throw usageError(`--${name} takes a time such as 2026-11-21 or 2026-11-21T18:00:00Z`);
    }
    return new Date(at).toISOString();
  };
  return { from: read('from'), to: read('to') };
}

function milliseconds(value: number | null): string | null {
  return value === null ? null : `${Math.round(value)} ms`;
}
