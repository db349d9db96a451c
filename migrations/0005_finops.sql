-- What was: cost intervals and the usage ledger. Append-only but for closing an open interval.

create table cost_intervals (
  org_id text not null references organisations (id),
  id text not null,
  instance_id text not null,
  resource_kind text not null,
  resource_ref text not null,
  provider_id text not null,
  zone text not null,
  during tstzrange not null check (not isempty(during) and lower_inc(during) and not upper_inc(during)),
  nanos_per_hour bigint,
  currency text,
  -- Euros per unit of currency that was in force at the start, times a million.
  eur_rate_millionths bigint,
  -- Rounded once when the interval closes; null while open or without a price.
  micros bigint check (micros >= 0),
  primary key (org_id, id),
  exclude using gist (resource_kind with =, resource_ref with =, during with &&)
);
create unique index cost_intervals_open on cost_intervals (resource_kind, resource_ref)
  where upper_inf(during);
create index cost_intervals_by_org on cost_intervals using gist (org_id, during);
create index cost_intervals_by_instance on cost_intervals (org_id, instance_id);

create table usage_ledger (
  request_id text primary key,
  org_id text not null references organisations (id),
  api_key_id text,
  user_id text,
  model_id text not null,
  instance_id text,
  endpoint text not null,
  outcome text not null,
  http_status integer,
  error_code text,
  prompt_tokens integer not null check (prompt_tokens >= 0),
  completion_tokens integer not null check (completion_tokens >= 0),
  cached_tokens integer not null check (cached_tokens >= 0),
  streamed boolean not null,
  ttft_ms double precision,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  recorded_at timestamptz not null
);
create index usage_ledger_in_order on usage_ledger (org_id, started_at desc, request_id desc);

-- Sums per hour, raised in the transaction that adds the ledger rows.
create table usage_hourly (
  org_id text not null references organisations (id),
  hour timestamptz not null,
  model_id text not null,
  api_key_id text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  cached_tokens bigint not null,
  primary key (org_id, hour, model_id, api_key_id)
);
