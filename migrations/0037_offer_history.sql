-- What providers sell, over time: how old their word is, what each price was and when, what they are giving up, and
-- how much memory their GPUs really have.

-- When the provider's own list was last taken over, and when an attempt last failed. Null: never.
alter table providers add column offers_synced_at timestamptz, add column offers_failed_at timestamptz;

-- `ending`: the provider says that it gives it up; `unlisted`: it was listed by the provider and is no more. Neither
-- is offered for new orders; machines that run go on. Rows that are there are offered until the next sync says else.
alter table offers add column service text not null default 'offered'
  constraint offers_service_check check (service in ('offered', 'ending', 'unlisted'));

-- Append-only: a price is written when it is first seen, and closed once when it holds no more. What was ordered keeps
-- the price of its order (instance_offers, cost_intervals), whatever is written here.
create table offer_prices (
  id bigint generated always as identity primary key,
  instance_type_id text not null references instance_types (id),
  provider_id text not null,
  zone text not null,
  nanos_per_hour bigint not null check (nanos_per_hour >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  source text,
  origin text not null check (origin in ('seed', 'provider', 'person')),
  seen_from timestamptz not null,
  -- Null: it holds.
  seen_until timestamptz check (seen_until >= seen_from),
  foreign key (provider_id, zone) references zones (provider_id, code)
);
create unique index offer_prices_holding on offer_prices (instance_type_id, zone) where seen_until is null;

create function guard_offer_prices() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.seen_until is null and new.seen_until is not null
     and to_jsonb(new) - 'seen_until' = to_jsonb(old) - 'seen_until' then
    return new;
  end if;
  raise exception 'prices that were seen are kept as they were';
end $$;
create trigger offer_prices_kept before update or delete on offer_prices
  for each row execute function guard_offer_prices();

insert into offer_prices (instance_type_id, provider_id, zone, nanos_per_hour, currency, source, origin, seen_from)
select instance_type_id, provider_id, zone, nanos_per_hour, currency, price_source, origin, app_now()
from offers where nanos_per_hour is not null order by instance_type_id, zone;

-- What the workers of machines of a type say their GPUs have, one row per machine. A fact about the type, so it
-- belongs to no tenant; nobody is told whose machine it was.
create table measured_gpus (
  instance_id text primary key,
  instance_type_id text not null references instance_types (id),
  -- Of its smallest GPU.
  vram_bytes_per_gpu bigint not null check (vram_bytes_per_gpu > 0),
  measured_at timestamptz not null
);
create index measured_gpus_by_type on measured_gpus (instance_type_id, measured_at desc, instance_id);

-- The least that the last machines had, and how many they were: a model that fits there fits on each of them.
create function measured_vram(type_id text, out vram_bytes bigint, out machines integer)
language plpgsql stable as $$
begin
  select min(vram_bytes_per_gpu), count(*)::integer into vram_bytes, machines from (
    select vram_bytes_per_gpu from measured_gpus where instance_type_id = type_id
    order by measured_at desc, instance_id limit 20) as last;
end $$;

-- What may be counted on: what a person wrote, else what was measured, else what is sold.
create function usable_vram(type_id text, nominal bigint, edited_at timestamptz) returns bigint
language plpgsql stable as $$
begin
  if edited_at is not null then
    return nominal;
  end if;
  return coalesce((measured_vram(type_id)).vram_bytes, nominal);
end $$;
