/** Addresses that are told of events. A secret is the only thing on the output, so that `> file` keeps it. */
import { WEBHOOK_EVENT_TYPES } from '#contracts/business-events.ts';
import { answerOf } from '../api.ts';
import { usageError } from '../cli-error.ts';
import { CONFIRM_OPTIONS, confirm, idempotency, LIST_OPTIONS, show, showList } from '../show.ts';
import { moment } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

type SentType = Exclude<(typeof WEBHOOK_EVENT_TYPES)[number], 'WEBHOOK_TEST'>;

export const WEBHOOK_WORDS: readonly Word[] = [
  {
    name: 'webhooks list',
    usage: '',
    about: 'addresses that are told of events',
    run: (call) =>
      showList(call, () => answerOf(call.api().client.GET('/api/v1/webhooks')), [
        ['id', (hook) => hook.id],
        ['url', (hook) => hook.url],
        ['events', (hook) => hook.event_types.join(',') || 'all'],
        ['on', (hook) => hook.enabled],
        ['failing since', (hook) => moment(hook.failing_since)],
      ]),
  },
  {
    name: 'webhooks create',
    usage: 'URL [--events TYPE,...] [--description TEXT]',
    about: 'tell an address; the secret to verify what comes is shown once, and is all that is printed',
    options: { events: { type: 'string' }, description: { type: 'string' } },
    takes: [1, 1],
    run: create,
  },
  {
    name: 'webhooks rotate',
    usage: 'ID',
    about: 'a new secret, shown once',
    takes: [1, 1],
    run: async (call) => {
      const [id = ''] = call.words;
      const params = { path: { id }, ...idempotency(call) };
      const made = await answerOf(
        call.api().client.POST('/api/v1/webhooks/{id}/rotate-secret', { params, body: {} }),
      );
      call.terminal.tell(`${id}: the new secret is shown now and never again\n`);
      show(call, made, ({ secret }) => `${secret}\n`);
    },
  },
  {
    name: 'webhooks test',
    usage: 'ID',
    about: 'send it an event that says nothing',
    takes: [1, 1],
    run: async (call) => {
      const [id = ''] = call.words;
      const params = { path: { id }, ...idempotency(call) };
      const sent = await answerOf(call.api().client.POST('/api/v1/webhooks/{id}/test', { params }));
      show(
        call,
        sent,
        (one) => `${one.id}: ${one.state}; inventiv webhooks deliveries ${id} shows how it went\n`,
      );
    },
  },
  {
    name: 'webhooks deliveries',
    usage: 'ID [--limit N] [--all]',
    about: 'what was sent there, the newest first',
    options: LIST_OPTIONS,
    takes: [1, 1],
    run: (call) =>
      showList(
        call,
        (query) =>
          answerOf(
            call.api().client.GET('/api/v1/webhooks/{id}/deliveries', {
              params: { path: { id: call.words[0] ?? '' }, query },
            }),
          ),
        [
          ['at', (one) => moment(one.created_at)],
          ['id', (one) => one.id],
          ['event', (one) => one.event_type],
          ['state', (one) => one.state],
          ['attempts', (one) => one.attempts],
          ['status', (one) => one.last_status],
          ['error', (one) => one.last_error],
        ],
      ),
  },
  {
    name: 'webhooks delete',
    usage: 'ID [--yes]',
    about: 'tell this address nothing any more',
    options: CONFIRM_OPTIONS,
    takes: [1, 1],
    run: async (call) => {
      const [id = ''] = call.words;
      await confirm(call, `Tell the address of ${id} nothing any more?`);
      await answerOf(call.api().client.DELETE('/api/v1/webhooks/{id}', { params: { path: { id } } }));
      show(call, { id, deleted: true }, () => `${id} is deleted\n`);
    },
  },
];

async function create(call: WordCall): Promise<void> {
  const { options, words } = call;
  const [url = ''] = words;
  const event_types = (options.text('events') ?? '')
    .split(',')
    .filter(Boolean)
    .map((name) => {
      const type = WEBHOOK_EVENT_TYPES.find((one): one is SentType => one === name);
      if (!type) throw usageError(`there is no event ${name}; there are ${WEBHOOK_EVENT_TYPES.join(', ')}`);
      return type;
    });
  const body = { url, event_types, description: options.text('description') ?? '' };
  const made = await answerOf(
    call.api().client.POST('/api/v1/webhooks', { params: idempotency(call), body }),
  );
  call.terminal.tell(`${made.id}: the secret is shown now and never again\n`);
  show(call, made, ({ secret }) => `${secret}\n`);
}
