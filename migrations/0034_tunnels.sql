-- How a worker is reached: at its machine's address, or through a tunnel that its agent keeps open to each gateway.
-- `auto` is decided by the address: private ones directly, all others through a tunnel. Agents that registered before
-- do not know tunnels, so they stay as they are until they register again.
alter table workers add column reach text not null default 'direct'
  constraint workers_reach_check check (reach in ('direct', 'auto', 'tunnel'));

-- Gateway processes that take tunnels, and where; each says that it lives every few seconds. Belongs to no tenant.
create table tunnel_ends (
  gateway_id text primary key,
  url text not null,
  seen_at timestamptz not null
);

-- What the owner of a machine lets others use of it. A machine without a row is open all the time.
create table machine_terms (
  org_id text not null,
  instance_id text primary key,
  time_zone text not null,
  -- [{"days": [1..7], "from": "HH:MM", "to": "HH:MM"}], Monday is 1; empty is always.
  windows jsonb not null default '[]',
  requests_per_day bigint check (requests_per_day >= 0),
  tokens_per_day bigint check (tokens_per_day >= 0),
  updated_at timestamptz not null,
  foreign key (org_id, instance_id) references instances (org_id, id)
);
select protect_rows('machine_terms');
