/** What happens, as it happens, and who did what. */
import { EVENT_TYPES, liveEventSchema } from '#contracts/events.ts';
import { type Api, answerOf } from '../api.ts';
import { CliError, EXIT, usageError } from '../cli-error.ts';
import { readEvents } from '../read-events.ts';
import { choiceOf, given, LIST_OPTIONS, numberOf, showList } from '../show.ts';
import { moment, plain } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';
import { rangeOf } from './money.ts';

const RETRY_MS = 1_000;
const COUNT_MAX = 1_000_000;

export const WATCH_WORDS: readonly Word[] = [
  {
    name: 'events',
    usage: '--follow [--type TYPE] [--count N]',
    about: 'what changes, as it happens, until Ctrl-C or after N of them',
    options: {
      follow: { type: 'boolean', short: 'f' },
      type: { type: 'string' },
      count: { type: 'string' },
    },
    run: events,
  },
  {
    name: 'audit',
    usage:
      '[--actor ID] [--action A] [--subject ID] [--outcome done|denied] [--from TIME] [--to TIME] [--limit N] [--all]',
    about: 'who changed what, the newest first',
    options: {
      ...LIST_OPTIONS,
      actor: { type: 'string' },
      action: { type: 'string' },
      subject: { type: 'string' },
      outcome: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
    },
    run: audit,
  },
];

/** Goes on after a broken stream where it stopped, so that no event is missed. */
async function events(call: WordCall): Promise<void> {
  const { env, options, stopped, terminal } = call;
  if (!options.is('follow') && options.text('count') === undefined) {
    throw usageError('events are told as they happen: inventiv events --follow, or --count N');
  }
  const type = choiceOf(call, 'type', EVENT_TYPES);
  const wanted = options.text('count') === undefined ? undefined : numberOf(call, 'count', 1, COUNT_MAX);
  const api = call.api();
  let lastId: string | undefined;
  let told = 0;
  for (;;) {
    for await (const event of followOnce(call, api, lastId)) {
      lastId = event.id ?? lastId;
      const read = liveEventSchema.safeParse(event.data);
      if (!read.success || (type !== undefined && read.data.type !== type)) continue;
      const { at, type: kind, subject_id, summary } = read.data;
      const line = `${moment(at)} ${kind.padEnd(24)} ${subject_id} ${JSON.stringify(summary)}`;
      terminal.write(options.isJson ? `${JSON.stringify(read.data)}\n` : `${plain(line)}\n`);
      told += 1;
      if (told === wanted) return;
    }
    await env.sleep(RETRY_MS, stopped);
  }
}

/** One stream to its end. What ends it for good is thrown; that the server went away is not. */
async function* followOnce({ stopped }: WordCall, api: Api, lastId: string | undefined) {
  try {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
    const response = await api.fetch('/api/v1/events', { headers, signal: stopped, isStream: true });
    if (response.body) yield* readEvents(response.body);
  } catch (error) {
    const isPassing = error instanceof CliError ? error.exitCode === EXIT.unavailable : !stopped.aborted;
    if (!isPassing) throw error;
    if (lastId === undefined && error instanceof CliError) throw error;
  }
}

function audit(call: WordCall): Promise<void> {
  const { options } = call;
  const filter = given({
    ...rangeOf(call),
    actor: options.text('actor'),
    action: options.text('action'),
    subject: options.text('subject'),
    outcome: choiceOf(call, 'outcome', ['done', 'denied']),
  });
  return showList(
    call,
    (page) => answerOf(call.api().client.GET('/api/v1/audit', { params: { query: { ...page, ...filter } } })),
    [
      ['at', (entry) => moment(entry.at)],
      ['who', (entry) => entry.actor.name ?? entry.actor.id ?? entry.actor.kind],
      ['action', (entry) => entry.action],
      ['what', (entry) => entry.subject.id ?? entry.subject.kind],
      ['outcome', (entry) => entry.outcome],
      ['from', (entry) => entry.ip],
    ],
  );
}
