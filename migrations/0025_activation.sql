-- A resource works only after a technical and an economic activation. One row per resource and organisation; who
-- decided last, and when, is kept with each of the two. A side without a moment was never decided on.

create table activations (
  org_id text not null references organisations (id),
  resource_kind text not null check (resource_kind in ('instance', 'model', 'provider', 'api_key', 'offering')),
  resource_id text not null,
  technical_is_given boolean not null default false,
  technical_by text,
  technical_at timestamptz,
  economic_is_given boolean not null default false,
  economic_by text,
  economic_at timestamptz,
  created_at timestamptz not null,
  primary key (org_id, resource_kind, resource_id),
  check ((technical_by is null) = (technical_at is null) and (technical_at is not null or not technical_is_given)),
  check ((economic_by is null) = (economic_at is null) and (economic_at is not null or not economic_is_given))
);
-- Gateways read what lacks something every other second; it is little.
create index activations_missing on activations (resource_kind, org_id, resource_id)
  where not (technical_is_given and economic_is_given);
create index activations_in_order on activations (org_id, created_at desc, resource_kind, resource_id);

-- What is there worked until now, and goes on.
insert into activations
select org_id, kind, id, true, 'migration', app_now(), true, 'migration', app_now(), app_now()
from (
  select org_id, 'instance' as kind, id from instances
  union all select org_id, 'api_key', id from api_keys
  union all select o.id, 'model', m.id from organisations o, models m
  union all select o.id, 'provider', p.id from organisations o, providers p
) present;

-- Keys of organisations, their second secret while one replaces another, and budgets.

alter table api_keys
  add column owner_kind text not null default 'user' check (owner_kind in ('user', 'organisation')),
  -- The secret that was replaced, and until when it still works.
  add column previous_token_hash text unique,
  add column previous_hint text,
  add column previous_until timestamptz,
  add column rotated_at timestamptz,
  -- Null is no budget.
  add column budget_day_micros bigint check (budget_day_micros >= 0),
  add column budget_month_micros bigint check (budget_month_micros >= 0),
  add column budget_total_micros bigint check (budget_total_micros >= 0),
  add check ((previous_token_hash is null) = (previous_until is null));

-- What an organisation counts its own use of models at. A price holds from a full hour on and is never rewritten
-- once that hour has come. No model means: every model without a price of its own.
create table usage_prices (
  org_id text not null references organisations (id),
  model_id text not null,
  from_hour timestamptz not null check (from_hour = date_trunc('hour', from_hour, 'UTC')),
  prompt_micros_per_million bigint not null check (prompt_micros_per_million >= 0),
  completion_micros_per_million bigint not null check (completion_micros_per_million >= 0),
  cached_micros_per_million bigint not null check (cached_micros_per_million >= 0),
  set_by text not null,
  set_at timestamptz not null,
  primary key (org_id, model_id, from_hour)
);
create index usage_hourly_by_key on usage_hourly (org_id, api_key_id, hour);

select protect_rows(name) from unnest(array['activations', 'usage_prices']) as t (name);
