-- What every part stands on: one clock, the installation's identity, due work, live events.

create extension if not exists btree_gist;

-- The only clock of SQL: the database's, in whole milliseconds. A simulation sets app.now per session.
create function app_now() returns timestamptz
  language sql volatile
  return coalesce(
    nullif(current_setting('app.now', true), '')::timestamptz,
    date_trunc('milliseconds', clock_timestamp()));

create table installation (
  singleton boolean primary key default true check (singleton),
  id text not null,
  created_at timestamptz not null
);

-- The durable queue: one row per thing that needs care. It says which row, never what happened,
-- so asking twice is the same as asking once. Finished work has no row.
create table jobs (
  kind text not null,
  subject_id text not null,
  org_id text,
  due_at timestamptz not null,
  -- Raised by each request for care; a run that began before the last one is followed by another.
  generation bigint not null default 1,
  lease_token text,
  lease_until timestamptz,
  -- Claims since the last success, so that work that kills its process ends as a dead letter too.
  attempts integer not null default 0,
  last_error text,
  dead_at timestamptz,
  correlation_id text not null,
  created_at timestamptz not null,
  primary key (kind, subject_id),
  check ((lease_token is null) = (lease_until is null))
);
create index jobs_due on jobs (due_at, kind, subject_id) where dead_at is null;
create index jobs_dead on jobs (dead_at) where dead_at is not null;

-- Facts for people who watch. Ordered by (xid, seq): a reader that stays below the oldest
-- running transaction never misses a row that commits late.
create table events (
  seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  org_id text not null,
  type text not null,
  subject_id text not null,
  summary jsonb not null,
  at timestamptz not null
);
create index events_in_order on events (xid, seq);
create index events_by_age on events (at);

-- First answers of creates that carried an Idempotency-Key.
create table idempotency_keys (
  org_id text not null,
  user_id text not null,
  key text not null,
  request_hash text not null,
  status integer,
  body jsonb,
  created_at timestamptz not null,
  primary key (org_id, user_id, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);
