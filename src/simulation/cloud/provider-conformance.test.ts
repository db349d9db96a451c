import { readFile } from 'node:fs/promises';
import { Secret } from '#kernel/secret.ts';
import { MOCK_PARTS, MockProvider } from '#providers/mock/provider.ts';
import type { ProviderHarness, SuiteFault } from '#providers/provider-bench.ts';
import { describeProvider } from '#providers/provider-suite.ts';
import { TEST_TOKEN, TestCloud } from './test-cloud.ts';

/** How the mock cloud makes happen what the suite asks for. */
const FAULTS: Record<SuiteFault, Record<string, unknown>> = {
  create_out_of_stock: { kind: 'stock_out', operation: '*.create' },
  create_over_quota: { kind: 'quota', operation: '*.create' },
  create_fails_before: { kind: 'error_before', operation: '*.create', status: 502 },
  create_fails_after: { kind: 'error_after', operation: '*.create', count: 1 },
  create_reply_lost: { kind: 'lost_reply', operation: '*.create', count: 1 },
  create_reply_hangs: { kind: 'lost_reply', operation: '*.create', mode: 'hang' },
  create_reply_garbage: { kind: 'garbage', operation: '*.create', count: 1 },
  create_reply_cut: { kind: 'garbage', operation: '*.create', mode: 'truncated' },
  create_invisible: { kind: 'late_visibility', operation: '*.create', delay_ms: 1_000 },
  start_in_vain: { kind: 'stock_out', operation: 'server.start', mode: 'silent' },
  delete_stuck: { kind: 'stuck_delete' },
  delete_fails_after: { kind: 'error_after', operation: '*.delete', count: 1 },
  list_short: { kind: 'truncated_list', mode: 'short' },
  list_breaks_off: { kind: 'truncated_list', mode: 'error' },
  read_fails: { kind: 'error_before', status: 503 },
  read_garbage: { kind: 'garbage' },
  throttled: { kind: 'throttle' },
  throttled_for_7_s: { kind: 'throttle', retry_after_s: 7 },
  second_zone_fails: { kind: 'error_before', zone: 'mock-b', status: 503 },
  renew_reply_lost: { kind: 'lost_reply', operation: '*.tag', count: 1 },
};

describeProvider('mock', async (): Promise<ProviderHarness> => {
  const cloud = await TestCloud.start();
  const { clock } = cloud.env;
  const provider = new MockProvider({
    baseUrl: cloud.url,
    token: TEST_TOKEN,
    clock,
    parts: MOCK_PARTS['all'] ?? [],
  });
  const intruder = new MockProvider({ baseUrl: cloud.url, token: new Secret('wrong-secret'), clock });
  const unreachable = new MockProvider({ baseUrl: 'http://127.0.0.1:9', token: TEST_TOKEN, clock });
  return {
    provider,
    intruder,
    unreachable,
    zones: ['mock-a', 'mock-b'],
    type: 'MOCK-L4-1',
    rootBytes: 20_000_000_000,
    pageSize: 100,
    setFault: (fault) => cloud.setFaults(FAULTS[fault]),
    clearFaults: () => cloud.setFaults(),
    readUserData: ({ id }) => readFile(cloud.disk(id, 'var/lib/cloud/user-data')),
    async readConsole({ id }) {
      const { body } = await cloud.call('GET', `/v1/servers/${id}/console`);
      return String(body['text']);
    },
    async close() {
      await Promise.all([provider.close(), intruder.close(), unreachable.close()]);
      await cloud.close();
    },
  };
});
