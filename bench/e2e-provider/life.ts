import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { CatalogueSyncView } from '#contracts/catalogue-sync.ts';
import type { InstanceDetail } from '#contracts/instances.ts';
import type { costIntervalSchema, DeploymentView, ModelView, Offer } from '#contracts/management.ts';
import type { ApiClient } from '../../test/api-client.ts';

const POLL_MS = 500;
const SYNC_LIMIT_MS = 180_000;
const CHAT_LIMIT_MS = 180_000;
const BILL_LIMIT_MS = 60_000;
/** Less is not enough for a start. */
const MINUTES_MIN = 10;
/** Volumes and addresses, whose price is not always told. */
const RESERVE = 1.25;
const MICROS = 1_000_000;
/** The catalogue does not say what a model is for; these answer no chat. */
const NO_CHAT = /embed|rerank|reward|bge-|\be5-/i;

export interface RunOrder {
  readonly provider: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly model: string;
  readonly microsPerHour: number;
  readonly limitMinutes: number;
}

export interface OrderWish {
  readonly maxEuros: number;
  readonly limitMinutes: number;
  readonly model: string | undefined;
  readonly say: (line: string) => void;
}

/** The cheapest machine with stock and a known price on which the smallest model fits. @throws Error when none is */
export async function chooseOrder(api: ApiClient, provider: string, wish: OrderWish): Promise<RunOrder> {
  await syncCatalogue(api, provider);
  const { data: models } = await api.json<{ data: ModelView[] }>('GET', '/api/v1/models?limit=100');
  const wanted = models
    .filter((model) =>
      wish.model === undefined ? !NO_CHAT.test(model.hf_id) : [model.id, model.hf_id].includes(wish.model),
    )
    .toSorted((a, b) => a.vram_bytes_needed - b.vram_bytes_needed || (a.hf_id < b.hf_id ? -1 : 1));
  assert(wanted.length > 0, `there is no model ${wish.model ?? ''} in the catalogue`);
  for (const model of wanted) {
    const query = new URLSearchParams({ provider, model_id: model.id });
    const { data } = await api.json<{ data: Offer[] }>('GET', `/api/v1/catalogue/offers?${query}`);
    // The list begins with the cheapest.
    const offer = data.find(
      (one) =>
        one.is_enabled && one.fit?.fits && one.price_micros_per_hour && one.availability !== 'shortage',
    );
    if (!offer?.price_micros_per_hour) continue;
    const { zone, instance_type: instanceType, price_micros_per_hour: microsPerHour } = offer;
    const affordable = Math.floor((wish.maxEuros * MICROS * 60) / (microsPerHour * RESERVE));
    const price = `${(microsPerHour / MICROS).toFixed(4)} EUR an hour`;
    assert(
      affordable >= MINUTES_MIN,
      `${instanceType} in ${zone} costs ${price}: MAX_EUR=${wish.maxEuros} pays for ${affordable} minutes, and a start needs ${MINUTES_MIN}`,
    );
    const limitMinutes = Math.min(affordable, wish.limitMinutes);
    wish.say(`${model.hf_id} on ${instanceType} in ${zone}, ${price}, ${limitMinutes} minutes at most`);
    return { provider, zone, instanceType, model: model.hf_id, microsPerHour, limitMinutes };
  }
  throw new Error(`${provider} has no machine with stock and a known price that fits`);
}

async function syncCatalogue(api: ApiClient, provider: string): Promise<void> {
  const { id } = await api.json<{ id: string }>('POST', '/api/v1/catalogue/sync', { provider });
  const deadline = performance.now() + SYNC_LIMIT_MS;
  for (;;) {
    const sync = await api.json<CatalogueSyncView>('GET', `/api/v1/catalogue/sync/${id}`);
    if (sync.state === 'done') return;
    const error = sync.report?.providers[0]?.error ?? 'it took too long';
    assert(sync.state !== 'failed' && performance.now() < deadline, `the catalogue of ${provider}: ${error}`);
    await sleep(POLL_MS);
  }
}

export interface LifeLimits {
  readonly deadlineMs: number;
  readonly say: (line: string) => void;
}

/** Order, install, chat, delete, bill. @throws Error at the first thing that is not as it should be */
export async function liveOnce(api: ApiClient, gatewayUrl: string, order: RunOrder, limits: LifeLimits) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  const { id, instances } = await api.json<DeploymentView>('POST', '/api/v1/deployments', {
    ...{ name: 'e2e-provider', model_id: order.model, provider: order.provider },
    ...{ zone: order.zone, instance_type: order.instanceType },
  });
  const instanceId = instances[0]?.id ?? '';
  await reached(api, instanceId, 'ready', limits);
  const readySeconds = seconds();
  limits.say(`ready after ${readySeconds} s`);
  const tokens = await chat(api, gatewayUrl, order.model);
  limits.say(`it answered with ${tokens} tokens`);
  await api.json('DELETE', `/api/v1/deployments/${id}`);
  await reached(api, instanceId, 'terminated', limits);
  limits.say(`terminated after ${seconds()} s`);
  const costMicros = await bill(api, limits);
  return { ready_s: readySeconds, total_s: seconds(), completion_tokens: tokens, cost_micros: costMicros };
}

async function reached(
  api: ApiClient,
  id: string,
  state: 'ready' | 'terminated',
  { deadlineMs, say }: LifeLimits,
): Promise<void> {
  let last = '';
  for (;;) {
    const instance: InstanceDetail | undefined = await api.instance(id).catch(() => undefined);
    if (instance && instance.state !== last) say(`${instance.state} ${instance.progress} %`);
    last = instance?.state ?? last;
    if (last === state) return;
    const isLost = state === 'ready' && /failed|terminat|dead/.test(last);
    assert(!isLost, `the machine is ${last}: ${instance?.state_reason}`);
    assert(Date.now() < deadlineMs, `the machine is ${last} when the time is over`);
    await sleep(POLL_MS);
  }
}

async function chat(api: ApiClient, gatewayUrl: string, model: string): Promise<number> {
  const { secret } = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'e2e-provider' });
  const deadline = performance.now() + CHAT_LIMIT_MS;
  for (;;) {
    const response = await fetch(`${gatewayUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 32, messages: [{ role: 'user', content: 'Say hello.' }] }),
      signal: AbortSignal.timeout(CHAT_LIMIT_MS),
    });
    const text = await response.text();
    if (response.ok) {
      const { usage } = JSON.parse(text) as { usage?: { completion_tokens?: number } };
      const tokens = usage?.completion_tokens ?? 0;
      assert(tokens > 0, `the answer has no tokens: ${text.slice(0, 300)}`);
      return tokens;
    }
    // A gateway learns of a ready machine a moment later.
    assert(
      performance.now() < deadline,
      `the model does not answer: ${response.status} ${text.slice(0, 300)}`,
    );
    await sleep(POLL_MS);
  }
}

/** Everything that ran has ended on the bill too. */
async function bill(api: ApiClient, { say }: LifeLimits): Promise<number> {
  const deadline = performance.now() + BILL_LIMIT_MS;
  for (;;) {
    const { data } = await api.json<{ data: z.infer<typeof costIntervalSchema>[] }>(
      'GET',
      '/api/v1/costs/intervals?limit=1000',
    );
    if (data.length > 0 && data.every((one) => one.to !== null)) {
      for (const one of data) {
        const euros = one.micros === null ? 'price unknown' : `${(one.micros / MICROS).toFixed(6)} EUR`;
        say(`bill: ${one.resource_kind} ${one.resource_ref} ${one.from} to ${one.to}: ${euros}`);
      }
      return data.reduce((sum, one) => sum + (one.micros ?? 0), 0);
    }
    assert(performance.now() < deadline, 'the bill has intervals that do not end');
    await sleep(POLL_MS);
  }
}
