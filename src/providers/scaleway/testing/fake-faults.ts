import type { FakeRequest } from './fake-api.ts';

/** How a call goes wrong: without its effect, or after it. */
export interface FakeFault {
  readonly strikes: (request: FakeRequest) => boolean;
  readonly how:
    | {
        readonly do: 'answer';
        readonly status: number;
        readonly body?: unknown;
        readonly text?: string;
        readonly headers?: Record<string, string>;
      }
    | { readonly do: 'answer_after'; readonly status: number; readonly body?: unknown }
    | { readonly do: 'drop_before' | 'drop_after' | 'hang_after' | 'garbage_after' | 'cut_after' }
    /** Of a list: says how many there are, and shows one less. */
    | { readonly do: 'short' };
  /** How often; undefined: until it is taken away. */
  left?: number;
}

/** What lies in the world rather than in one call. */
export interface FakeWeather {
  invisibleMs: number;
  startsInVain: boolean;
  deletesStuck: boolean;
}

export const FAIR: FakeWeather = { invisibleMs: 0, startsInVain: false, deletesStuck: false };

export const isCreate = ({ method, path }: FakeRequest): boolean =>
  method === 'POST' && /\/(servers|volumes|ips|security_groups)$/.test(path);

export const isDelete = ({ method, path, body }: FakeRequest): boolean =>
  method === 'DELETE' || (path.endsWith('/action') && body?.['action'] === 'terminate');

export const isRead = ({ method }: FakeRequest): boolean => method === 'GET';

/** Of what an account holds, not of what there is to rent. */
export const isHoldings = ({ method, path }: FakeRequest): boolean =>
  method === 'GET' && /\/zones\/[^/]+\/(servers|volumes|ips|security_groups)$/.test(path);
