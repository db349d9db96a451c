-- Machines that organisations own, and who has which of them.

create table hosts (
  org_id text not null references organisations (id),
  id text primary key,
  name text not null,
  address text not null,
  port integer not null check (port between 1 and 65535),
  username text not null,
  -- Where its offers are: of this organisation alone.
  zone text not null,
  -- Null is unknown, 0 is free.
  nanos_per_hour bigint check (nanos_per_hour >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  credential_kind text not null check (credential_kind in ('private_key', 'password', 'generated')),
  -- Of a key that we made: what the owner puts onto the machine.
  public_key text,
  -- Sealed; gone with the host.
  credential text,
  key_id text generated always as (split_part(credential, '.', 2)) stored,
  -- What the machine must show before anything is sent to it. Written by people alone, never by what was seen.
  host_key text,
  -- What it showed last when that was another one.
  seen_host_key text,
  is_out_of_service boolean not null default false,
  probes_asked integer not null default 0,
  probes_done integer not null default 0,
  probed_at timestamptz,
  -- Why the last probe, or the last start of a claim, failed; null when the machine can be used.
  probe_error text,
  probe_message text,
  facts jsonb,
  -- Null until the machine was seen. Machines of one type stand in for each other.
  type_code text,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  removed_at timestamptz,
  check ((nanos_per_hour is null) = (currency is null)),
  unique (org_id, id)
);
create unique index hosts_name on hosts (org_id, name) where removed_at is null;
create unique index hosts_address on hosts (org_id, address, port) where removed_at is null;
create index hosts_by_type on hosts (zone, type_code) where removed_at is null;
create trigger hosts_sealed before insert or update on hosts
  for each row execute function guard_sealed('credential');

-- One use of a host, from its claim to the proof that nothing of it is left.
create table host_claims (
  org_id text not null,
  id text primary key,
  host_id text not null,
  -- The order: the same order again is the same claim, also after its end.
  attempt text not null,
  installation text not null,
  instance text not null,
  name text not null,
  zone text not null,
  type_code text not null,
  expires_at timestamptz not null,
  -- What is run on the machine, sealed; gone when the claim has ended.
  script text,
  key_id text generated always as (split_part(script, '.', 2)) stored,
  address text,
  failures integer not null default 0,
  claimed_at timestamptz not null,
  -- Before the first call: from then on there may be something on the machine.
  launched_at timestamptz,
  started_at timestamptz,
  release_asked_at timestamptz,
  released_at timestamptz,
  -- Who declared it gone; null when the machine itself proved it.
  released_by text,
  foreign key (org_id, host_id) references hosts (org_id, id)
);
-- Two orders never get one host.
create unique index host_claims_open on host_claims (host_id) where released_at is null;
create unique index host_claims_attempt on host_claims (zone, attempt);
create index host_claims_owned on host_claims (zone, id) where released_at is null;
create trigger host_claims_sealed before insert or update on host_claims
  for each row execute function guard_sealed('script');

select protect_rows(name) from unnest(array['host_claims', 'hosts']) as t (name);

-- A zone of an organisation's own machines; null: everybody's.
alter table zones add column owner_org_id text references organisations (id);
alter table zones enable row level security;
create policy zones_of_everybody_and_own on zones using (
  owner_org_id is null or (select current_setting('app.rows', true)) in ('*', owner_org_id));

-- A worker is installed anew by SSH where the machine is reached that way.
alter table instance_reinstalls drop constraint instance_reinstalls_path_check,
  add constraint instance_reinstalls_path_check
    check (path in ('agent_order', 'user_data', 'ssh', 'replacement'));
