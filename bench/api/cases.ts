/** What is asked of each list: orders, filters that leave much and little, and texts; of the organisation with most. */

export interface RouteCases {
  /** As in the OpenAPI document. */
  readonly route: string;
  readonly path: string;
  /** Query strings; each is asked on its first page, and on deeper ones where there are any. */
  readonly queries: readonly string[];
}

const id = (prefix: string, n: number) => `${prefix}_${String(n).padStart(26, '0')}`;
const DAY_MS = 86_400_000;

/** `nowMs` is when the data was made. */
export function casesAt(nowMs: number): readonly RouteCases[] {
  const day = (ago: number) => encodeURIComponent(new Date(nowMs - ago * DAY_MS).toISOString());
  return [
    {
      route: '/api/v1/api-keys',
      path: '/api/v1/api-keys',
      queries: [
        'owner=all',
        'owner=all&sort=name',
        'owner=all&sort=-last_used_at',
        'owner=all&sort=last_used_at',
        'owner=all&state=active',
        'owner=all&state=revoked&sort=name',
        'owner=all&state=expired',
        'owner=all&state=inactive',
        'owner=all&state=suspended',
        'owner=all&q=vision',
        'owner=all&q=service-chat-1234',
        'owner=all&q=nothing-of-this-name',
        'owner=organisation',
        `owner=${id('user', 5)}`,
        'owner=all&project_id=proj_bench-0_4',
        'owner=all&state=active&q=ci-search',
      ],
    },
    {
      route: '/api/v1/requests',
      path: '/api/v1/requests',
      queries: [
        '',
        'sort=-duration_ms',
        'sort=-tokens',
        'sort=started_at',
        'failed=true',
        'failed=false',
        'status=200',
        'status=502',
        'status=503&sort=-duration_ms',
        'error_code=upstream.failed',
        'endpoint=/v1/messages',
        'endpoint=/v1/chat/completions&status=200',
        `api_key_id=${id('key', 1)}`,
        `api_key_id=${id('key', 1)}&status=429`,
        `instance_id=${id('inst', 101)}`,
        `user_id=${id('user', 1)}&sort=-tokens`,
        'model=Qwen/Qwen3-8B',
        `from=${day(3)}&to=${day(2)}`,
        `from=${day(20)}&to=${day(1.5)}&status=429`,
        `q=${id('req', 4321)}`,
        'q=client-ab',
        'q=limits',
        'status=418',
      ],
    },
    {
      route: '/api/v1/usage/requests',
      path: '/api/v1/usage/requests',
      queries: [
        '',
        'sort=-tokens',
        'project_id=none',
        'project_id=proj_bench-0_4',
        `api_key_id=${id('key', 1)}`,
        `user_id=${id('user', 1)}`,
        `instance_id=${id('inst', 101)}`,
        'outcome=completed',
        'outcome=upstream_failed&sort=-tokens',
        `from=${day(3)}&to=${day(2)}`,
        `from=${day(20)}&to=${day(1.5)}&project_id=none`,
      ],
    },
    {
      route: '/api/v1/usage/summary',
      path: '/api/v1/usage/summary',
      queries: ['', `from=${day(7)}`, 'project_id=proj_bench-0_4'],
    },
    {
      route: '/api/v1/usage/groups',
      path: '/api/v1/usage/groups',
      queries: [
        'by=day',
        'by=model',
        'by=project&sort=-requests',
        'by=outcome',
        'by=model&project_id=proj_bench-0_4',
        `by=user&from=${day(2)}&to=${day(1)}`,
        `by=api_key&from=${day(1)}&to=${day(0)}`,
        `by=instance&from=${day(2)}&to=${day(1)}`,
        `by=model&user_id=${id('user', 1)}&from=${day(30)}&to=${day(0)}`,
        `by=day&api_key_id=${id('key', 1)}&from=${day(30)}&to=${day(0)}`,
      ],
    },
    {
      route: '/api/v1/usage/projects',
      path: '/api/v1/usage/projects',
      queries: [`from=${day(30)}&to=${day(0)}`, `from=${day(2)}&to=${day(0)}`],
    },
    {
      route: '/api/v1/actions',
      path: '/api/v1/actions',
      queries: [
        '',
        'sort=-duration_ms',
        'sort=at',
        'status=failed',
        'status=succeeded',
        'component=worker',
        'component=orchestrator&status=succeeded',
        'code=STATE_CHANGED',
        'code=OFFER_REFUSED&sort=-duration_ms',
        'error_code=quota',
        `instance_id=${id('inst', 101)}`,
        `correlation_id=${id('corr', 100)}`,
        `from=${day(20)}&to=${day(10)}`,
        'q=volume',
        'q=stock',
        'q=machine-101',
        `q=${id('corr', 100)}`,
      ],
    },
    {
      route: '/api/v1/instances/{id}/actions',
      path: `/api/v1/instances/${id('inst', 101)}/actions`,
      queries: ['', 'status=failed', 'sort=-duration_ms'],
    },
    {
      route: '/api/v1/audit',
      path: '/api/v1/audit',
      queries: [
        '',
        'sort=at',
        'action=api_keys',
        'action=members.change',
        'actor=person.107',
        `actor=${id('user', 107)}&action=api_keys.create`,
        'subject=deployment',
        `subject=${id('key', 101)}`,
        'outcome=denied',
        'outcome=done',
        `from=${day(20)}&to=${day(10)}`,
        `from=${day(29)}&to=${day(28)}&outcome=denied`,
        'q=instances',
        'q=person.107',
      ],
    },
    {
      route: '/api/v1/instances',
      path: '/api/v1/instances',
      queries: [
        '',
        'include_archived=true',
        'include_archived=true&sort=name',
        'sort=state',
        'state=ready',
        'zone=mock-b&include_archived=true',
        'model=Qwen/Qwen3-8B',
        'instance_type=BENCH-3',
        'project_id=proj_bench-0_4&include_archived=true',
        'q=machine-12&include_archived=true',
        'q=bench-3',
        'q=deployment-10',
      ],
    },
    {
      route: '/api/v1/organisation/members',
      path: '/api/v1/organisation/members',
      queries: ['', 'q=ada', 'role=owner', 'sort=-joined_at'],
    },
    {
      route: '/api/v1/organisation/invitations',
      path: '/api/v1/organisation/invitations',
      queries: ['', 'q=guest-12', 'state=open'],
    },
    {
      route: '/api/v1/webhooks/{id}/deliveries',
      path: '/api/v1/webhooks/wh_bench_0/deliveries',
      queries: ['', 'state=failed', 'event_type=INSTANCE_STATE_CHANGED'],
    },
    {
      route: '/api/v1/deployments',
      path: '/api/v1/deployments',
      queries: ['', 'include_terminated=true', 'q=deployment-10'],
    },
    {
      route: '/api/v1/activations',
      path: '/api/v1/activations',
      queries: ['', 'resource_kind=api_key&missing=true'],
    },
  ];
}
