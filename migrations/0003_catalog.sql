-- What can be rented and what can be served. Seeds fill it and never overwrite what was edited.

create table providers (
  id text primary key,
  name text not null,
  edited_at timestamptz
);

create table zones (
  provider_id text not null references providers (id),
  code text not null,
  region text not null,
  is_active boolean not null default true,
  edited_at timestamptz,
  primary key (provider_id, code)
);

create table instance_types (
  id text primary key,
  provider_id text not null references providers (id),
  code text not null,
  gpu_count integer not null,
  gpu_kind text not null,
  gpu_fraction numeric,
  vram_bytes_per_gpu bigint not null,
  vcpus integer not null,
  memory_bytes bigint not null,
  arch text not null,
  scratch_bytes_max bigint not null default 0,
  is_active boolean not null default true,
  edited_at timestamptz,
  unique (provider_id, code)
);

create table offers (
  instance_type_id text not null references instance_types (id),
  provider_id text not null,
  zone text not null,
  -- Null is unknown, never free.
  nanos_per_hour bigint check (nanos_per_hour >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  price_as_of date,
  price_source text,
  availability text not null default 'unknown'
    check (availability in ('available', 'scarce', 'shortage', 'unknown')),
  edited_at timestamptz,
  primary key (instance_type_id, zone),
  foreign key (provider_id, zone) references zones (provider_id, code),
  check ((nanos_per_hour is null) = (currency is null))
);

create table models (
  id text primary key,
  hf_id text not null unique,
  name text not null,
  parameters bigint,
  weights_bytes bigint not null,
  kv_bytes_per_token bigint,
  context_length integer not null,
  licence text,
  engine_args jsonb not null default '[]',
  is_active boolean not null default true,
  edited_at timestamptz
);
