-- The life of machines: what is wanted, what is, every step and every provider call in between.

create table deployments (
  org_id text not null references organisations (id),
  id text not null,
  name text not null,
  model_id text not null references models (id),
  provider_id text not null,
  zone text not null,
  instance_type_id text not null references instance_types (id),
  replicas integer not null check (replicas >= 0),
  created_by text not null,
  created_at timestamptz not null,
  deleted_at timestamptz,
  primary key (org_id, id)
);
create unique index deployments_name on deployments (org_id, name) where deleted_at is null;

-- The edges of the state machine, written from its table in code.
create table instance_edges (
  from_state text not null,
  to_state text not null,
  primary key (from_state, to_state)
);

create table instances (
  org_id text not null references organisations (id),
  id text not null,
  deployment_id text,
  name text not null,
  provider_id text not null,
  zone text not null,
  instance_type_id text not null references instance_types (id),
  model_id text not null references models (id),
  engine text not null,
  -- Intent, written by commands.
  wanted text not null default 'serving' check (wanted in ('serving', 'terminated')),
  is_archived boolean not null default false,
  -- Fact, written by transition() alone; the trigger below refuses anything else.
  state text not null,
  state_version integer not null,
  state_reason text,
  state_at timestamptz not null,
  -- Facts learnt from the provider.
  server_ref text,
  address text,
  price_nanos_per_hour bigint,
  price_currency text,
  -- Bytes of the model that the worker has loaded.
  model_bytes_loaded bigint,
  model_bytes_total bigint,
  correlation_id text not null,
  created_by text not null,
  created_at timestamptz not null,
  ready_at timestamptz,
  terminated_at timestamptz,
  primary key (org_id, id),
  unique (id),
  foreign key (org_id, deployment_id) references deployments (org_id, id)
);
create index instances_in_order on instances (org_id, created_at desc, id desc);
create index instances_by_deployment on instances (org_id, deployment_id);
create index instances_live on instances (state) where state not in ('terminated', 'archived');

create table instance_state_history (
  org_id text not null,
  instance_id text not null,
  version integer not null,
  from_state text,
  to_state text not null,
  reason text not null,
  actor text not null,
  correlation_id text not null,
  at timestamptz not null,
  primary key (instance_id, version),
  foreign key (org_id, instance_id) references instances (org_id, id) deferrable initially deferred
);

-- A state changes only together with its history row, by a known edge, one version up.
create function guard_instance_state() returns trigger
  language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.state is not distinct from old.state
     and new.state_version = old.state_version then
    return new;
  end if;
  if tg_op = 'UPDATE' and (new.state_version <> old.state_version + 1 or not exists (
       select from instance_edges where from_state = old.state and to_state = new.state)) then
    raise exception 'illegal transition of % from % to %', old.id, old.state, new.state
      using errcode = 'check_violation', constraint = 'instance_state_guard';
  end if;
  if not exists (
       select from instance_state_history h
       where h.instance_id = new.id and h.version = new.state_version and h.to_state = new.state
         and h.from_state is not distinct from (case when tg_op = 'UPDATE' then old.state end)) then
    raise exception 'state of % written without its history', new.id
      using errcode = 'check_violation', constraint = 'instance_state_guard';
  end if;
  return new;
end $$;
create trigger instance_state_guard before insert or update on instances
  for each row execute function guard_instance_state();

-- The reverse: no history row without its transition, none changed, none removed.
create function guard_instance_history() returns trigger
  language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    raise exception 'history is append-only' using errcode = 'check_violation';
  end if;
  if not exists (
       select from instances i
       where i.id = new.instance_id and i.org_id = new.org_id and i.state_version >= new.version) then
    raise exception 'history of % without its transition', new.instance_id
      using errcode = 'check_violation', constraint = 'instance_history_guard';
  end if;
  return null;
end $$;
create constraint trigger instance_history_guard after insert on instance_state_history
  deferrable initially deferred for each row execute function guard_instance_history();
create trigger instance_history_append_only before update or delete on instance_state_history
  for each row execute function guard_instance_history();

-- Completed steps; progress is computed from them. A new start of the engine begins a new run.
create table instance_steps (
  org_id text not null,
  instance_id text not null,
  step text not null,
  completed_at timestamptz not null,
  primary key (instance_id, step),
  foreign key (org_id, instance_id) references instances (org_id, id)
);

create table instance_volumes (
  org_id text not null,
  id text not null,
  instance_id text not null,
  provider_id text not null,
  provider_ref text not null,
  zone text not null,
  kind text not null,
  size_bytes bigint not null,
  is_boot boolean not null,
  delete_on_terminate boolean not null,
  nanos_per_hour bigint,
  created_at timestamptz not null,
  deleted_at timestamptz,
  primary key (org_id, id),
  unique (provider_id, zone, provider_ref),
  foreign key (org_id, instance_id) references instances (org_id, id)
);
create index instance_volumes_by_instance on instance_volumes (instance_id);

-- Written before each provider create, marked `called` in its own commit just before the call.
create table provision_attempts (
  org_id text not null,
  id text not null,
  instance_id text not null,
  number integer not null,
  kind text not null check (kind in ('server', 'volume', 'address', 'key', 'security_group')),
  provider_id text not null,
  zone text not null,
  name text not null unique,
  state text not null check (state in ('open', 'called', 'present', 'absent')),
  provider_ref text,
  called_at timestamptz,
  resolved_at timestamptz,
  -- Until then, not seeing it proves nothing.
  absent_after timestamptz,
  refusal_kind text,
  refusal_message text,
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (instance_id, kind, number),
  foreign key (org_id, instance_id) references instances (org_id, id)
);
create index provision_attempts_unresolved on provision_attempts (instance_id)
  where state in ('open', 'called');

-- The agent on each instance: its tokens as hashes, its newest report.
create table workers (
  org_id text not null,
  instance_id text primary key,
  bootstrap_hash text not null unique,
  bootstrap_expires_at timestamptz not null,
  bootstrap_used_at timestamptz,
  bootstrap_nonce_hash text,
  epoch integer not null default 0,
  token_hash text unique,
  revoked_at timestamptz,
  registered_at timestamptz,
  version text,
  sha256 text,
  build_date text,
  status text,
  status_at timestamptz,
  engine_http boolean not null default false,
  error_code text,
  error_message text,
  engine_restarts integer not null default 0,
  in_flight integer not null default 0,
  last_seq bigint not null default -1,
  last_seen_at timestamptz,
  machine jsonb,
  foreign key (org_id, instance_id) references instances (org_id, id)
);

create table instance_samples (
  org_id text not null,
  instance_id text not null,
  at timestamptz not null,
  sample jsonb not null,
  primary key (instance_id, at)
);
create index instance_samples_by_age on instance_samples using brin (at);

create table action_log (
  org_id text not null,
  id text not null,
  instance_id text,
  component text not null,
  code text not null,
  status text not null check (status in ('started', 'succeeded', 'failed')),
  duration_ms integer,
  error_code text,
  metadata jsonb not null default '{}',
  correlation_id text not null,
  at timestamptz not null,
  primary key (org_id, id)
);
create index action_log_by_instance on action_log (org_id, instance_id, id desc);
create index action_log_by_correlation on action_log (correlation_id);

-- A resource began or ceased to cost; finops turns these into intervals.
create table cost_events (
  org_id text not null,
  id text not null,
  instance_id text not null,
  resource_kind text not null check (resource_kind in ('server', 'volume', 'address')),
  resource_ref text not null,
  edge text not null check (edge in ('start', 'stop')),
  -- The billable moment, as the provider tells it, else as we saw it.
  at timestamptz not null,
  provider_id text not null,
  zone text not null,
  nanos_per_hour bigint,
  currency text,
  created_at timestamptz not null,
  primary key (org_id, id),
  unique (resource_kind, resource_ref, edge),
  foreign key (org_id, instance_id) references instances (org_id, id)
);
