/** API keys: made, shown, given a new secret, ended. A secret is the only thing on the output, so that `> file` keeps it. */
import { answerOf } from '../api.ts';
import { usageError } from '../cli-error.ts';
import {
  CONFIRM_OPTIONS,
  choiceOf,
  confirm,
  given,
  idempotency,
  LIST_OPTIONS,
  show,
  showList,
} from '../show.ts';
import { moment } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

export const KEY_WORDS: readonly Word[] = [
  {
    name: 'keys list',
    usage: '[--owner me|organisation|all] [--limit N] [--all]',
    about: 'API keys, the newest first',
    options: { ...LIST_OPTIONS, owner: { type: 'string' } },
    run: (call) =>
      showList(
        call,
        (page) => {
          const query = { ...page, ...given({ owner: call.options.text('owner') }) };
          return answerOf(call.api().client.GET('/api/v1/api-keys', { params: { query } }));
        },
        [
          ['id', (key) => key.id],
          ['name', (key) => key.name],
          ['key', (key) => key.hint],
          ['owner', (key) => (key.owner === 'user' ? key.user.username : 'organisation')],
          ['state', (key) => key.state],
          ['last used', (key) => moment(key.last_used_at)],
          ['expires', (key) => moment(key.expires_at)],
        ],
      ),
  },
  {
    name: 'keys create',
    usage: 'NAME [--owner user|organisation] [--expires TIME] [--models ID,...] [--project ID]',
    about: 'make a key; its secret is shown once, and is all that is printed',
    options: {
      owner: { type: 'string' },
      expires: { type: 'string' },
      models: { type: 'string' },
      project: { type: 'string' },
    },
    takes: [1, 1],
    run: create,
  },
  {
    name: 'keys rotate',
    usage: 'ID [--until TIME]',
    about: 'give a key a new secret, shown once; the old one works on for a day, or until then',
    options: { until: { type: 'string' } },
    takes: [1, 1],
    run: rotate,
  },
  {
    name: 'keys revoke',
    usage: 'ID [--yes]',
    about: 'end a key at once, everywhere',
    options: CONFIRM_OPTIONS,
    takes: [1, 1],
    run: revoke,
  },
];

async function create(call: WordCall): Promise<void> {
  const { options, words, terminal } = call;
  const [name = ''] = words;
  const body = {
    name,
    ...given({
      owner: choiceOf(call, 'owner', ['user', 'organisation']),
      expires_at: timeOf(call, 'expires'),
      models: options.text('models')?.split(',').filter(Boolean),
      project_id: options.text('project'),
    }),
  };
  const made = await answerOf(
    call.api().client.POST('/api/v1/api-keys', { params: idempotency(call), body }),
  );
  terminal.tell(`${made.id}: its secret is shown now and never again\n`);
  if (made.state === 'inactive') terminal.tell('It works when both of its activations are given.\n');
  show(call, made, ({ secret }) => `${secret}\n`);
}

async function rotate(call: WordCall): Promise<void> {
  const [id = ''] = call.words;
  const until = timeOf(call, 'until');
  const made = await answerOf(
    call.api().client.POST('/api/v1/api-keys/{id}/rotate', {
      params: { path: { id }, ...idempotency(call) },
      body: until === undefined ? {} : { previous_until: until },
    }),
  );
  call.terminal.tell(
    `${made.id}: the new secret is shown now and never again; the old one works until ${moment(made.previous_secret?.until)}\n`,
  );
  show(call, made, ({ secret }) => `${secret}\n`);
}

async function revoke(call: WordCall): Promise<void> {
  const [id = ''] = call.words;
  await confirm(call, `End the key ${id} at once, everywhere?`);
  const key = await answerOf(call.api().client.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } }));
  show(call, key, ({ name }) => `${id} (${name}) is revoked\n`);
}

function timeOf({ options }: WordCall, name: string): string | undefined {
  const text = options.text(name);
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw usageError(`--${name} takes a time such as 2027-01-31 or 2027-01-31T12:00:00Z`);
  return new Date(at).toISOString();
}
