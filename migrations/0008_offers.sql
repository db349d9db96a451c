-- What an order may be served with, in order, and what was refused. Orders for every kind of resource, not only servers.

create table instance_offers (
  org_id text not null,
  instance_id text not null,
  position integer not null check (position >= 0),
  zone text not null,
  instance_type_id text not null references instance_types (id),
  -- As they were when the machine was ordered; null is unknown, never free.
  price_nanos_per_hour bigint,
  price_currency text,
  -- Why this offer was left; null while it was not.
  refusal_kind text,
  refusal_message text,
  refused_at timestamptz,
  primary key (instance_id, position),
  unique (instance_id, zone, instance_type_id),
  foreign key (org_id, instance_id) references instances (org_id, id),
  check ((refusal_kind is null) = (refused_at is null))
);
insert into instance_offers (org_id, instance_id, position, zone, instance_type_id, price_nanos_per_hour, price_currency)
select org_id, id, 0, zone, instance_type_id, price_nanos_per_hour, price_currency from instances;

-- The offer that is ordered now.
alter table instances
  add column offer_position integer not null default 0;

alter table provision_attempts
  add column offer_position integer not null default 0,
  -- Unwanted beside the one that is kept: a second resource of one order, or one of an offer that was left.
  add column is_stray boolean not null default false,
  -- The date in the tags of the order. Kept, so that a repeated order is the same order.
  add column first_expires_at timestamptz;
update provision_attempts set first_expires_at = created_at + interval '3650 days';

alter table instance_volumes
  -- The server that came with it: with that server gone, it is not wanted either.
  add column discovered_on text;

alter table deployments
  -- Offers to try when the first is refused: [{"zone", "instance_type_id"}], in this order.
  add column fallbacks jsonb not null default '[]';

-- What a provider refused a short while ago, for every machine of the account: it is passed over without a call.
create table offer_refusals (
  provider_id text not null references providers (id),
  -- '' is the installation's own account.
  account_id text not null,
  zone text not null,
  instance_type_id text not null references instance_types (id),
  kind text not null,
  refused_at timestamptz not null,
  until timestamptz not null,
  primary key (provider_id, account_id, zone, instance_type_id)
);
