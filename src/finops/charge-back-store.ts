/** What organisations owe each other, by hour. Both sides read the same rows. `addToLedger` is the other writer. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface FeeCharge {
  readonly orgId: string;
  readonly providerOrgId: string;
  readonly offeringId: string;
  readonly feeMicros: number;
}

export async function addFee(tx: Transaction, fee: FeeCharge): Promise<void> {
  await tx.query(
    `insert into charge_hourly (org_id, hour, provider_org_id, offering_id, contract_id, requests, prompt_tokens,
       completion_tokens, cached_tokens, usage_micros, fee_micros)
     values ($1, date_trunc('hour', app_now(), 'UTC'), $2, $3, '', 0, 0, 0, 0, 0, $4)
     on conflict (org_id, hour, provider_org_id, offering_id, contract_id) do update set
       fee_micros = charge_hourly.fee_micros + excluded.fee_micros`,
    [fee.orgId, fee.providerOrgId, fee.offeringId, fee.feeMicros],
  );
}

export interface ChargeBackRow {
  readonly organisation: { readonly id: string; readonly slug: string; readonly name: string };
  readonly offering: { readonly id: string; readonly name: string };
  readonly contract_id: string | null;
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cached_tokens: number;
  readonly usage_micros: number;
  readonly fee_micros: number;
}

const SIDES = {
  consumed: { own: 'org_id', other: 'provider_org_id' },
  provided: { own: 'provider_org_id', other: 'org_id' },
} as const;

/** Sums over whole hours, by the organisation on the other side, offering and contract. */
export function selectChargeBack(
  db: Queryable,
  scope: OrgScope,
  side: keyof typeof SIDES,
  window: { readonly from?: Date | undefined; readonly to?: Date | undefined },
): Promise<ChargeBackRow[]> {
  const { own, other } = SIDES[side];
  return db.query<ChargeBackRow>(
    `select jsonb_build_object('id', x.id, 'slug', x.slug, 'name', x.name) as organisation,
       jsonb_build_object('id', f.id, 'name', p.slug || '/' || f.code) as offering,
       nullif(c.contract_id, '') as contract_id, sum(c.requests)::bigint as requests,
       sum(c.prompt_tokens)::bigint as prompt_tokens, sum(c.completion_tokens)::bigint as completion_tokens,
       sum(c.cached_tokens)::bigint as cached_tokens, sum(c.usage_micros)::bigint as usage_micros,
       sum(c.fee_micros)::bigint as fee_micros
     from charge_hourly c
     join organisations x on x.id = c.${other}
     join organisations p on p.id = c.provider_org_id
     join offerings f on f.id = c.offering_id
     where c.${own} = $1
       and ($2::timestamptz is null or c.hour >= date_trunc('hour', $2, 'UTC'))
       and ($3::timestamptz is null or c.hour < $3)
     group by x.id, p.slug, f.id, f.code, c.contract_id
     order by x.slug, p.slug, f.code, c.contract_id`,
    [scope.orgId, window.from ?? null, window.to ?? null],
  );
}
