/** What can be deployed, and on what. */
import { answerOf } from '../api.ts';
import { given, LIST_OPTIONS, showList } from '../show.ts';
import { euros } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

export const CATALOGUE_WORDS: readonly Word[] = [
  {
    name: 'models',
    usage: '[--served] [--limit N] [--all]',
    about: 'models that can be deployed; with --served the names that answer right now',
    options: { ...LIST_OPTIONS, served: { type: 'boolean' } },
    run: (call) => (call.options.is('served') ? listServed(call) : listModels(call)),
  },
  {
    name: 'offers',
    usage: 'MODEL [--provider P] [--zone ZONE]',
    about: 'machines that can be rented for a model, with their price and whether it fits',
    options: { provider: { type: 'string' }, zone: { type: 'string' } },
    takes: [1, 1],
    run: listOffers,
  },
];

function listModels(call: WordCall): Promise<void> {
  return showList(call, (query) => answerOf(call.api().client.GET('/api/v1/models', { params: { query } })), [
    ['id', (model) => model.id],
    ['name', (model) => model.name],
    ['memory', (model) => gigabytes(model.vram_bytes_needed)],
    ['context', (model) => model.context_length],
    ['active', (model) => model.is_active],
    ['ready', (model) => model.ready_instances],
  ]);
}

function listServed(call: WordCall): Promise<void> {
  return showList(call, async () => {
    const response = await call.api().fetch('/v1/models');
    return (await response.json()) as { data: { id: string }[] };
  }, [['model', (model) => model.id]]);
}

function listOffers(call: WordCall): Promise<void> {
  const { options, words } = call;
  const query = {
    model_id: words[0] ?? '',
    ...given({ provider: options.text('provider'), zone: options.text('zone') }),
  };
  return showList(
    call,
    () => answerOf(call.api().client.GET('/api/v1/catalogue/offers', { params: { query } })),
    [
      ['provider', (offer) => offer.provider],
      ['zone', (offer) => offer.zone],
      ['type', (offer) => offer.instance_type],
      ['gpus', (offer) => `${offer.gpu_count} x ${offer.gpu_kind} ${gigabytes(offer.vram_bytes_per_gpu)}`],
      ['an hour', (offer) => euros(offer.price_micros_per_hour)],
      ['stock', (offer) => offer.availability],
      ['told', (offer) => toldAgo(offer)],
      ['fits', (offer) => offer.fit?.fits],
      ['why', (offer) => offer.fit?.explanation],
    ],
  );
}

/** How old the word on stock is, and why it may not hold. */
function toldAgo({ age_seconds, stale }: { age_seconds: number | null; stale: string | null }): string {
  const age = age_seconds === null ? '-' : `${Math.round(age_seconds / 60)} min ago`;
  return stale === null ? age : `${age}, ${stale === 'failed' ? 'last look failed' : 'late'}`;
}

function gigabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 30)} GiB`;
}
