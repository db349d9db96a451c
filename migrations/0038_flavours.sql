-- With what engines are run: records by family of GPU and provider under one name. They are the installation's, so
-- they belong to no tenant. A part that is null is what the next place of the hierarchy says.
create table flavours (
  id text primary key,
  name text not null,
  gpu_vendor text not null check (gpu_vendor in ('nvidia', 'amd')),
  gpu_family text,
  provider_id text references providers (id),
  image text,
  args jsonb,
  environment jsonb,
  mounts jsonb,
  devices jsonb,
  network text,
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint flavours_record unique nulls not distinct (name, gpu_vendor, gpu_family, provider_id)
);
create index flavours_of_provider on flavours (provider_id);

-- Named for one kind of machine; null names none. No reference: a name may have several records.
alter table instance_types add column flavour text;

-- What the agent was told at its registration: the places that name flavours, with their records. Agents that
-- registered before were told nothing.
alter table workers add column flavours jsonb;
