-- The sweep: everything at a provider compared with everything known, in both directions.

alter table instance_volumes
  -- Somebody asked that a kept volume be deleted after all.
  add column delete_asked_at timestamptz,
  -- First of the looks in a row that did not find it.
  add column missing_since timestamptz;

-- Spans in which an orchestrator kept its word here. What was made in the gap before one is unknown to a database
-- that was restored from a backup, so an order without a row from that gap proves that writes were lost.
create table control_epochs (
  number integer primary key,
  -- The last sign of life before this epoch; null: nothing is known of the time before it.
  gap_from timestamptz,
  began_at timestamptz not null,
  alive_until timestamptz not null
);

-- A person looked at a round that deleted nothing and let it go on.
create table sweep_confirmations (
  id text primary key,
  provider_id text not null,
  -- '' is the installation's own credentials, here and below.
  account_id text not null,
  round_id text not null,
  -- Gaps up to this epoch are accepted for this account.
  epoch integer not null,
  findings integer not null,
  confirmed_by text not null,
  confirmed_at timestamptz not null
);
create index sweep_confirmations_by_account on sweep_confirmations (provider_id, account_id, epoch);

create table sweep_rounds (
  id text primary key,
  provider_id text not null,
  account_id text not null,
  -- `acting` until what it decided has been done; `void`: the listing was not complete, so nothing was decided.
  state text not null check (state in ('acting', 'complete', 'void')),
  -- Why nothing was deleted.
  held text check (held in ('breaker', 'restored')),
  epoch integer not null,
  listed integer not null default 0,
  wanted integer not null default 0,
  missing integer not null default 0,
  orphans integer not null default 0,
  reported integer not null default 0,
  adopted integer not null default 0,
  deleted integer not null default 0,
  gone integer not null default 0,
  errors jsonb not null default '[]',
  started_at timestamptz not null,
  ended_at timestamptz
);
create index sweep_rounds_by_account on sweep_rounds (provider_id, account_id, started_at desc);

-- What exists at a provider and is wanted by no row. It stays until its end is proven.
create table sweep_findings (
  id text primary key,
  provider_id text not null,
  account_id text not null,
  kind text not null check (kind in ('server', 'volume', 'address', 'key', 'security_group')),
  zone text not null,
  ref text not null,
  -- By its tags; the rows may not exist.
  attempt_tag text not null,
  instance_tag text not null,
  -- Of the instance, where there is a row: whose bill it is on.
  org_id text,
  instance_id text,
  why text not null,
  state text not null check (state in ('held', 'deleting', 'gone', 'wanted')),
  resource_created_at timestamptz not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  round_id text not null,
  approved_at timestamptz,
  approved_by text,
  examined_at timestamptz,
  nanos_per_hour bigint,
  delete_called_at timestamptz,
  last_error text,
  -- First of the looks in a row that did not find it.
  missing_since timestamptz,
  alarmed_at timestamptz,
  closed_at timestamptz
);
create unique index sweep_findings_open on sweep_findings (provider_id, account_id, kind, zone, ref)
  where closed_at is null;
create index sweep_findings_by_age on sweep_findings (first_seen_at desc, id desc);

-- What a row says is there and complete listings did not show.
create table sweep_missing (
  provider_id text not null,
  account_id text not null,
  kind text not null,
  zone text not null,
  ref text not null,
  org_id text not null,
  instance_id text not null,
  volume_id text,
  rounds integer not null,
  first_missed_at timestamptz not null,
  last_missed_at timestamptz not null,
  primary key (provider_id, account_id, kind, zone, ref)
);

-- When what is wanted was last given more time at the provider.
create table expiry_renewals (
  provider_id text not null,
  account_id text not null,
  kind text not null,
  zone text not null,
  ref text not null,
  expires_at timestamptz not null,
  renewed_at timestamptz,
  failing_since timestamptz,
  last_error text,
  checked_at timestamptz not null,
  primary key (provider_id, account_id, kind, zone, ref)
);

-- RECONCILE: asked for, carried out by the orchestrator, answered with a report.
create table reconcile_requests (
  id text primary key,
  -- Null: all of them.
  provider_id text,
  instance_id text,
  state text not null check (state in ('queued', 'running', 'done', 'failed')),
  requested_by text not null,
  correlation_id text not null,
  requested_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  woken integer not null default 0,
  report jsonb
);
create index reconcile_requests_by_age on reconcile_requests (requested_at desc, id desc);

-- SYNC_CATALOG: the same for what providers offer.
create table catalogue_syncs (
  id text primary key,
  provider_id text,
  state text not null check (state in ('queued', 'running', 'done', 'failed')),
  requested_by text not null,
  correlation_id text not null,
  requested_at timestamptz not null,
  ended_at timestamptz,
  report jsonb
);
create index catalogue_syncs_by_age on catalogue_syncs (requested_at desc, id desc);
