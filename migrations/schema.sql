-- The result of all migrations, written by `make db-dump`. Not applied by anybody.

create extension if not exists btree_gist;


CREATE OR REPLACE FUNCTION public.add_figures(a double precision[], b double precision[])
 RETURNS double precision[]
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT COALESCE(array_agg(COALESCE((f.x + f.y), f.x, f.y) ORDER BY f.n), '{}'::double precision[]) AS "coalesce" FROM UNNEST(add_figures.a, add_figures.b) WITH ORDINALITY f(x, y, n));

CREATE OR REPLACE FUNCTION public.app_now()
 RETURNS timestamp with time zone
 LANGUAGE sql
RETURN COALESCE((NULLIF(current_setting('app.now'::text, true), ''::text))::timestamp with time zone, date_trunc('milliseconds'::text, clock_timestamp()));

CREATE OR REPLACE FUNCTION public.drop_partitions(parent text, older_than timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  step interval := partition_step(parent);
  name text;
  gone integer := 0;
begin
  if step is null or older_than > app_now() then
    raise exception 'no partitions of % are dropped before %', parent, older_than;
  end if;
  execute format('lock table %I in share update exclusive mode', parent);
  for name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(parent)
      and (to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC') + step <= older_than
    order by c.relname
  loop
    begin
      execute format('drop table %I', name);
      gone := gone + 1;
    exception when lock_not_available then
      return gone;
    end;
  end loop;
  return gone;
exception when lock_not_available then
  return 0;
end
$function$;

CREATE OR REPLACE FUNCTION public.ensure_partitions(parent text, from_at timestamp with time zone, until_at timestamp with time zone)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  step interval := partition_step(parent);
  begins timestamptz;
  name text;
  made integer := 0;
begin
  if step is null then
    raise exception '% is not partitioned by time', parent;
  end if;
  if until_at > app_now() + step * 8 or until_at - from_at > step * 400 then
    raise exception 'no partitions of % from % until %', parent, from_at, until_at;
  end if;
  begins := date_bin(step, from_at, timestamptz '2001-01-01 00:00:00+00');
  while begins <= until_at loop
    name := parent || '_p' || to_char(begins at time zone 'UTC', 'YYYYMMDD');
    if to_regclass(name) is null then
      -- One at a time; and the catalogue is asked itself, because what was remembered may be from before the wait.
      execute format('lock table %I in share update exclusive mode', parent);
      if not exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
        execute format('create table %I (like %I including constraints)', name, parent);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          parent, name, begins, begins + step);
        made := made + 1;
      end if;
    end if;
    begins := begins + step;
  end loop;
  return made;
end
$function$;

CREATE OR REPLACE FUNCTION public.ensure_request_log(from_at timestamp with time zone, until_at timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
RETURN ensure_partitions('request_log'::text, from_at, until_at);

CREATE OR REPLACE FUNCTION public.guard_instance_history()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.guard_instance_state()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION public.guard_setting_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'changes of settings are append-only' using errcode = 'check_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.max_figures(a double precision[], b double precision[])
 RETURNS double precision[]
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT COALESCE(array_agg(GREATEST(f.x, f.y) ORDER BY f.n), '{}'::double precision[]) AS "coalesce" FROM UNNEST(max_figures.a, max_figures.b) WITH ORDINALITY f(x, y, n));

CREATE OR REPLACE FUNCTION public.note_worker_identity()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.identity_at := app_now();
  if new.epoch <> old.epoch or (old.token_hash is not null and new.token_hash is null) then
    new.retired_hashes := (array_remove(array[old.token_hash, old.next_token_hash], null) || old.retired_hashes)[1:8];
    new.next_token_hash := null;
  end if;
  perform pg_notify('inv_workers', new.instance_id);
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.note_worker_order()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.wanted <> old.wanted or new.state <> old.state then
    perform pg_notify('inv_workers', new.id);
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.partition_step(parent text)
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
RETURN CASE parent WHEN 'instance_samples'::text THEN '24:00:00'::interval WHEN 'instance_samples_5m'::text THEN '168:00:00'::interval WHEN 'instance_samples_1h'::text THEN '672:00:00'::interval WHEN 'instance_logs'::text THEN '24:00:00'::interval WHEN 'request_log'::text THEN '24:00:00'::interval ELSE NULL::interval END;


create table action_log (
  org_id text not null,
  id text not null,
  instance_id text,
  component text not null,
  code text not null,
  status text not null,
  duration_ms integer,
  error_code text,
  metadata jsonb default '{}'::jsonb not null,
  correlation_id text not null,
  at timestamp with time zone not null,
  constraint action_log_pkey PRIMARY KEY (org_id, id),
  constraint action_log_status_check CHECK ((status = ANY (ARRAY['started'::text, 'succeeded'::text, 'failed'::text])))
);

create table activations (
  org_id text not null,
  resource_kind text not null,
  resource_id text not null,
  technical_is_given boolean default false not null,
  technical_by text,
  technical_at timestamp with time zone,
  economic_is_given boolean default false not null,
  economic_by text,
  economic_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint activations_pkey PRIMARY KEY (org_id, resource_kind, resource_id),
  constraint activations_check CHECK ((((technical_by IS NULL) = (technical_at IS NULL)) AND ((technical_at IS NOT NULL) OR (NOT technical_is_given)))),
  constraint activations_check1 CHECK ((((economic_by IS NULL) = (economic_at IS NULL)) AND ((economic_at IS NOT NULL) OR (NOT economic_is_given)))),
  constraint activations_resource_kind_check CHECK ((resource_kind = ANY (ARRAY['instance'::text, 'model'::text, 'provider'::text, 'api_key'::text, 'offering'::text])))
);

create table alerts (
  id text not null,
  org_id text,
  code text not null,
  severity text not null,
  subject_kind text not null,
  subject_id text not null,
  details jsonb default '{}'::jsonb not null,
  correlation_id text not null,
  opened_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint alerts_pkey PRIMARY KEY (id),
  constraint alerts_severity_check CHECK ((severity = ANY (ARRAY['warning'::text, 'critical'::text])))
);

create table api_keys (
  org_id text not null,
  id text not null,
  user_id text not null,
  name text not null,
  hint text not null,
  token_hash text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  scopes text[] default '{inference,models.read}'::text[] not null,
  models text[],
  is_enabled boolean default true not null,
  requests_per_minute bigint,
  tokens_per_minute bigint,
  concurrent_requests bigint,
  priority_max text default 'normal'::text not null,
  waits_for_start boolean default false not null,
  owner_kind text default 'user'::text not null,
  previous_token_hash text,
  previous_hint text,
  previous_until timestamp with time zone,
  rotated_at timestamp with time zone,
  budget_day_micros bigint,
  budget_month_micros bigint,
  budget_total_micros bigint,
  constraint api_keys_pkey PRIMARY KEY (org_id, id),
  constraint api_keys_budget_day_micros_check CHECK ((budget_day_micros >= 0)),
  constraint api_keys_budget_month_micros_check CHECK ((budget_month_micros >= 0)),
  constraint api_keys_budget_total_micros_check CHECK ((budget_total_micros >= 0)),
  constraint api_keys_check CHECK (((previous_token_hash IS NULL) = (previous_until IS NULL))),
  constraint api_keys_concurrent_requests_check CHECK ((concurrent_requests > 0)),
  constraint api_keys_models_check CHECK (((models IS NULL) OR (cardinality(models) > 0))),
  constraint api_keys_owner_kind_check CHECK ((owner_kind = ANY (ARRAY['user'::text, 'organisation'::text]))),
  constraint api_keys_previous_token_hash_key UNIQUE (previous_token_hash),
  constraint api_keys_priority_max_check CHECK ((priority_max = ANY (ARRAY['batch'::text, 'low'::text, 'normal'::text, 'high'::text]))),
  constraint api_keys_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  constraint api_keys_scopes_check CHECK ((cardinality(scopes) > 0)),
  constraint api_keys_token_hash_key UNIQUE (token_hash),
  constraint api_keys_tokens_per_minute_check CHECK ((tokens_per_minute > 0))
);

create table batch_items (
  org_id text not null,
  batch_id text not null,
  line integer not null,
  custom_id text not null,
  body_from bigint not null,
  body_bytes integer not null,
  tries integer default 0 not null,
  state text default 'pending'::text not null,
  result bytea,
  constraint batch_items_pkey PRIMARY KEY (org_id, batch_id, line),
  constraint batch_items_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text])))
);

create table batches (
  org_id text not null,
  id text not null,
  api_key_id text not null,
  status text not null,
  ending text,
  endpoint text not null,
  completion_window text not null,
  input_file_id text not null,
  output_file_id text,
  error_file_id text,
  output_seconds integer,
  metadata jsonb,
  errors jsonb,
  total integer default 0 not null,
  completed integer default 0 not null,
  failed integer default 0 not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  in_progress_at timestamp with time zone,
  finalizing_at timestamp with time zone,
  completed_at timestamp with time zone,
  failed_at timestamp with time zone,
  expired_at timestamp with time zone,
  cancelling_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  constraint batches_pkey PRIMARY KEY (org_id, id),
  constraint batches_ending_check CHECK ((ending = ANY (ARRAY['completed'::text, 'failed'::text, 'expired'::text, 'cancelled'::text]))),
  constraint batches_id_key UNIQUE (id),
  constraint batches_status_check CHECK ((status = ANY (ARRAY['validating'::text, 'in_progress'::text, 'finalizing'::text, 'completed'::text, 'failed'::text, 'expired'::text, 'cancelling'::text, 'cancelled'::text])))
);

create table catalogue_syncs (
  id text not null,
  provider_id text,
  state text not null,
  requested_by text not null,
  correlation_id text not null,
  requested_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  report jsonb,
  constraint catalogue_syncs_pkey PRIMARY KEY (id),
  constraint catalogue_syncs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

create table control_epochs (
  number integer not null,
  gap_from timestamp with time zone,
  began_at timestamp with time zone not null,
  alive_until timestamp with time zone not null,
  constraint control_epochs_pkey PRIMARY KEY (number)
);

create table control_plane_life (
  is_only boolean not null,
  alive_at timestamp with time zone not null,
  back_since timestamp with time zone not null,
  lagged_at timestamp with time zone,
  constraint control_plane_life_pkey PRIMARY KEY (is_only),
  constraint control_plane_life_is_only_check CHECK (is_only)
);

create table cost_events (
  org_id text not null,
  id text not null,
  instance_id text not null,
  resource_kind text not null,
  resource_ref text not null,
  edge text not null,
  at timestamp with time zone not null,
  provider_id text not null,
  zone text not null,
  nanos_per_hour bigint,
  currency text,
  created_at timestamp with time zone not null,
  constraint cost_events_pkey PRIMARY KEY (org_id, id),
  constraint cost_events_edge_check CHECK ((edge = ANY (ARRAY['start'::text, 'stop'::text]))),
  constraint cost_events_resource_kind_check CHECK ((resource_kind = ANY (ARRAY['server'::text, 'volume'::text, 'address'::text]))),
  constraint cost_events_resource_kind_resource_ref_edge_key UNIQUE (resource_kind, resource_ref, edge)
);

create table cost_intervals (
  org_id text not null,
  id text not null,
  instance_id text not null,
  resource_kind text not null,
  resource_ref text not null,
  provider_id text not null,
  zone text not null,
  during tstzrange not null,
  nanos_per_hour bigint,
  currency text,
  eur_rate_millionths bigint,
  micros bigint,
  constraint cost_intervals_pkey PRIMARY KEY (org_id, id),
  constraint cost_intervals_during_check CHECK (((NOT isempty(during)) AND lower_inc(during) AND (NOT upper_inc(during)))),
  constraint cost_intervals_micros_check CHECK ((micros >= 0)),
  constraint cost_intervals_resource_kind_resource_ref_during_excl EXCLUDE USING gist (resource_kind WITH =, resource_ref WITH =, during WITH &&)
);

create table deployments (
  org_id text not null,
  id text not null,
  name text not null,
  model_id text not null,
  provider_id text not null,
  zone text not null,
  instance_type_id text not null,
  replicas integer not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  deleted_at timestamp with time zone,
  fallbacks jsonb default '[]'::jsonb not null,
  constraint deployments_pkey PRIMARY KEY (org_id, id),
  constraint deployments_replicas_check CHECK ((replicas >= 0))
);

create table events (
  seq bigint generated always as identity not null,
  xid xid8 default pg_current_xact_id() not null,
  org_id text not null,
  type text not null,
  subject_id text not null,
  summary jsonb not null,
  at timestamp with time zone not null,
  constraint events_pkey PRIMARY KEY (seq)
);

create table expiry_renewals (
  provider_id text not null,
  account_id text not null,
  kind text not null,
  zone text not null,
  ref text not null,
  expires_at timestamp with time zone not null,
  renewed_at timestamp with time zone,
  failing_since timestamp with time zone,
  last_error text,
  checked_at timestamp with time zone not null,
  constraint expiry_renewals_pkey PRIMARY KEY (provider_id, account_id, kind, zone, ref)
);

create table file_chunks (
  org_id text not null,
  file_id text not null,
  "position" integer not null,
  data bytea not null,
  constraint file_chunks_pkey PRIMARY KEY (org_id, file_id, "position")
);

create table files (
  org_id text not null,
  id text not null,
  state text not null,
  purpose text not null,
  filename text not null,
  bytes bigint default 0 not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint files_pkey PRIMARY KEY (org_id, id),
  constraint files_id_key UNIQUE (id),
  constraint files_state_check CHECK ((state = ANY (ARRAY['writing'::text, 'ready'::text])))
);

create table idempotency_keys (
  org_id text not null,
  user_id text not null,
  key text not null,
  request_hash text not null,
  status integer,
  body jsonb,
  created_at timestamp with time zone not null,
  constraint idempotency_keys_pkey PRIMARY KEY (org_id, user_id, key)
);

create table installation (
  singleton boolean default true not null,
  id text not null,
  created_at timestamp with time zone not null,
  constraint installation_pkey PRIMARY KEY (singleton),
  constraint installation_singleton_check CHECK (singleton)
);

create table instance_edges (
  from_state text not null,
  to_state text not null,
  constraint instance_edges_pkey PRIMARY KEY (from_state, to_state)
);

create table instance_log_heads (
  org_id text not null,
  instance_id text not null,
  epoch integer not null,
  next_agent_seq bigint not null,
  next_install_seq bigint not null,
  next_line_no bigint not null,
  bytes bigint not null,
  constraint instance_log_heads_pkey PRIMARY KEY (instance_id)
);

create table instance_logs (
  org_id text not null,
  instance_id text not null,
  line_no bigint not null,
  received_at timestamp with time zone not null,
  epoch integer not null,
  source text not null,
  at timestamp with time zone not null,
  level text not null,
  line text not null,
  constraint instance_logs_pkey PRIMARY KEY (instance_id, line_no, received_at),
  constraint instance_logs_level_check CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'warn'::text, 'error'::text]))),
  constraint instance_logs_source_check CHECK ((source = ANY (ARRAY['agent'::text, 'install'::text, 'engine'::text])))
) partition by range (received_at);

create table instance_offers (
  org_id text not null,
  instance_id text not null,
  "position" integer not null,
  zone text not null,
  instance_type_id text not null,
  price_nanos_per_hour bigint,
  price_currency text,
  refusal_kind text,
  refusal_message text,
  refused_at timestamp with time zone,
  constraint instance_offers_pkey PRIMARY KEY (instance_id, "position"),
  constraint instance_offers_check CHECK (((refusal_kind IS NULL) = (refused_at IS NULL))),
  constraint instance_offers_instance_id_zone_instance_type_id_key UNIQUE (instance_id, zone, instance_type_id),
  constraint instance_offers_position_check CHECK (("position" >= 0))
);

create table instance_reinstalls (
  org_id text not null,
  id text not null,
  instance_id text not null,
  is_automatic boolean not null,
  path text not null,
  path_at timestamp with time zone not null,
  path_reason text,
  from_epoch integer not null,
  ordered_at timestamp with time zone,
  ended_at timestamp with time zone,
  outcome text,
  replaced_by text,
  created_by text not null,
  correlation_id text not null,
  created_at timestamp with time zone not null,
  constraint instance_reinstalls_pkey PRIMARY KEY (org_id, id),
  constraint instance_reinstalls_outcome_check CHECK ((outcome = ANY (ARRAY['installed'::text, 'replaced'::text, 'failed'::text, 'cancelled'::text]))),
  constraint instance_reinstalls_path_check CHECK ((path = ANY (ARRAY['agent_order'::text, 'user_data'::text, 'replacement'::text])))
);

create table instance_samples (
  org_id text not null,
  instance_id text not null,
  at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  beats integer not null,
  counts double precision[] not null,
  sums double precision[] not null,
  maxima double precision[] not null,
  gpu_names jsonb not null,
  constraint instance_samples_pkey PRIMARY KEY (instance_id, at)
) partition by range (at);

create table instance_samples_1h (
  org_id text not null,
  instance_id text not null,
  at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  beats integer not null,
  counts double precision[] not null,
  sums double precision[] not null,
  maxima double precision[] not null,
  gpu_names jsonb not null,
  constraint instance_samples_1h_pkey PRIMARY KEY (instance_id, at)
) partition by range (at);

create table instance_samples_5m (
  org_id text not null,
  instance_id text not null,
  at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  beats integer not null,
  counts double precision[] not null,
  sums double precision[] not null,
  maxima double precision[] not null,
  gpu_names jsonb not null,
  constraint instance_samples_5m_pkey PRIMARY KEY (instance_id, at)
) partition by range (at);

create table instance_state_history (
  org_id text not null,
  instance_id text not null,
  version integer not null,
  from_state text,
  to_state text not null,
  reason text not null,
  actor text not null,
  correlation_id text not null,
  at timestamp with time zone not null,
  constraint instance_state_history_pkey PRIMARY KEY (instance_id, version)
);

create table instance_steps (
  org_id text not null,
  instance_id text not null,
  step text not null,
  completed_at timestamp with time zone not null,
  constraint instance_steps_pkey PRIMARY KEY (instance_id, step)
);

create table instance_types (
  id text not null,
  provider_id text not null,
  code text not null,
  gpu_count integer not null,
  gpu_kind text not null,
  gpu_fraction numeric,
  vram_bytes_per_gpu bigint not null,
  vcpus integer not null,
  memory_bytes bigint not null,
  arch text not null,
  scratch_bytes_max bigint default 0 not null,
  is_active boolean default true not null,
  edited_at timestamp with time zone,
  constraint instance_types_pkey PRIMARY KEY (id),
  constraint instance_types_provider_id_code_key UNIQUE (provider_id, code)
);

create table instance_usage_1h (
  org_id text not null,
  instance_id text not null,
  at timestamp with time zone not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  constraint instance_usage_1h_pkey PRIMARY KEY (org_id, instance_id, at)
);

create table instance_usage_5m (
  org_id text not null,
  instance_id text not null,
  at timestamp with time zone not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  constraint instance_usage_5m_pkey PRIMARY KEY (org_id, instance_id, at)
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
  created_at timestamp with time zone not null,
  deleted_at timestamp with time zone,
  delete_called_at timestamp with time zone,
  discovered_on text,
  delete_asked_at timestamp with time zone,
  missing_since timestamp with time zone,
  used_by text,
  constraint instance_volumes_pkey PRIMARY KEY (org_id, id),
  constraint instance_volumes_provider_id_zone_provider_ref_key UNIQUE (provider_id, zone, provider_ref)
);

create table instances (
  org_id text not null,
  id text not null,
  deployment_id text,
  name text not null,
  provider_id text not null,
  zone text not null,
  instance_type_id text not null,
  model_id text not null,
  engine text not null,
  wanted text default 'serving'::text not null,
  is_archived boolean default false not null,
  state text not null,
  state_version integer not null,
  state_reason text,
  state_at timestamp with time zone not null,
  server_ref text,
  address text,
  price_nanos_per_hour bigint,
  price_currency text,
  model_bytes_loaded bigint,
  model_bytes_total bigint,
  correlation_id text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  ready_at timestamp with time zone,
  terminated_at timestamp with time zone,
  server_state text,
  server_looked_at timestamp with time zone,
  server_missing_since timestamp with time zone,
  account_id text,
  offer_position integer default 0 not null,
  is_drained boolean default false not null,
  server_restarts integer default 0 not null,
  server_restarted_at timestamp with time zone,
  health_at timestamp with time zone,
  health_verdict text,
  health_failures integer default 0 not null,
  constraint instances_pkey PRIMARY KEY (org_id, id),
  constraint instances_health_verdict_check CHECK ((health_verdict = ANY (ARRAY['confirmed'::text, 'contradicted'::text, 'unreachable'::text]))),
  constraint instances_id_key UNIQUE (id),
  constraint instances_wanted_check CHECK ((wanted = ANY (ARRAY['serving'::text, 'terminated'::text])))
);

create table jobs (
  kind text not null,
  subject_id text not null,
  org_id text,
  due_at timestamp with time zone not null,
  generation bigint default 1 not null,
  lease_token text,
  lease_until timestamp with time zone,
  attempts integer default 0 not null,
  last_error text,
  dead_at timestamp with time zone,
  correlation_id text not null,
  created_at timestamp with time zone not null,
  constraint jobs_pkey PRIMARY KEY (kind, subject_id),
  constraint jobs_check CHECK (((lease_token IS NULL) = (lease_until IS NULL)))
);

create table memberships (
  org_id text not null,
  user_id text not null,
  role text not null,
  created_at timestamp with time zone not null,
  constraint memberships_pkey PRIMARY KEY (org_id, user_id),
  constraint memberships_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'manager'::text, 'user'::text])))
);

create table models (
  id text not null,
  hf_id text not null,
  name text not null,
  parameters bigint,
  weights_bytes bigint not null,
  kv_bytes_per_token bigint,
  context_length integer not null,
  licence text,
  engine_args jsonb default '[]'::jsonb not null,
  is_active boolean default true not null,
  edited_at timestamp with time zone,
  constraint models_pkey PRIMARY KEY (id),
  constraint models_hf_id_key UNIQUE (hf_id)
);

create table offer_refusals (
  provider_id text not null,
  account_id text not null,
  zone text not null,
  instance_type_id text not null,
  kind text not null,
  refused_at timestamp with time zone not null,
  until timestamp with time zone not null,
  constraint offer_refusals_pkey PRIMARY KEY (provider_id, account_id, zone, instance_type_id)
);

create table offers (
  instance_type_id text not null,
  provider_id text not null,
  zone text not null,
  nanos_per_hour bigint,
  currency text,
  price_as_of date,
  price_source text,
  availability text default 'unknown'::text not null,
  edited_at timestamp with time zone,
  constraint offers_pkey PRIMARY KEY (instance_type_id, zone),
  constraint offers_availability_check CHECK ((availability = ANY (ARRAY['available'::text, 'scarce'::text, 'shortage'::text, 'unknown'::text]))),
  constraint offers_check CHECK (((nanos_per_hour IS NULL) = (currency IS NULL))),
  constraint offers_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint offers_nanos_per_hour_check CHECK ((nanos_per_hour >= 0))
);

create table organisations (
  id text not null,
  slug text not null,
  name text not null,
  created_at timestamp with time zone not null,
  requests_per_minute bigint,
  tokens_per_minute bigint,
  concurrent_requests bigint,
  constraint organisations_pkey PRIMARY KEY (id),
  constraint organisations_concurrent_requests_check CHECK ((concurrent_requests > 0)),
  constraint organisations_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  constraint organisations_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'::text)),
  constraint organisations_slug_key UNIQUE (slug),
  constraint organisations_tokens_per_minute_check CHECK ((tokens_per_minute > 0))
);

create table provider_accounts (
  org_id text not null,
  id text not null,
  provider_id text not null,
  name text not null,
  credential text,
  key_id text,
  version integer default 1 not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  checks_asked integer default 0 not null,
  checks_done integer default 0 not null,
  checked_at timestamp with time zone,
  checked_version integer,
  check_error text,
  check_message text,
  removed_at timestamp with time zone,
  constraint provider_accounts_pkey PRIMARY KEY (org_id, id),
  constraint provider_accounts_check CHECK (((credential IS NULL) = (removed_at IS NOT NULL))),
  constraint provider_accounts_check1 CHECK (((credential IS NULL) = (key_id IS NULL))),
  constraint provider_accounts_id_key UNIQUE (id)
);

create table providers (
  id text not null,
  name text not null,
  edited_at timestamp with time zone,
  constraint providers_pkey PRIMARY KEY (id)
);

create table provision_attempts (
  org_id text not null,
  id text not null,
  instance_id text not null,
  number integer not null,
  kind text not null,
  provider_id text not null,
  zone text not null,
  name text not null,
  state text not null,
  provider_ref text,
  called_at timestamp with time zone,
  resolved_at timestamp with time zone,
  absent_after timestamp with time zone,
  refusal_kind text,
  refusal_message text,
  created_at timestamp with time zone not null,
  delete_called_at timestamp with time zone,
  offer_position integer default 0 not null,
  is_stray boolean default false not null,
  first_expires_at timestamp with time zone,
  constraint provision_attempts_pkey PRIMARY KEY (org_id, id),
  constraint provision_attempts_instance_id_kind_number_key UNIQUE (instance_id, kind, number),
  constraint provision_attempts_kind_check CHECK ((kind = ANY (ARRAY['server'::text, 'volume'::text, 'address'::text, 'key'::text, 'security_group'::text]))),
  constraint provision_attempts_name_key UNIQUE (name),
  constraint provision_attempts_state_check CHECK ((state = ANY (ARRAY['open'::text, 'called'::text, 'present'::text, 'absent'::text])))
);

create table reconcile_requests (
  id text not null,
  provider_id text,
  instance_id text,
  state text not null,
  requested_by text not null,
  correlation_id text not null,
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  woken integer default 0 not null,
  report jsonb,
  constraint reconcile_requests_pkey PRIMARY KEY (id),
  constraint reconcile_requests_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

create table request_log (
  org_id text not null,
  request_id text not null,
  started_at timestamp with time zone not null,
  duration_ms double precision not null,
  api_key_id text,
  user_id text,
  correlation_id text,
  endpoint text not null,
  model text,
  model_id text,
  instance_id text,
  status integer not null,
  error_code text,
  outcome text,
  streamed boolean not null,
  prompt_tokens integer not null,
  completion_tokens integer not null,
  cached_tokens integer not null,
  queue_ms double precision,
  ttft_ms double precision,
  constraint request_log_pkey PRIMARY KEY (request_id, started_at)
) partition by range (started_at);

create table series_marks (
  resolution text not null,
  at timestamp with time zone not null,
  marks bigint not null,
  constraint series_marks_pkey PRIMARY KEY (resolution, at),
  constraint series_marks_resolution_check CHECK ((resolution = ANY (ARRAY['5m'::text, '1h'::text])))
);

create table sessions (
  id text not null,
  token_hash text not null,
  user_id text not null,
  org_id text not null,
  user_agent text,
  created_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_token_hash_key UNIQUE (token_hash)
);

create table setting_changes (
  seq bigint generated always as identity not null,
  name text not null,
  provider_id text not null,
  old_value jsonb,
  new_value jsonb,
  actor text not null,
  correlation_id text not null,
  at timestamp with time zone not null,
  constraint setting_changes_pkey PRIMARY KEY (seq)
);

create table settings (
  name text not null,
  provider_id text default ''::text not null,
  value jsonb not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint settings_pkey PRIMARY KEY (name, provider_id)
);

create table sweep_confirmations (
  id text not null,
  provider_id text not null,
  account_id text not null,
  round_id text not null,
  epoch integer not null,
  findings integer not null,
  confirmed_by text not null,
  confirmed_at timestamp with time zone not null,
  constraint sweep_confirmations_pkey PRIMARY KEY (id)
);

create table sweep_findings (
  id text not null,
  provider_id text not null,
  account_id text not null,
  kind text not null,
  zone text not null,
  ref text not null,
  attempt_tag text not null,
  instance_tag text not null,
  org_id text,
  instance_id text,
  why text not null,
  state text not null,
  resource_created_at timestamp with time zone not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  round_id text not null,
  approved_at timestamp with time zone,
  approved_by text,
  examined_at timestamp with time zone,
  nanos_per_hour bigint,
  delete_called_at timestamp with time zone,
  last_error text,
  missing_since timestamp with time zone,
  alarmed_at timestamp with time zone,
  closed_at timestamp with time zone,
  constraint sweep_findings_pkey PRIMARY KEY (id),
  constraint sweep_findings_kind_check CHECK ((kind = ANY (ARRAY['server'::text, 'volume'::text, 'address'::text, 'key'::text, 'security_group'::text]))),
  constraint sweep_findings_state_check CHECK ((state = ANY (ARRAY['held'::text, 'deleting'::text, 'gone'::text, 'wanted'::text])))
);

create table sweep_missing (
  provider_id text not null,
  account_id text not null,
  kind text not null,
  zone text not null,
  ref text not null,
  org_id text not null,
  instance_id text not null,
  volume_id text,
  rounds integer not null,
  first_missed_at timestamp with time zone not null,
  last_missed_at timestamp with time zone not null,
  constraint sweep_missing_pkey PRIMARY KEY (provider_id, account_id, kind, zone, ref)
);

create table sweep_rounds (
  id text not null,
  provider_id text not null,
  account_id text not null,
  state text not null,
  held text,
  epoch integer not null,
  listed integer default 0 not null,
  wanted integer default 0 not null,
  missing integer default 0 not null,
  orphans integer default 0 not null,
  reported integer default 0 not null,
  adopted integer default 0 not null,
  deleted integer default 0 not null,
  gone integer default 0 not null,
  errors jsonb default '[]'::jsonb not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint sweep_rounds_pkey PRIMARY KEY (id),
  constraint sweep_rounds_held_check CHECK ((held = ANY (ARRAY['breaker'::text, 'restored'::text]))),
  constraint sweep_rounds_state_check CHECK ((state = ANY (ARRAY['acting'::text, 'complete'::text, 'void'::text])))
);

create table usage_hourly (
  org_id text not null,
  hour timestamp with time zone not null,
  model_id text not null,
  api_key_id text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  cached_tokens bigint not null,
  constraint usage_hourly_pkey PRIMARY KEY (org_id, hour, model_id, api_key_id)
);

create table usage_ledger (
  request_id text not null,
  org_id text not null,
  api_key_id text,
  user_id text,
  model_id text not null,
  instance_id text,
  endpoint text not null,
  outcome text not null,
  http_status integer,
  error_code text,
  prompt_tokens integer not null,
  completion_tokens integer not null,
  cached_tokens integer not null,
  streamed boolean not null,
  ttft_ms double precision,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  constraint usage_ledger_pkey PRIMARY KEY (request_id),
  constraint usage_ledger_cached_tokens_check CHECK ((cached_tokens >= 0)),
  constraint usage_ledger_completion_tokens_check CHECK ((completion_tokens >= 0)),
  constraint usage_ledger_prompt_tokens_check CHECK ((prompt_tokens >= 0))
);

create table usage_prices (
  org_id text not null,
  model_id text not null,
  from_hour timestamp with time zone not null,
  prompt_micros_per_million bigint not null,
  completion_micros_per_million bigint not null,
  cached_micros_per_million bigint not null,
  set_by text not null,
  set_at timestamp with time zone not null,
  constraint usage_prices_pkey PRIMARY KEY (org_id, model_id, from_hour),
  constraint usage_prices_cached_micros_per_million_check CHECK ((cached_micros_per_million >= 0)),
  constraint usage_prices_completion_micros_per_million_check CHECK ((completion_micros_per_million >= 0)),
  constraint usage_prices_from_hour_check CHECK ((from_hour = date_trunc('hour'::text, from_hour, 'UTC'::text))),
  constraint usage_prices_prompt_micros_per_million_check CHECK ((prompt_micros_per_million >= 0))
);

create table users (
  id text not null,
  username text not null,
  email text not null,
  password_hash text not null,
  is_platform_admin boolean default false not null,
  created_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  constraint users_pkey PRIMARY KEY (id)
);

create table workers (
  org_id text not null,
  instance_id text not null,
  bootstrap_hash text not null,
  bootstrap_expires_at timestamp with time zone not null,
  bootstrap_used_at timestamp with time zone,
  bootstrap_nonce_hash text,
  epoch integer default 0 not null,
  token_hash text,
  revoked_at timestamp with time zone,
  registered_at timestamp with time zone,
  version text,
  sha256 text,
  build_date text,
  status text,
  status_at timestamp with time zone,
  engine_http boolean default false not null,
  error_code text,
  error_message text,
  engine_restarts integer default 0 not null,
  in_flight integer default 0 not null,
  last_seq bigint default '-1'::integer not null,
  last_seen_at timestamp with time zone,
  machine jsonb,
  next_token_hash text,
  token_issued_at timestamp with time zone,
  retired_hashes text[] default '{}'::text[] not null,
  identity_at timestamp with time zone,
  silence_told_at timestamp with time zone,
  seen_from text,
  requests_running integer,
  requests_waiting integer,
  kv_cache_ratio real,
  kv_cache_tokens bigint,
  constraint workers_pkey PRIMARY KEY (instance_id),
  constraint workers_bootstrap_hash_key UNIQUE (bootstrap_hash),
  constraint workers_next_token_hash_key UNIQUE (next_token_hash),
  constraint workers_token_hash_key UNIQUE (token_hash)
);

create table zones (
  provider_id text not null,
  code text not null,
  region text not null,
  is_active boolean default true not null,
  edited_at timestamp with time zone,
  constraint zones_pkey PRIMARY KEY (provider_id, code)
);

alter table activations add constraint activations_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table alerts add constraint alerts_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table api_keys add constraint api_keys_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table api_keys add constraint api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table batch_items add constraint batch_items_org_id_batch_id_fkey FOREIGN KEY (org_id, batch_id) REFERENCES batches(org_id, id) ON DELETE CASCADE;
alter table batches add constraint batches_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table cost_events add constraint cost_events_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table cost_intervals add constraint cost_intervals_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table deployments add constraint deployments_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table deployments add constraint deployments_model_id_fkey FOREIGN KEY (model_id) REFERENCES models(id);
alter table deployments add constraint deployments_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table file_chunks add constraint file_chunks_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES files(org_id, id) ON DELETE CASCADE;
alter table files add constraint files_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table instance_log_heads add constraint instance_log_heads_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table instance_offers add constraint instance_offers_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table instance_offers add constraint instance_offers_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table instance_reinstalls add constraint instance_reinstalls_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table instance_state_history add constraint instance_state_history_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id) DEFERRABLE INITIALLY DEFERRED;
alter table instance_steps add constraint instance_steps_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table instance_types add constraint instance_types_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers(id);
alter table instance_usage_1h add constraint instance_usage_1h_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table instance_usage_5m add constraint instance_usage_5m_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table instance_volumes add constraint instance_volumes_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table instance_volumes add constraint instance_volumes_used_by FOREIGN KEY (org_id, used_by) REFERENCES instances(org_id, id);
alter table instances add constraint instances_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table instances add constraint instances_model_id_fkey FOREIGN KEY (model_id) REFERENCES models(id);
alter table instances add constraint instances_org_id_account_id_fkey FOREIGN KEY (org_id, account_id) REFERENCES provider_accounts(org_id, id);
alter table instances add constraint instances_org_id_deployment_id_fkey FOREIGN KEY (org_id, deployment_id) REFERENCES deployments(org_id, id);
alter table instances add constraint instances_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table memberships add constraint memberships_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table memberships add constraint memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table offer_refusals add constraint offer_refusals_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table offer_refusals add constraint offer_refusals_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers(id);
alter table offers add constraint offers_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table offers add constraint offers_provider_id_zone_fkey FOREIGN KEY (provider_id, zone) REFERENCES zones(provider_id, code);
alter table provider_accounts add constraint provider_accounts_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table provision_attempts add constraint provision_attempts_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table sessions add constraint sessions_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table sessions add constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table usage_hourly add constraint usage_hourly_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table usage_ledger add constraint usage_ledger_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table usage_prices add constraint usage_prices_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table workers add constraint workers_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table zones add constraint zones_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers(id);

CREATE INDEX action_log_by_correlation ON public.action_log USING btree (correlation_id);
CREATE INDEX action_log_by_instance ON public.action_log USING btree (org_id, instance_id, id DESC);
CREATE INDEX activations_in_order ON public.activations USING btree (org_id, created_at DESC, resource_kind, resource_id);
CREATE INDEX activations_missing ON public.activations USING btree (resource_kind, org_id, resource_id) WHERE (NOT (technical_is_given AND economic_is_given));
CREATE INDEX alerts_by_subject ON public.alerts USING btree (subject_kind, subject_id) WHERE (closed_at IS NULL);
CREATE INDEX alerts_in_order ON public.alerts USING btree (org_id, id DESC);
CREATE UNIQUE INDEX alerts_open ON public.alerts USING btree (code, subject_kind, subject_id) WHERE (closed_at IS NULL);
CREATE INDEX api_keys_in_order ON public.api_keys USING btree (org_id, created_at DESC, id DESC);
CREATE INDEX batch_items_pending ON public.batch_items USING btree (org_id, batch_id, line) WHERE (state = 'pending'::text);
CREATE INDEX batches_open ON public.batches USING btree (org_id, input_file_id) WHERE (status = ANY (ARRAY['validating'::text, 'in_progress'::text, 'finalizing'::text, 'cancelling'::text]));
CREATE INDEX catalogue_syncs_by_age ON public.catalogue_syncs USING btree (requested_at DESC, id DESC);
CREATE INDEX cost_intervals_by_instance ON public.cost_intervals USING btree (org_id, instance_id);
CREATE INDEX cost_intervals_by_org ON public.cost_intervals USING gist (org_id, during);
CREATE UNIQUE INDEX cost_intervals_open ON public.cost_intervals USING btree (resource_kind, resource_ref) WHERE upper_inf(during);
CREATE UNIQUE INDEX deployments_name ON public.deployments USING btree (org_id, name) WHERE (deleted_at IS NULL);
CREATE INDEX events_by_age ON public.events USING btree (at);
CREATE INDEX events_in_order ON public.events USING btree (xid, seq);
CREATE INDEX files_by_end ON public.files USING btree (expires_at, id);
CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (created_at);
CREATE INDEX instance_reinstalls_by_instance ON public.instance_reinstalls USING btree (instance_id, created_at);
CREATE UNIQUE INDEX instance_reinstalls_open ON public.instance_reinstalls USING btree (instance_id) WHERE (ended_at IS NULL);
CREATE INDEX instance_samples_by_time ON ONLY public.instance_samples USING brin (at);
CREATE INDEX instance_samples_5m_by_time ON ONLY public.instance_samples_5m USING brin (at);
CREATE INDEX instance_steps_by_time ON public.instance_steps USING btree (step, completed_at);
CREATE INDEX instance_usage_1h_by_age ON public.instance_usage_1h USING btree (at);
CREATE INDEX instance_usage_5m_by_age ON public.instance_usage_5m USING btree (at);
CREATE INDEX instance_volumes_by_instance ON public.instance_volumes USING btree (instance_id);
CREATE INDEX instance_volumes_used_by_idx ON public.instance_volumes USING btree (used_by) WHERE (used_by IS NOT NULL);
CREATE INDEX instances_by_account ON public.instances USING btree (org_id, account_id) WHERE (account_id IS NOT NULL);
CREATE INDEX instances_by_deployment ON public.instances USING btree (org_id, deployment_id);
CREATE INDEX instances_in_order ON public.instances USING btree (org_id, created_at DESC, id DESC);
CREATE INDEX instances_live ON public.instances USING btree (state) WHERE (state <> ALL (ARRAY['terminated'::text, 'archived'::text]));
CREATE INDEX jobs_dead ON public.jobs USING btree (dead_at) WHERE (dead_at IS NOT NULL);
CREATE INDEX jobs_due ON public.jobs USING btree (due_at, kind, subject_id) WHERE (dead_at IS NULL);
CREATE INDEX memberships_by_user ON public.memberships USING btree (user_id);
CREATE INDEX provider_accounts_live ON public.provider_accounts USING btree (provider_id, id) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX provider_accounts_name ON public.provider_accounts USING btree (org_id, provider_id, name) WHERE (removed_at IS NULL);
CREATE INDEX provision_attempts_by_ref ON public.provision_attempts USING btree (provider_id, zone, provider_ref);
CREATE INDEX provision_attempts_unresolved ON public.provision_attempts USING btree (instance_id) WHERE (state = ANY (ARRAY['open'::text, 'called'::text]));
CREATE INDEX reconcile_requests_by_age ON public.reconcile_requests USING btree (requested_at DESC, id DESC);
CREATE INDEX request_log_failures ON ONLY public.request_log USING btree (org_id, started_at DESC, request_id DESC) WHERE ((status >= 400) OR (error_code IS NOT NULL));
CREATE INDEX request_log_in_order ON ONLY public.request_log USING btree (org_id, started_at DESC, request_id DESC);
CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id);
CREATE INDEX setting_changes_by_name ON public.setting_changes USING btree (name, seq DESC);
CREATE INDEX sweep_confirmations_by_account ON public.sweep_confirmations USING btree (provider_id, account_id, epoch);
CREATE INDEX sweep_findings_by_age ON public.sweep_findings USING btree (first_seen_at DESC, id DESC);
CREATE UNIQUE INDEX sweep_findings_open ON public.sweep_findings USING btree (provider_id, account_id, kind, zone, ref) WHERE (closed_at IS NULL);
CREATE INDEX sweep_rounds_by_account ON public.sweep_rounds USING btree (provider_id, account_id, started_at DESC);
CREATE INDEX usage_hourly_by_key ON public.usage_hourly USING btree (org_id, api_key_id, hour);
CREATE INDEX usage_ledger_by_instance ON public.usage_ledger USING btree (org_id, instance_id, started_at) WHERE (instance_id IS NOT NULL);
CREATE INDEX usage_ledger_in_order ON public.usage_ledger USING btree (org_id, started_at DESC, request_id DESC);
CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email));
CREATE UNIQUE INDEX users_username ON public.users USING btree (lower(username));
CREATE INDEX workers_by_identity ON public.workers USING btree (identity_at);
CREATE INDEX workers_heard ON public.workers USING btree (instance_id) WHERE ((registered_at IS NOT NULL) AND (revoked_at IS NULL));

CREATE TRIGGER instance_history_append_only BEFORE DELETE OR UPDATE ON public.instance_state_history FOR EACH ROW EXECUTE FUNCTION guard_instance_history();
CREATE CONSTRAINT TRIGGER instance_history_guard AFTER INSERT ON public.instance_state_history DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_instance_history();
CREATE TRIGGER instance_state_guard BEFORE INSERT OR UPDATE ON public.instances FOR EACH ROW EXECUTE FUNCTION guard_instance_state();
CREATE TRIGGER instances_worker_order AFTER UPDATE OF wanted, state ON public.instances FOR EACH ROW EXECUTE FUNCTION note_worker_order();
CREATE TRIGGER setting_changes_append_only BEFORE DELETE OR UPDATE ON public.setting_changes FOR EACH ROW EXECUTE FUNCTION guard_setting_changes();
CREATE TRIGGER workers_identity BEFORE UPDATE OF token_hash, next_token_hash, epoch, revoked_at ON public.workers FOR EACH ROW EXECUTE FUNCTION note_worker_identity();
