/** What providers refused a short while ago: shared by every machine and every process, and over by itself. */
import type { Transaction } from '#database/database.ts';
import type { InstanceTypeId } from '#kernel/ids.ts';

export interface OfferRefusal {
  readonly providerId: string;
  /** '' is the installation's own account. */
  readonly accountId: string;
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly kind: string;
}

/** The last word counts; a shorter memory does not end a longer one. */
export async function upsertRefusal(tx: Transaction, refusal: OfferRefusal, forMs: number): Promise<void> {
  await tx.query(
    `insert into offer_refusals as known (provider_id, account_id, zone, instance_type_id, kind, refused_at, until)
     values ($1, $2, $3, $4, $5, app_now(), app_now() + make_interval(secs => $6::double precision / 1000))
     on conflict (provider_id, account_id, zone, instance_type_id) do update set
       kind = excluded.kind, refused_at = excluded.refused_at, until = greatest(known.until, excluded.until)`,
    [refusal.providerId, refusal.accountId, refusal.zone, refusal.instanceTypeId, refusal.kind, forMs],
  );
}
