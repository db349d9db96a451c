-- The market between organisations: what one offers, who may use it and at what price, what was charged, and the
-- accounts that it was charged to. Prices are whole micro-euros per 1,000 tokens, which are nano-euros per token.

create table offerings (
  -- Of the provider.
  org_id text not null references organisations (id),
  id text not null unique,
  -- Clients name the model `<slug of the organisation>/<code>`.
  code text not null check (code ~ '^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$'),
  model_id text not null references models (id),
  name text not null,
  description text not null,
  visibility text not null check (visibility in ('public', 'unlisted', 'private')),
  access text not null check (access in ('free', 'subscription', 'request', 'per_token', 'trial')),
  trial_tokens bigint check (trial_tokens > 0),
  trial_days integer check (trial_days > 0),
  created_by text not null,
  created_at timestamptz not null,
  published_at timestamptz,
  withdrawn_at timestamptz,
  primary key (org_id, id),
  unique (org_id, code),
  check ((access = 'trial') = (trial_tokens is not null)),
  check (access = 'trial' or trial_days is null)
);

create table contracts (
  -- Of the provider.
  org_id text not null,
  id text not null unique,
  offering_id text not null,
  consumer_org_id text not null references organisations (id),
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at >= starts_at),
  note text not null,
  created_by text not null,
  created_at timestamptz not null,
  -- By the consumer; until then nothing may be used.
  accepted_by text,
  accepted_at timestamptz,
  ended_by text,
  primary key (org_id, id),
  foreign key (org_id, offering_id) references offerings (org_id, id),
  check (consumer_org_id <> org_id),
  constraint contracts_one_at_a_time
    exclude using gist (offering_id with =, consumer_org_id with =, tstzrange(starts_at, ends_at) with &&)
);
create index contracts_in_order on contracts (org_id, created_at desc, id desc);
create index contracts_by_consumer on contracts (consumer_org_id, created_at desc, id desc);

-- Prices: of an offering for everybody, or of one contract. A change is a new version; nothing is ever rewritten.
create table offering_terms (
  org_id text not null,
  id text not null unique,
  offering_id text not null,
  -- Null is the list price.
  contract_id text references contracts (id),
  version integer not null check (version > 0),
  prompt_micros_per_1k bigint not null check (prompt_micros_per_1k between 0 and 1000000000),
  completion_micros_per_1k bigint not null check (completion_micros_per_1k between 0 and 1000000000),
  cached_micros_per_1k bigint not null check (cached_micros_per_1k between 0 and 1000000000),
  starts_at timestamptz not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, offering_id) references offerings (org_id, id),
  -- A price never begins in the past.
  check (starts_at >= created_at)
);
create unique index offering_terms_versions on offering_terms (offering_id, coalesce(contract_id, ''), version);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger offering_terms_append_only before update or delete on offering_terms
  for each row execute function refuse_change();

create table access_requests (
  -- Of the consumer.
  org_id text not null references organisations (id),
  id text not null unique,
  provider_org_id text not null,
  offering_id text not null,
  note text not null,
  state text not null check (state in ('requested', 'approved', 'refused', 'withdrawn')),
  answer text not null default '',
  contract_id text references contracts (id),
  created_by text not null,
  created_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  primary key (org_id, id),
  foreign key (provider_org_id, offering_id) references offerings (org_id, id),
  check ((state = 'requested') = (decided_at is null)),
  check ((state = 'approved') = (contract_id is not null))
);
create unique index access_requests_open on access_requests (org_id, offering_id) where state = 'requested';
create index access_requests_in_order on access_requests (org_id, created_at desc, id desc);
create index access_requests_by_provider on access_requests (provider_org_id, created_at desc, id desc);

-- Of a subscription: what one month costs, and how many tokens it has.
create table plans (
  org_id text not null,
  id text not null unique,
  offering_id text not null,
  name text not null,
  fee_micros bigint not null check (fee_micros >= 0),
  included_tokens bigint not null check (included_tokens > 0),
  created_by text not null,
  created_at timestamptz not null,
  -- Nobody subscribes any more; who has goes on.
  retired_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, offering_id) references offerings (org_id, id)
);

-- What an organisation may use of another, and since and until when. One at a time for each offering, so that the
-- price of a moment is one.
create table entitlements (
  -- Of the consumer.
  org_id text not null references organisations (id),
  id text not null unique,
  provider_org_id text not null,
  offering_id text not null,
  source text not null check (source in ('free', 'per_token', 'trial', 'subscription', 'contract')),
  contract_id text references contracts (id),
  plan_id text references plans (id),
  -- Tokens of a trial, as they were when it began.
  tokens_max bigint check (tokens_max > 0),
  starts_at timestamptz not null,
  ends_at timestamptz check (ends_at >= starts_at),
  created_by text not null,
  created_at timestamptz not null,
  ended_by text,
  primary key (org_id, id),
  foreign key (provider_org_id, offering_id) references offerings (org_id, id),
  check (provider_org_id <> org_id),
  check ((source = 'contract') = (contract_id is not null)),
  check ((source = 'subscription') = (plan_id is not null)),
  check ((source = 'trial') = (tokens_max is not null)),
  constraint entitlements_one_at_a_time
    exclude using gist (org_id with =, offering_id with =, tstzrange(starts_at, ends_at) with &&)
);
create unique index entitlements_one_trial on entitlements (org_id, offering_id) where source = 'trial';
create index entitlements_in_order on entitlements (org_id, created_at desc, id desc);
create index entitlements_by_provider on entitlements (provider_org_id, created_at desc, id desc);

-- Months of a subscription that are paid for. Without one there is nothing to use.
create table subscription_periods (
  org_id text not null,
  id text not null unique,
  entitlement_id text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  fee_micros bigint not null check (fee_micros >= 0),
  included_tokens bigint not null check (included_tokens > 0),
  primary key (org_id, id),
  foreign key (org_id, entitlement_id) references entitlements (org_id, id),
  exclude using gist (entitlement_id with =, tstzrange(starts_at, ends_at) with &&)
);

-- What was used of the tokens of a trial or of a paid month, raised in the transaction that adds to the ledger.
create table allowance_usage (
  org_id text not null references organisations (id),
  allowance_id text not null,
  tokens bigint not null check (tokens >= 0),
  primary key (org_id, allowance_id)
);

-- Whose model it was, under which terms, and what it cost; null for what an organisation serves itself.
alter table usage_ledger
  add column provider_org_id text,
  add column offering_id text,
  add column entitlement_id text,
  add column contract_id text,
  add column terms_id text,
  -- The trial or paid month that bore it; then nothing was charged.
  add column allowance_id text,
  add column charged_micros bigint check (charged_micros >= 0),
  add constraint usage_ledger_charged_by_somebody check ((charged_micros is null) = (provider_org_id is null));
create index usage_ledger_by_provider on usage_ledger (provider_org_id, instance_id, started_at)
  where provider_org_id is not null;

-- Charges per hour, raised in the statement that adds the ledger rows. Both sides read the same rows.
create table charge_hourly (
  -- Of the consumer.
  org_id text not null references organisations (id),
  hour timestamptz not null,
  provider_org_id text not null references organisations (id),
  offering_id text not null,
  -- Empty without one.
  contract_id text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  cached_tokens bigint not null,
  usage_micros bigint not null check (usage_micros >= 0),
  fee_micros bigint not null check (fee_micros >= 0),
  primary key (org_id, hour, provider_org_id, offering_id, contract_id)
);
create index charge_hourly_by_provider on charge_hourly (provider_org_id, hour);

create table wallets (
  org_id text primary key references organisations (id),
  -- The sum of its entries; they change together.
  balance_micros bigint not null default 0,
  -- How far it may go below zero; null is no limit.
  credit_micros bigint default 0 check (credit_micros >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table wallet_entries (
  org_id text not null references wallets (org_id),
  -- Names what caused it, so that nothing is booked twice: `usage:<request>`, `fee:<period>`, `transfer:<id>`.
  ref text not null,
  seq bigint generated always as identity,
  kind text not null check (kind in ('top_up', 'transfer_in', 'transfer_out', 'usage', 'fee', 'income')),
  amount_micros bigint not null check (amount_micros <> 0),
  -- On the other side; null for the platform.
  counterparty_org_id text,
  note text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, ref)
);
create index wallet_entries_in_order on wallet_entries (org_id, seq desc);
create trigger wallet_entries_append_only before update or delete on wallet_entries
  for each row execute function refuse_change();

select protect_rows(name) from unnest(array[
  'access_requests', 'allowance_usage', 'charge_hourly', 'contracts', 'entitlements', 'offering_terms', 'offerings',
  'plans', 'subscription_periods', 'wallet_entries', 'wallets']) as t (name);
