/** Machines: how they are, what they write, and the orders that people give them. */

import type { components, operations } from '#contracts/openapi-types.gen.ts';
import { answerOf } from '../api.ts';
import {
  CONFIRM_OPTIONS,
  choiceOf,
  confirm,
  given,
  LIST_OPTIONS,
  numberOf,
  show,
  showList,
} from '../show.ts';
import { euros, factsOf, moment, plain, tableOf } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

type LogPage = operations['instances.logs']['responses'][200]['content']['application/json'];
type Instance = components['schemas']['InstanceDetail'];

const TAIL = 200;
const TAIL_MAX = 1_000;
const FOLLOW_EVERY_MS = 2_000;

/** Orders, with what is asked before those that cost work. */
const ORDERS = {
  drain: { about: 'let it finish what it has and take no more', question: undefined },
  resume: { about: 'take requests again', question: undefined },
  terminate: {
    about: 'drain it, delete all it has at the provider, and stop its costs',
    question: 'Delete it and its volumes that are not kept?',
  },
  reinstall: {
    about: 'install its agent and engine anew',
    question: 'Install it anew? It serves nothing then.',
  },
  retry: { about: 'try again what failed', question: undefined },
  archive: { about: 'take an ended one out of the lists', question: undefined },
  unarchive: { about: 'show it in the lists again', question: undefined },
} as const;
type Order = keyof typeof ORDERS;

export const INSTANCE_WORDS: readonly Word[] = [
  {
    name: 'instances list',
    usage: '[--state STATE,...] [--deployment ID] [--archived] [--limit N] [--all]',
    about: 'instances, the newest first',
    options: {
      ...LIST_OPTIONS,
      state: { type: 'string' },
      deployment: { type: 'string' },
      archived: { type: 'boolean' },
    },
    run: list,
  },
  {
    name: 'instances show',
    usage: 'ID',
    about: 'one instance with its progress, history and volumes',
    takes: [1, 1],
    run: async (call) => {
      const [id = ''] = call.words;
      const one = await answerOf(
        call.api().client.GET('/api/v1/instances/{id}', { params: { path: { id } } }),
      );
      show(call, one, textOf);
    },
  },
  ...(Object.keys(ORDERS) as Order[]).map((order) => orderWord(order)),
  {
    name: 'instances logs',
    usage: 'ID [--source agent|install|engine] [--tail N] [-f]',
    about: 'the last lines of its logs; -f follows them',
    options: {
      source: { type: 'string' },
      tail: { type: 'string' },
      follow: { type: 'boolean', short: 'f' },
    },
    takes: [1, 1],
    run: logs,
  },
];

function list(call: WordCall): Promise<void> {
  const { options } = call;
  return showList(
    call,
    (page) => {
      const query = {
        ...page,
        ...given({
          state: options.text('state') as never,
          deployment: options.text('deployment'),
          include_archived: options.is('archived') ? ('true' as const) : undefined,
        }),
      };
      return answerOf(call.api().client.GET('/api/v1/instances', { params: { query } }));
    },
    [
      ['id', (one) => one.id],
      ['name', (one) => one.name],
      ['state', (one) => one.state],
      ['progress', (one) => `${one.progress}%`],
      ['model', (one) => one.model],
      ['where', (one) => `${one.provider} ${one.zone} ${one.instance_type}`],
      ['an hour', (one) => euros(one.price_micros_per_hour)],
      ['cost', (one) => euros(one.cost_micros)],
    ],
  );
}

function orderWord(order: Order): Word {
  const { about, question } = ORDERS[order];
  return {
    name: `instances ${order}`,
    usage: question === undefined ? 'ID' : 'ID [--yes]',
    about,
    ...(question === undefined ? {} : { options: CONFIRM_OPTIONS }),
    takes: [1, 1],
    run: async (call) => {
      const [id = ''] = call.words;
      if (question !== undefined) await confirm(call, `${id}: ${question}`);
      const one = await answerOf(
        call.api().client.POST(`/api/v1/instances/{id}/${order}`, { params: { path: { id } } }),
      );
      show(call, one, ({ name, state }) => `${id} (${plain(name)}): ${state}\n`);
    },
  };
}

async function logs(call: WordCall): Promise<void> {
  const { env, options, stopped, terminal, words } = call;
  const [id = ''] = words;
  const { client } = call.api();
  const source = choiceOf(call, 'source', ['agent', 'install', 'engine']);
  const tail = numberOf(call, 'tail', TAIL, TAIL_MAX);
  let cursor: string | undefined;
  for (;;) {
    const query = given({ source, tail: cursor === undefined ? tail : TAIL_MAX, cursor });
    const page: LogPage = await answerOf(
      client.GET('/api/v1/instances/{id}/logs', { params: { path: { id }, query }, signal: stopped }),
    );
    for (const line of page.data) {
      const text = `${moment(line.at ?? line.received_at)} ${line.source.padEnd(7)} ${line.line}`;
      terminal.write(options.isJson ? `${JSON.stringify(line)}\n` : `${plain(text)}\n`);
    }
    if (page.newer_cursor !== null) cursor = page.newer_cursor;
    if (!options.is('follow')) return;
    await env.sleep(FOLLOW_EVERY_MS, stopped);
  }
}

function textOf(one: Instance): string {
  const history = one.history.map((entry) => [moment(entry.at), entry.to, entry.reason]);
  const volumes = one.volumes.map((volume) => [
    volume.id,
    volume.kind,
    `${Math.round(volume.size_bytes / 1e9)} GB`,
    volume.delete_on_terminate ? 'deleted with it' : 'kept',
    moment(volume.deleted_at),
  ]);
  return [
    factsOf([
      ['id', one.id],
      ['name', one.name],
      ['state', `${one.state} (${one.state_reason ?? '-'})`],
      ['progress', `${one.progress}%`],
      ['model', one.model],
      ['where', `${one.provider} ${one.zone} ${one.instance_type}`],
      ['gpus', `${one.gpu_count} x ${one.gpu_kind}`],
      ['address', one.address],
      ['an hour', euros(one.price_micros_per_hour)],
      ['cost', euros(one.cost_micros)],
      ['worker', one.worker_version],
      ['last heard', moment(one.worker_last_seen_at)],
    ]),
    tableOf(['at', 'state', 'because'], history),
    tableOf(['volume', 'kind', 'size', 'at its end', 'deleted'], volumes),
  ].join('\n');
}
