/** Models on machines: deployed, watched until they answer, ended. */
import type { components } from '#contracts/openapi-types.gen.ts';
import { type Api, answerOf } from '../api.ts';
import { CliError, EXIT } from '../cli-error.ts';
import {
  CONFIRM_OPTIONS,
  confirm,
  given,
  idempotency,
  LIST_OPTIONS,
  numberOf,
  show,
  showList,
} from '../show.ts';
import { euros, factsOf, moment, plain, tableOf } from '../terminal-text.ts';
import type { Word, WordCall } from '../word.ts';

type Deployment = components['schemas']['Deployment'];
type Offer = components['schemas']['Offer'];

const REPLICAS_MAX = 1_000;
const WAIT_SECONDS = 3_600;
const WAIT_SECONDS_MAX = 86_400;
const LOOK_EVERY_MS = 1_000;
const HOPELESS = ['provisioning_failed', 'startup_failed', 'failed', 'terminating', 'terminated'];

export const DEPLOYMENT_WORDS: readonly Word[] = [
  {
    name: 'deploy',
    usage:
      'MODEL [--name NAME] [--provider P] [--type TYPE] [--zone ZONE] [--replicas N] [--account ID] [--project ID] [--wait] [--within SECONDS]',
    about: 'a model on machines; without a type the cheapest that it fits. --wait stays until it answers',
    options: {
      name: { type: 'string' },
      provider: { type: 'string' },
      type: { type: 'string' },
      zone: { type: 'string' },
      replicas: { type: 'string' },
      account: { type: 'string' },
      project: { type: 'string' },
      wait: { type: 'boolean' },
      within: { type: 'string' },
    },
    takes: [1, 1],
    run: deploy,
  },
  {
    name: 'deployments list',
    usage: '[--ended] [--limit N] [--all]',
    about: 'deployments, the newest first; with --ended those that ended too',
    options: { ...LIST_OPTIONS, ended: { type: 'boolean' } },
    run: (call) =>
      showList(
        call,
        (page) => {
          const ended = call.options.is('ended') ? ({ include_terminated: 'true' } as const) : {};
          const query = { ...page, ...ended };
          return answerOf(call.api().client.GET('/api/v1/deployments', { params: { query } }));
        },
        [
          ['id', (one) => one.id],
          ['name', (one) => one.name],
          ['model', (one) => one.model],
          ['where', (one) => `${one.provider} ${one.zone} ${one.instance_type}`],
          ['ready', (one) => `${one.ready_replicas}/${one.replicas}`],
          ['status', (one) => one.status],
        ],
      ),
  },
  {
    name: 'deployments show',
    usage: 'ID',
    about: 'one deployment with its instances',
    takes: [1, 1],
    run: async (call) => show(call, await readDeployment(call.api(), call.words[0] ?? ''), textOf),
  },
  {
    name: 'deployments end',
    usage: 'ID [--yes]',
    about: 'drain and terminate all its instances; asked twice it is asked once',
    options: CONFIRM_OPTIONS,
    takes: [1, 1],
    run: end,
  },
];

async function deploy(call: WordCall): Promise<void> {
  const { options, words, terminal } = call;
  const [model = ''] = words;
  const api = call.api();
  const offer = await chooseOffer(call, api, model);
  const body = {
    name: options.text('name') ?? nameFor(call, model),
    model_id: model,
    provider: offer.provider,
    zone: offer.zone,
    instance_type: offer.instance_type,
    replicas: numberOf(call, 'replicas', 1, REPLICAS_MAX),
    ...given({ account_id: options.text('account'), project_id: options.text('project') }),
  };
  const price = `${euros(offer.price_micros_per_hour)} an hour each`;
  terminal.tell(`${plain(`${offer.provider} ${offer.zone} ${offer.instance_type}`)}, ${price}\n`);
  const made = await answerOf(api.client.POST('/api/v1/deployments', { params: idempotency(call), body }));
  if (!options.is('wait')) {
    show(call, made, textOf);
    return;
  }
  terminal.tell(`${made.id}: waiting until it answers; Ctrl-C stops the waiting alone\n`);
  show(call, await waitUntilReady(call, api, made.id), textOf);
}

/** The cheapest that has stock, an activation and room for the model, among what was asked for. */
async function chooseOffer(call: WordCall, api: Api, model: string): Promise<Offer> {
  const { options } = call;
  const query = {
    model_id: model,
    ...given({ provider: options.text('provider'), zone: options.text('zone') }),
  };
  const { data } = await answerOf(api.client.GET('/api/v1/catalogue/offers', { params: { query } }));
  const type = options.text('type');
  const asked = data.filter((offer) => type === undefined || offer.instance_type === type);
  const fitting = asked.filter(
    (offer) => offer.is_enabled && offer.fit?.fits === true && offer.availability !== 'shortage',
  );
  const costOf = (offer: Offer) => offer.price_micros_per_hour ?? Number.POSITIVE_INFINITY;
  const [best] = fitting.sort((a, b) => costOf(a) - costOf(b));
  if (best) return best;
  // That a machine has no GPU explains nothing where others have some.
  const isOtherKind = (offer: Offer) =>
    offer.fit?.reasons.some(({ code }) => code === 'gpu_missing') ?? false;
  const why = (asked.find((offer) => !isOtherKind(offer)) ?? asked[0])?.fit?.explanation;
  throw new CliError(
    EXIT.notFound,
    asked.length === 0
      ? 'nothing is offered that matches: inventiv offers MODEL shows what there is'
      : `no machine that matches has room and stock for ${model}${why ? ` (${why})` : ''}: inventiv offers ${model} shows what there is`,
  );
}

async function waitUntilReady(call: WordCall, api: Api, id: string): Promise<Deployment> {
  const { env, terminal, stopped } = call;
  const limitMs = numberOf(call, 'within', WAIT_SECONDS, WAIT_SECONDS_MAX) * 1_000;
  const startedAt = env.clock.monotonic();
  let told = '';
  for (;;) {
    const now = await readDeployment(api, id);
    const line = now.instances.map(({ name, state, progress }) => `${name} ${state} ${progress}%`).join(', ');
    if (line !== told) terminal.tell(`${plain(line)}\n`);
    told = line;
    if (now.ready_replicas >= now.replicas) return now;
    const hopeless = now.instances.find(({ state }) => HOPELESS.includes(state));
    if (hopeless) {
      const { id: instance, state, state_reason } = hopeless;
      throw new CliError(
        EXIT.failed,
        `${instance} is ${state} (${state_reason}): inventiv instances show ${instance} tells how it went`,
      );
    }
    if (env.clock.monotonic() - startedAt > limitMs) {
      throw new CliError(
        EXIT.failed,
        `${id} is not ready after ${limitMs / 1_000} s; it goes on: inventiv deployments show ${id}`,
      );
    }
    await env.sleep(LOOK_EVERY_MS, stopped);
  }
}

async function end(call: WordCall): Promise<void> {
  const [id = ''] = call.words;
  await confirm(call, `End ${id} and all its instances?`);
  const ended = await answerOf(
    call.api().client.DELETE('/api/v1/deployments/{id}', { params: { path: { id } } }),
  );
  show(call, ended, textOf);
}

function readDeployment(api: Api, id: string): Promise<Deployment> {
  return answerOf(api.client.GET('/api/v1/deployments/{id}', { params: { path: { id } } }));
}

/** The model's own name, and something that no other deployment has. */
function nameFor({ env }: WordCall, model: string): string {
  const base =
    model
      .split('/')
      .at(-1)
      ?.toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-') ?? '';
  const mark = Buffer.from(env.random.bytes(3)).toString('hex');
  return `${base.replace(/^-|-$/g, '').slice(0, 40) || 'model'}-${mark}`;
}

function textOf(one: Deployment): string {
  const rows = one.instances.map((instance) => [
    instance.id,
    instance.name,
    instance.state,
    `${instance.progress}%`,
    euros(instance.cost_micros),
  ]);
  return [
    factsOf([
      ['id', one.id],
      ['name', one.name],
      ['model', one.model],
      ['where', `${one.provider} ${one.zone} ${one.instance_type}`],
      ['status', one.status],
      ['ready', `${one.ready_replicas}/${one.replicas}`],
      ['created', moment(one.created_at)],
    ]),
    tableOf(['instance', 'name', 'state', 'progress', 'cost'], rows),
  ].join('\n');
}
