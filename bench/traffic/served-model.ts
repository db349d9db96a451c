/** A whole stack that serves one model on mock machines, and a key to call it with. */
import type { InstanceId } from '#kernel/ids.ts';
import { ApiClient } from '../../test/api-client.ts';
import { type Stack, startStack } from '../../test/stack.ts';

export interface ServedModel {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly apiKey: string;
  readonly model: string;
  readonly instances: readonly InstanceId[];
}

export interface ServedModelOptions {
  readonly replicas: number;
  readonly model?: string;
  readonly env?: Record<string, string>;
  /** Workers are reached through tunnels only. */
  readonly tunnels?: boolean | undefined;
}

const READY_WITHIN_MS = 120_000;

/** The caller disposes of the stack. */
export async function serveModel(options: ServedModelOptions): Promise<ServedModel> {
  const model = options.model ?? 'Qwen/Qwen3-8B';
  const stack = await startStack({ env: { ...options.env }, tunnels: options.tunnels === true });
  try {
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const { instances } = await api.deployMock('bench', options.replicas, model);
    const ids = instances.map(({ id }) => id as InstanceId);
    await Promise.all(ids.map((id) => api.waitForState(id, 'ready', READY_WITHIN_MS)));
    const key = await api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'bench' });
    const served = { stack, api, apiKey: key.secret, model, instances: ids };
    await untilServed(served);
    return served;
  } catch (error) {
    process.stderr.write(stack.logTail());
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

async function untilServed({ stack, apiKey, model }: ServedModel): Promise<void> {
  for (const deadline = performance.now() + READY_WITHIN_MS; performance.now() < deadline; ) {
    const answer = await fetch(`${stack.gatewayUrl}/v1/models`, {
      headers: { authorization: `Bearer ${apiKey}` },
    }).catch(() => undefined);
    if (answer?.ok && (await answer.text()).includes(JSON.stringify(model))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the gateway does not serve the model');
}
