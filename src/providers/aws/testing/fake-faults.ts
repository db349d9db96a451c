/** A call, as the pretended AWS understands it. */
export interface FakeRequest {
  readonly service: string;
  readonly region: string;
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** How a call goes wrong: without its effect, or after it. */
export interface FakeFault {
  readonly strikes: (request: FakeRequest) => boolean;
  readonly how:
    | {
        readonly do: 'answer' | 'answer_after';
        readonly status: number;
        readonly code?: string;
        readonly text?: string;
        readonly headers?: Record<string, string>;
      }
    | {
        readonly do: 'drop_before' | 'drop_after' | 'hang_after' | 'garbage_after' | 'cut_after';
      }
    /** The connection ends in the middle of the answer. */
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

const CREATES = ['RunInstances', 'CreateSecurityGroup', 'ImportKeyPair'];
const DELETES = ['TerminateInstances', 'DeleteSecurityGroup', 'DeleteKeyPair', 'DeleteVolume'];
const HOLDINGS = ['DescribeInstances', 'DescribeVolumes', 'DescribeSecurityGroups', 'DescribeKeyPairs'];

export const isCreate = ({ action }: FakeRequest): boolean => CREATES.includes(action);
export const isDelete = ({ action }: FakeRequest): boolean => DELETES.includes(action);
export const isRead = ({ action }: FakeRequest): boolean => /^(Describe|Get)/.test(action);
/** Of what an account holds, not of what there is to rent. */
export const isHoldings = ({ action }: FakeRequest): boolean => HOLDINGS.includes(action);
