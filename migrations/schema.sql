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

CREATE OR REPLACE FUNCTION public.count_requests()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  insert into request_log_daily (org_id, day, status, error_code, endpoint, requests)
  select org_id, (started_at at time zone 'UTC')::date, status, coalesce(error_code, ''), endpoint, count(*)
  from added group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (org_id, day, status, error_code, endpoint) do update set
    requests = request_log_daily.requests + excluded.requests;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.count_usage()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  insert into usage_daily (org_id, day, model_id, project_id, outcome, requests, prompt_tokens, completion_tokens,
    cached_tokens)
  select org_id, (started_at at time zone 'UTC')::date, model_id, coalesce(project_id, ''), outcome, count(*),
    sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
  from added group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (org_id, day, model_id, project_id, outcome) do update set
    requests = usage_daily.requests + excluded.requests,
    prompt_tokens = usage_daily.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = usage_daily.completion_tokens + excluded.completion_tokens,
    cached_tokens = usage_daily.cached_tokens + excluded.cached_tokens;
  return null;
end $function$;

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
      if parent = 'request_log' then
        delete from request_log_daily where day = to_date(right(name, 8), 'YYYYMMDD');
      end if;
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

CREATE OR REPLACE FUNCTION public.expire_audit_log(before_at timestamp with time zone, at_most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare gone integer;
begin
  perform set_config('app.audit_log_expires', 'on', true);
  delete from audit_log where seq in (
    select seq from audit_log where at < least(before_at, app_now() - interval '30 days')
    order by at, seq limit at_most);
  get diagnostics gone = row_count;
  perform set_config('app.audit_log_expires', '', true);
  return gone;
end $function$;

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

CREATE OR REPLACE FUNCTION public.guard_last_owner()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if old.role <> 'owner' or (tg_op = 'UPDATE' and new.role = 'owner') then
    return null;
  end if;
  -- One after the other: each sees what the one before it left.
  perform 1 from organisations where id = old.org_id for no key update;
  if exists (select from memberships where org_id = old.org_id)
     and not exists (select from memberships where org_id = old.org_id and role = 'owner') then
    raise exception 'the last owner of % stays', old.org_id
      using errcode = 'check_violation', constraint = 'memberships_last_owner';
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.guard_living_organisation()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  asked_at timestamptz;
begin
  select deletion_asked_at into asked_at from organisations where id = new.org_id for key share;
  if asked_at is not null then
    raise exception 'the organisation % is being deleted', new.org_id
      using errcode = 'check_violation', constraint = 'organisation_is_living';
  end if;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.guard_offer_prices()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' and old.seen_until is null and new.seen_until is not null
     and to_jsonb(new) - 'seen_until' = to_jsonb(old) - 'seen_until' then
    return new;
  end if;
  raise exception 'prices that were seen are kept as they were';
end $function$;

CREATE OR REPLACE FUNCTION public.guard_personal_workspace()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_table_name = 'organisations' then
    if old.kind = 'personal' and (tg_op = 'DELETE' or new.kind <> old.kind
        or new.personal_user_id is distinct from old.personal_user_id) then
      raise exception 'a personal workspace stays with its person' using constraint = 'personal_workspace_stays';
    end if;
  elsif tg_op = 'INSERT' then
    if exists (select 1 from organisations
               where id = new.org_id and kind = 'personal'
                 and (personal_user_id <> new.user_id or new.role <> 'owner')) then
      raise exception 'nobody joins a personal workspace' using constraint = 'personal_workspace_is_closed';
    end if;
  else
    if (tg_op = 'DELETE' or new.role <> 'owner' or new.user_id <> old.user_id or new.org_id <> old.org_id)
        and exists (select 1 from organisations where id = old.org_id and kind = 'personal') then
      raise exception 'the owner of a personal workspace stays' using constraint = 'personal_workspace_stays';
    end if;
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $function$;

CREATE OR REPLACE FUNCTION public.guard_sealed()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  name text;
  sealed text;
  retired timestamptz;
begin
  foreach name in array tg_argv loop
    sealed := to_jsonb(new) ->> name;
    continue when coalesce(sealed, '') = '';
    continue when tg_op = 'UPDATE' and to_jsonb(old) ->> name is not distinct from sealed;
    select retired_at into retired from master_keys where id = split_part(sealed, '.', 2) for share;
    if found and retired is not null then
      raise exception '%.% was sealed with a master key that is retired: this machine has old secret files',
        tg_table_name, name using errcode = 'check_violation';
    end if;
  end loop;
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.guard_setting_changes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'changes of settings are append-only' using errcode = 'check_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.keep_audit_log()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op <> 'UPDATE' and current_setting('app.audit_log_expires', true) = 'on' then return old; end if;
  raise exception 'the audit log is never changed' using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.keep_business_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if old.position is null and new.position is not null
     and (to_jsonb(old) - 'position') = (to_jsonb(new) - 'position') then return new; end if;
  raise exception 'business events are never changed' using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.keep_prompt_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'versions of prompts are never changed' using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.max_figures(a double precision[], b double precision[])
 RETURNS double precision[]
 LANGUAGE sql
 IMMUTABLE
RETURN (SELECT COALESCE(array_agg(GREATEST(f.x, f.y) ORDER BY f.n), '{}'::double precision[]) AS "coalesce" FROM UNNEST(max_figures.a, max_figures.b) WITH ORDINALITY f(x, y, n));

CREATE OR REPLACE FUNCTION public.measured_vram(type_id text, OUT vram_bytes bigint, OUT machines integer)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  select min(vram_bytes_per_gpu), count(*)::integer into vram_bytes, machines from (
    select vram_bytes_per_gpu from measured_gpus where instance_type_id = type_id
    order by measured_at desc, instance_id limit 20) as last;
end $function$;

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

CREATE OR REPLACE FUNCTION public.number_business_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.position := null;
  new.id := 'evt_' || substr(encode(sha256(convert_to(concat_ws('|', new.seq, extract(epoch from new.at),
    new.org_id, new.type, new.subject_id, new.data::text), 'UTF8')), 'hex'), 1, 26);
  return new;
end $function$;

CREATE OR REPLACE FUNCTION public.partition_step(parent text)
 RETURNS interval
 LANGUAGE sql
 IMMUTABLE
RETURN CASE parent WHEN 'instance_samples'::text THEN '24:00:00'::interval WHEN 'instance_samples_5m'::text THEN '168:00:00'::interval WHEN 'instance_samples_1h'::text THEN '672:00:00'::interval WHEN 'instance_logs'::text THEN '24:00:00'::interval WHEN 'request_log'::text THEN '24:00:00'::interval ELSE NULL::interval END;

CREATE OR REPLACE FUNCTION public.protect_rows(table_name text, org_column text DEFAULT 'org_id'::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format(
    'create policy rows_of_organisation on %I using (case (select current_setting(''app.rows'', true))
       when ''*'' then true else %I = (select current_setting(''app.rows'', true)) end)',
    table_name, org_column);
end $function$;

CREATE OR REPLACE FUNCTION public.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end $function$;

CREATE OR REPLACE FUNCTION public.tell_live()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
  insert into events (org_id, user_id, type, subject_id, summary, at)
  values (changed ->> tg_argv[1], changed ->> tg_argv[3], tg_argv[0],
    coalesce(nullif(changed ->> tg_argv[2], ''), 'all'), '{}', app_now());
  perform pg_notify('inv_events', '');
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.tell_live_of_many()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into events (org_id, type, subject_id, summary, at)
  select fresh.org_id, tg_argv[0], fresh.subject_id, '{}', app_now()
  from (
    select distinct to_jsonb(c) ->> tg_argv[1] as org_id,
      coalesce(nullif(to_jsonb(c) ->> tg_argv[2], ''), 'all') as subject_id
    from changed c) fresh
  where not exists (
    select from events e
    where e.at > app_now() - interval '1 second' and e.type = tg_argv[0]
      and e.subject_id = fresh.subject_id and e.org_id is not distinct from fresh.org_id)
  order by 1, 3;
  if found then
    perform pg_notify('inv_events', '');
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION public.usable_vram(type_id text, nominal bigint, edited_at timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  if edited_at is not null then
    return nominal;
  end if;
  return coalesce((measured_vram(type_id)).vram_bytes, nominal);
end $function$;


create table access_requests (
  org_id text not null,
  id text not null,
  provider_org_id text not null,
  offering_id text not null,
  note text not null,
  state text not null,
  answer text default ''::text not null,
  contract_id text,
  created_by text not null,
  created_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  constraint access_requests_pkey PRIMARY KEY (org_id, id),
  constraint access_requests_check CHECK (((state = 'requested'::text) = (decided_at IS NULL))),
  constraint access_requests_check1 CHECK (((state = 'approved'::text) = (contract_id IS NOT NULL))),
  constraint access_requests_id_key UNIQUE (id),
  constraint access_requests_state_check CHECK ((state = ANY (ARRAY['requested'::text, 'approved'::text, 'refused'::text, 'withdrawn'::text])))
);

create table account_links (
  id text not null,
  user_id text not null,
  purpose text not null,
  token_hash text not null,
  email text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint account_links_pkey PRIMARY KEY (id),
  constraint account_links_check CHECK (((purpose = 'confirm_email'::text) = (email IS NOT NULL))),
  constraint account_links_purpose_check CHECK ((purpose = ANY (ARRAY['set_password'::text, 'reset_password'::text, 'confirm_email'::text]))),
  constraint account_links_token_hash_key UNIQUE (token_hash)
);

create table account_log (
  id text not null,
  user_id text not null,
  actor text not null,
  action text not null,
  details jsonb default '{}'::jsonb not null,
  correlation_id text not null,
  at timestamp with time zone not null,
  constraint account_log_pkey PRIMARY KEY (id)
);

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

create table allowance_usage (
  org_id text not null,
  allowance_id text not null,
  tokens bigint not null,
  constraint allowance_usage_pkey PRIMARY KEY (org_id, allowance_id),
  constraint allowance_usage_tokens_check CHECK ((tokens >= 0))
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
  project_id text,
  owner_kind text default 'user'::text not null,
  previous_token_hash text,
  previous_hint text,
  previous_until timestamp with time zone,
  rotated_at timestamp with time zone,
  budget_day_micros bigint,
  budget_month_micros bigint,
  budget_total_micros bigint,
  name_folded text generated always as (lower(name)) stored not null,
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

create table audit_log (
  seq bigint generated always as identity not null,
  id text not null,
  org_id text,
  at timestamp with time zone not null,
  outcome text not null,
  actor_kind text not null,
  actor_id text,
  actor_name text,
  action text not null,
  subject_kind text not null,
  subject_id text,
  before jsonb,
  after jsonb,
  ip text,
  user_agent text,
  request_id text not null,
  correlation_id text not null,
  constraint audit_log_pkey PRIMARY KEY (seq),
  constraint audit_log_id_key UNIQUE (id),
  constraint audit_log_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'denied'::text])))
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

create table business_events (
  seq bigint generated always as identity not null,
  "position" bigint,
  org_id text not null,
  id text not null,
  type text not null,
  subject_id text not null,
  data jsonb not null,
  at timestamp with time zone not null,
  constraint business_events_pkey PRIMARY KEY (seq),
  constraint business_events_id_key UNIQUE (id),
  constraint business_events_position_key UNIQUE ("position")
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

create table charge_hourly (
  org_id text not null,
  hour timestamp with time zone not null,
  provider_org_id text not null,
  offering_id text not null,
  contract_id text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  cached_tokens bigint not null,
  usage_micros bigint not null,
  fee_micros bigint not null,
  constraint charge_hourly_pkey PRIMARY KEY (org_id, hour, provider_org_id, offering_id, contract_id),
  constraint charge_hourly_fee_micros_check CHECK ((fee_micros >= 0)),
  constraint charge_hourly_usage_micros_check CHECK ((usage_micros >= 0))
);

create table contracts (
  org_id text not null,
  id text not null,
  offering_id text not null,
  consumer_org_id text not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  note text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  accepted_by text,
  accepted_at timestamp with time zone,
  ended_by text,
  constraint contracts_pkey PRIMARY KEY (org_id, id),
  constraint contracts_check CHECK ((ends_at >= starts_at)),
  constraint contracts_check1 CHECK ((consumer_org_id <> org_id)),
  constraint contracts_id_key UNIQUE (id),
  constraint contracts_one_at_a_time EXCLUDE USING gist (offering_id WITH =, consumer_org_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
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
  project_id text,
  constraint deployments_pkey PRIMARY KEY (org_id, id),
  constraint deployments_replicas_check CHECK ((replicas >= 0))
);

create table entitlements (
  org_id text not null,
  id text not null,
  provider_org_id text not null,
  offering_id text not null,
  source text not null,
  contract_id text,
  plan_id text,
  tokens_max bigint,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone not null,
  ended_by text,
  constraint entitlements_pkey PRIMARY KEY (org_id, id),
  constraint entitlements_check CHECK ((ends_at >= starts_at)),
  constraint entitlements_check1 CHECK ((provider_org_id <> org_id)),
  constraint entitlements_check2 CHECK (((source = 'contract'::text) = (contract_id IS NOT NULL))),
  constraint entitlements_check3 CHECK (((source = 'subscription'::text) = (plan_id IS NOT NULL))),
  constraint entitlements_check4 CHECK (((source = 'trial'::text) = (tokens_max IS NOT NULL))),
  constraint entitlements_id_key UNIQUE (id),
  constraint entitlements_one_at_a_time EXCLUDE USING gist (org_id WITH =, offering_id WITH =, tstzrange(starts_at, ends_at) WITH &&),
  constraint entitlements_source_check CHECK ((source = ANY (ARRAY['free'::text, 'per_token'::text, 'trial'::text, 'subscription'::text, 'contract'::text]))),
  constraint entitlements_tokens_max_check CHECK ((tokens_max > 0))
);

create table event_cursors (
  reader text not null,
  "position" bigint not null,
  moved_at timestamp with time zone not null,
  constraint event_cursors_pkey PRIMARY KEY (reader)
);

create table events (
  seq bigint generated always as identity not null,
  xid xid8 default pg_current_xact_id() not null,
  org_id text,
  type text not null,
  subject_id text not null,
  summary jsonb not null,
  at timestamp with time zone not null,
  user_id text,
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

create table flavours (
  id text not null,
  name text not null,
  gpu_vendor text not null,
  gpu_family text,
  provider_id text,
  image text,
  args jsonb,
  environment jsonb,
  mounts jsonb,
  devices jsonb,
  network text,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint flavours_pkey PRIMARY KEY (id),
  constraint flavours_gpu_vendor_check CHECK ((gpu_vendor = ANY (ARRAY['nvidia'::text, 'amd'::text]))),
  constraint flavours_record UNIQUE NULLS NOT DISTINCT (name, gpu_vendor, gpu_family, provider_id)
);

create table host_claims (
  org_id text not null,
  id text not null,
  host_id text not null,
  attempt text not null,
  installation text not null,
  instance text not null,
  name text not null,
  zone text not null,
  type_code text not null,
  expires_at timestamp with time zone not null,
  script text,
  key_id text generated always as (split_part(script, '.'::text, 2)) stored,
  address text,
  failures integer default 0 not null,
  claimed_at timestamp with time zone not null,
  launched_at timestamp with time zone,
  started_at timestamp with time zone,
  release_asked_at timestamp with time zone,
  released_at timestamp with time zone,
  released_by text,
  installs_asked integer default 0 not null,
  installs_done integer default 0 not null,
  constraint host_claims_pkey PRIMARY KEY (id)
);

create table host_enrolments (
  org_id text not null,
  id text not null,
  name text,
  nanos_per_hour bigint,
  currency text,
  token_hash text not null,
  created_by text not null,
  created_by_name text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  nonce_hash text,
  host_id text,
  revoked_at timestamp with time zone,
  constraint host_enrolments_pkey PRIMARY KEY (id),
  constraint host_enrolments_check CHECK (((nanos_per_hour IS NULL) = (currency IS NULL))),
  constraint host_enrolments_check1 CHECK ((((used_at IS NULL) = (host_id IS NULL)) AND ((used_at IS NULL) = (nonce_hash IS NULL)))),
  constraint host_enrolments_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint host_enrolments_nanos_per_hour_check CHECK ((nanos_per_hour >= 0)),
  constraint host_enrolments_token_hash_key UNIQUE (token_hash)
);

create table hosts (
  org_id text not null,
  id text not null,
  name text not null,
  address text,
  port integer,
  username text,
  zone text not null,
  nanos_per_hour bigint,
  currency text,
  credential_kind text,
  public_key text,
  credential text,
  key_id text generated always as (split_part(credential, '.'::text, 2)) stored,
  host_key text,
  seen_host_key text,
  is_out_of_service boolean default false not null,
  probes_asked integer default 0 not null,
  probes_done integer default 0 not null,
  probed_at timestamp with time zone,
  probe_error text,
  probe_message text,
  facts jsonb,
  type_code text,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  reached_by text default 'ssh'::text not null,
  agent_token_hash text,
  agent_sha256 text,
  agent_seen_at timestamp with time zone,
  agent_address text,
  constraint hosts_pkey PRIMARY KEY (id),
  constraint hosts_agent_token_hash_key UNIQUE (agent_token_hash),
  constraint hosts_check CHECK (((nanos_per_hour IS NULL) = (currency IS NULL))),
  constraint hosts_credential_kind_check CHECK ((credential_kind = ANY (ARRAY['private_key'::text, 'password'::text, 'generated'::text]))),
  constraint hosts_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint hosts_nanos_per_hour_check CHECK ((nanos_per_hour >= 0)),
  constraint hosts_org_id_id_key UNIQUE (org_id, id),
  constraint hosts_port_check CHECK (((port >= 1) AND (port <= 65535))),
  constraint hosts_reached_by_check CHECK ((reached_by = ANY (ARRAY['ssh'::text, 'agent'::text]))),
  constraint hosts_way CHECK (
CASE reached_by
    WHEN 'ssh'::text THEN ((address IS NOT NULL) AND (port IS NOT NULL) AND (username IS NOT NULL) AND (credential_kind IS NOT NULL))
    ELSE ((address IS NULL) AND (credential IS NULL) AND (agent_token_hash IS NOT NULL))
END)
);

create table idempotency_keys (
  org_id text not null,
  user_id text not null,
  key text not null,
  request_hash text not null,
  status integer,
  body jsonb,
  created_at timestamp with time zone not null,
  headers jsonb default '{}'::jsonb not null,
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
  constraint instance_reinstalls_path_check CHECK ((path = ANY (ARRAY['agent_order'::text, 'user_data'::text, 'ssh'::text, 'replacement'::text])))
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
  origin text default 'seed'::text not null,
  flavour text,
  constraint instance_types_pkey PRIMARY KEY (id),
  constraint instance_types_origin_check CHECK ((origin = ANY (ARRAY['seed'::text, 'provider'::text, 'person'::text]))),
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

create table invitations (
  org_id text not null,
  id text not null,
  email text not null,
  role text not null,
  language text not null,
  token_hash text not null,
  invited_by text not null,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone not null,
  mails integer default 1 not null,
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  accepted_by text,
  revoked_at timestamp with time zone,
  constraint invitations_pkey PRIMARY KEY (org_id, id),
  constraint invitations_check CHECK (((accepted_at IS NULL) = (accepted_by IS NULL))),
  constraint invitations_check1 CHECK (((accepted_at IS NULL) OR (revoked_at IS NULL))),
  constraint invitations_language_check CHECK ((language = ANY (ARRAY['en'::text, 'fr'::text]))),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'manager'::text, 'user'::text]))),
  constraint invitations_token_hash_key UNIQUE (token_hash)
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

create table login_failures (
  key text not null,
  count integer not null,
  last_at timestamp with time zone not null,
  constraint login_failures_pkey PRIMARY KEY (key)
);

create table machine_terms (
  org_id text not null,
  instance_id text not null,
  time_zone text not null,
  windows jsonb default '[]'::jsonb not null,
  requests_per_day bigint,
  tokens_per_day bigint,
  updated_at timestamp with time zone not null,
  constraint machine_terms_pkey PRIMARY KEY (instance_id),
  constraint machine_terms_requests_per_day_check CHECK ((requests_per_day >= 0)),
  constraint machine_terms_tokens_per_day_check CHECK ((tokens_per_day >= 0))
);

create table mails (
  id text not null,
  recipient text not null,
  template text not null,
  language text not null,
  content text,
  state text default 'waiting'::text not null,
  attempts integer default 0 not null,
  last_error text,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  key_id text generated always as (split_part(content, '.'::text, 2)) stored,
  constraint mails_pkey PRIMARY KEY (id),
  constraint mails_check CHECK (((state = 'waiting'::text) = (content IS NOT NULL))),
  constraint mails_check1 CHECK (((state = 'waiting'::text) = (ended_at IS NULL))),
  constraint mails_language_check CHECK ((language = ANY (ARRAY['en'::text, 'fr'::text]))),
  constraint mails_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text])))
);

create table master_keys (
  id text not null,
  number integer generated always as identity not null,
  made_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint master_keys_pkey PRIMARY KEY (id)
);

create table measured_gpus (
  instance_id text not null,
  instance_type_id text not null,
  vram_bytes_per_gpu bigint not null,
  measured_at timestamp with time zone not null,
  constraint measured_gpus_pkey PRIMARY KEY (instance_id),
  constraint measured_gpus_vram_bytes_per_gpu_check CHECK ((vram_bytes_per_gpu > 0))
);

create table memberships (
  org_id text not null,
  user_id text not null,
  role text not null,
  created_at timestamp with time zone not null,
  managed_by text,
  constraint memberships_pkey PRIMARY KEY (org_id, user_id),
  constraint memberships_managed_by_check CHECK ((managed_by = 'oidc'::text)),
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
  org_id text,
  shape jsonb,
  config jsonb,
  origin text default 'seed'::text not null,
  version integer default 1 not null,
  created_by text,
  created_at timestamp with time zone,
  gguf jsonb,
  constraint models_pkey PRIMARY KEY (id),
  constraint models_name UNIQUE NULLS NOT DISTINCT (org_id, hf_id),
  constraint models_origin_check CHECK ((origin = ANY (ARRAY['seed'::text, 'person'::text])))
);

create table offer_prices (
  id bigint generated always as identity not null,
  instance_type_id text not null,
  provider_id text not null,
  zone text not null,
  nanos_per_hour bigint not null,
  currency text not null,
  source text,
  origin text not null,
  seen_from timestamp with time zone not null,
  seen_until timestamp with time zone,
  constraint offer_prices_pkey PRIMARY KEY (id),
  constraint offer_prices_check CHECK ((seen_until >= seen_from)),
  constraint offer_prices_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint offer_prices_nanos_per_hour_check CHECK ((nanos_per_hour >= 0)),
  constraint offer_prices_origin_check CHECK ((origin = ANY (ARRAY['seed'::text, 'provider'::text, 'person'::text])))
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

create table offering_terms (
  org_id text not null,
  id text not null,
  offering_id text not null,
  contract_id text,
  version integer not null,
  prompt_micros_per_1k bigint not null,
  completion_micros_per_1k bigint not null,
  cached_micros_per_1k bigint not null,
  starts_at timestamp with time zone not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint offering_terms_pkey PRIMARY KEY (org_id, id),
  constraint offering_terms_cached_micros_per_1k_check CHECK (((cached_micros_per_1k >= 0) AND (cached_micros_per_1k <= 1000000000))),
  constraint offering_terms_check CHECK ((starts_at >= created_at)),
  constraint offering_terms_completion_micros_per_1k_check CHECK (((completion_micros_per_1k >= 0) AND (completion_micros_per_1k <= 1000000000))),
  constraint offering_terms_id_key UNIQUE (id),
  constraint offering_terms_prompt_micros_per_1k_check CHECK (((prompt_micros_per_1k >= 0) AND (prompt_micros_per_1k <= 1000000000))),
  constraint offering_terms_version_check CHECK ((version > 0))
);

create table offerings (
  org_id text not null,
  id text not null,
  code text not null,
  model_id text not null,
  name text not null,
  description text not null,
  visibility text not null,
  access text not null,
  trial_tokens bigint,
  trial_days integer,
  created_by text not null,
  created_at timestamp with time zone not null,
  published_at timestamp with time zone,
  withdrawn_at timestamp with time zone,
  constraint offerings_pkey PRIMARY KEY (org_id, id),
  constraint offerings_access_check CHECK ((access = ANY (ARRAY['free'::text, 'subscription'::text, 'request'::text, 'per_token'::text, 'trial'::text]))),
  constraint offerings_check CHECK (((access = 'trial'::text) = (trial_tokens IS NOT NULL))),
  constraint offerings_check1 CHECK (((access = 'trial'::text) OR (trial_days IS NULL))),
  constraint offerings_code_check CHECK ((code ~ '^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$'::text)),
  constraint offerings_id_key UNIQUE (id),
  constraint offerings_org_id_code_key UNIQUE (org_id, code),
  constraint offerings_trial_days_check CHECK ((trial_days > 0)),
  constraint offerings_trial_tokens_check CHECK ((trial_tokens > 0)),
  constraint offerings_visibility_check CHECK ((visibility = ANY (ARRAY['public'::text, 'unlisted'::text, 'private'::text])))
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
  origin text default 'seed'::text not null,
  service text default 'offered'::text not null,
  constraint offers_pkey PRIMARY KEY (instance_type_id, zone),
  constraint offers_availability_check CHECK ((availability = ANY (ARRAY['available'::text, 'scarce'::text, 'shortage'::text, 'unknown'::text]))),
  constraint offers_check CHECK (((nanos_per_hour IS NULL) = (currency IS NULL))),
  constraint offers_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint offers_nanos_per_hour_check CHECK ((nanos_per_hour >= 0)),
  constraint offers_origin_check CHECK ((origin = ANY (ARRAY['seed'::text, 'provider'::text, 'person'::text]))),
  constraint offers_service_check CHECK ((service = ANY (ARRAY['offered'::text, 'ending'::text, 'unlisted'::text])))
);

create table organisation_setting_changes (
  org_id text not null,
  seq bigint generated always as identity not null,
  name text not null,
  provider_id text not null,
  old_value jsonb,
  new_value jsonb,
  actor text not null,
  correlation_id text not null,
  at timestamp with time zone not null,
  constraint organisation_setting_changes_pkey PRIMARY KEY (org_id, seq)
);

create table organisation_settings (
  org_id text not null,
  name text not null,
  provider_id text default ''::text not null,
  value jsonb not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint organisation_settings_pkey PRIMARY KEY (org_id, name, provider_id)
);

create table organisations (
  id text not null,
  slug text not null,
  name text not null,
  created_at timestamp with time zone not null,
  requests_per_minute bigint,
  tokens_per_minute bigint,
  concurrent_requests bigint,
  kind text default 'team'::text not null,
  personal_user_id text,
  colour text,
  created_by text,
  deletion_asked_at timestamp with time zone,
  deletion_asked_by text,
  deleted_at timestamp with time zone,
  constraint organisations_pkey PRIMARY KEY (id),
  constraint organisations_colour_check CHECK ((colour ~ '^#[0-9a-f]{6}$'::text)),
  constraint organisations_concurrent_requests_check CHECK ((concurrent_requests > 0)),
  constraint organisations_deleted_when_asked CHECK (((deleted_at IS NULL) OR (deletion_asked_at IS NOT NULL))),
  constraint organisations_kind_check CHECK ((kind = ANY (ARRAY['team'::text, 'personal'::text]))),
  constraint organisations_personal CHECK (((kind = 'personal'::text) = (personal_user_id IS NOT NULL))),
  constraint organisations_personal_user_id_key UNIQUE (personal_user_id),
  constraint organisations_requests_per_minute_check CHECK ((requests_per_minute > 0)),
  constraint organisations_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'::text)),
  constraint organisations_slug_key UNIQUE (slug),
  constraint organisations_tokens_per_minute_check CHECK ((tokens_per_minute > 0))
);

create table plans (
  org_id text not null,
  id text not null,
  offering_id text not null,
  name text not null,
  fee_micros bigint not null,
  included_tokens bigint not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  retired_at timestamp with time zone,
  constraint plans_pkey PRIMARY KEY (org_id, id),
  constraint plans_fee_micros_check CHECK ((fee_micros >= 0)),
  constraint plans_id_key UNIQUE (id),
  constraint plans_included_tokens_check CHECK ((included_tokens > 0))
);

create table projects (
  org_id text not null,
  id text not null,
  slug text not null,
  name text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  archived_at timestamp with time zone,
  constraint projects_pkey PRIMARY KEY (org_id, id),
  constraint projects_org_id_slug_key UNIQUE (org_id, slug),
  constraint projects_slug_check CHECK ((slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'::text))
);

create table provider_accounts (
  org_id text not null,
  id text not null,
  provider_id text not null,
  name text not null,
  credential text,
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
  key_id text generated always as (split_part(credential, '.'::text, 2)) stored,
  next_credential text,
  next_key_id text generated always as (split_part(next_credential, '.'::text, 2)) stored,
  rotation_state text,
  rotation_error text,
  rotation_message text,
  rotation_at timestamp with time zone,
  former_until timestamp with time zone,
  inspection jsonb,
  constraint provider_accounts_pkey PRIMARY KEY (org_id, id),
  constraint provider_accounts_check CHECK (((credential IS NULL) = (removed_at IS NOT NULL))),
  constraint provider_accounts_check1 CHECK (((next_credential IS NOT NULL) = (NOT (rotation_state IS DISTINCT FROM 'testing'::text)))),
  constraint provider_accounts_id_key UNIQUE (id),
  constraint provider_accounts_rotation_state_check CHECK ((rotation_state = ANY (ARRAY['testing'::text, 'refused'::text, 'done'::text])))
);

create table providers (
  id text not null,
  name text not null,
  edited_at timestamp with time zone,
  offers_synced_at timestamp with time zone,
  offers_failed_at timestamp with time zone,
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

create table request_log_daily (
  org_id text not null,
  day date not null,
  status integer not null,
  error_code text not null,
  endpoint text not null,
  requests bigint not null,
  constraint request_log_daily_pkey PRIMARY KEY (org_id, day, status, error_code, endpoint)
);

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
  address text,
  idle_ms bigint,
  method text default 'password'::text not null,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_idle_ms_check CHECK ((idle_ms > 0)),
  constraint sessions_method_check CHECK ((method = ANY (ARRAY['password'::text, 'oidc'::text]))),
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

create table subscription_periods (
  org_id text not null,
  id text not null,
  entitlement_id text not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  fee_micros bigint not null,
  included_tokens bigint not null,
  constraint subscription_periods_pkey PRIMARY KEY (org_id, id),
  constraint subscription_periods_check CHECK ((ends_at > starts_at)),
  constraint subscription_periods_entitlement_id_tstzrange_excl EXCLUDE USING gist (entitlement_id WITH =, tstzrange(starts_at, ends_at) WITH &&),
  constraint subscription_periods_fee_micros_check CHECK ((fee_micros >= 0)),
  constraint subscription_periods_id_key UNIQUE (id),
  constraint subscription_periods_included_tokens_check CHECK ((included_tokens > 0))
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

create table tunnel_ends (
  gateway_id text not null,
  url text not null,
  seen_at timestamp with time zone not null,
  constraint tunnel_ends_pkey PRIMARY KEY (gateway_id)
);

create table usage_daily (
  org_id text not null,
  day date not null,
  model_id text not null,
  project_id text not null,
  outcome text not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  cached_tokens bigint not null,
  constraint usage_daily_pkey PRIMARY KEY (org_id, day, model_id, project_id, outcome)
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
  project_id text default ''::text not null,
  constraint usage_hourly_pkey PRIMARY KEY (org_id, hour, model_id, api_key_id, project_id)
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
  project_id text,
  provider_org_id text,
  offering_id text,
  entitlement_id text,
  contract_id text,
  terms_id text,
  allowance_id text,
  charged_micros bigint,
  constraint usage_ledger_pkey PRIMARY KEY (request_id),
  constraint usage_ledger_cached_tokens_check CHECK ((cached_tokens >= 0)),
  constraint usage_ledger_charged_by_somebody CHECK (((charged_micros IS NULL) = (provider_org_id IS NULL))),
  constraint usage_ledger_charged_micros_check CHECK ((charged_micros >= 0)),
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

create table user_identities (
  issuer text not null,
  subject text not null,
  user_id text not null,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone not null,
  constraint user_identities_pkey PRIMARY KEY (issuer, subject)
);

create table user_recovery_codes (
  user_id text not null,
  code_hash text not null,
  used_at timestamp with time zone,
  constraint user_recovery_codes_pkey PRIMARY KEY (user_id, code_hash)
);

create table user_totp (
  user_id text not null,
  secret text not null,
  confirmed_at timestamp with time zone,
  last_step bigint,
  created_at timestamp with time zone not null,
  key_id text generated always as (split_part(secret, '.'::text, 2)) stored,
  constraint user_totp_pkey PRIMARY KEY (user_id)
);

create table users (
  id text not null,
  username text not null,
  email text not null,
  password_hash text,
  is_platform_admin boolean default false not null,
  created_at timestamp with time zone not null,
  disabled_at timestamp with time zone,
  language text default 'en'::text not null,
  constraint users_pkey PRIMARY KEY (id),
  constraint users_language_check CHECK ((language = ANY (ARRAY['en'::text, 'fr'::text])))
);

create table wallet_entries (
  org_id text not null,
  ref text not null,
  seq bigint generated always as identity not null,
  kind text not null,
  amount_micros bigint not null,
  counterparty_org_id text,
  note text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint wallet_entries_pkey PRIMARY KEY (org_id, ref),
  constraint wallet_entries_amount_micros_check CHECK ((amount_micros <> 0)),
  constraint wallet_entries_kind_check CHECK ((kind = ANY (ARRAY['top_up'::text, 'transfer_in'::text, 'transfer_out'::text, 'usage'::text, 'fee'::text, 'income'::text])))
);

create table wallets (
  org_id text not null,
  balance_micros bigint default 0 not null,
  credit_micros bigint default 0,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint wallets_pkey PRIMARY KEY (org_id),
  constraint wallets_credit_micros_check CHECK ((credit_micros >= 0))
);

create table webhook_attempts (
  org_id text not null,
  delivery_id text not null,
  number integer not null,
  at timestamp with time zone not null,
  duration_ms integer not null,
  status integer,
  error text,
  answer text,
  constraint webhook_attempts_pkey PRIMARY KEY (org_id, delivery_id, number)
);

create table webhook_deliveries (
  org_id text not null,
  id text not null,
  endpoint_id text not null,
  event_id text not null,
  event_type text not null,
  body text not null,
  state text not null,
  attempts integer default 0 not null,
  due_at timestamp with time zone not null,
  until_at timestamp with time zone not null,
  last_status integer,
  last_error text,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint webhook_deliveries_pkey PRIMARY KEY (org_id, id),
  constraint webhook_deliveries_endpoint_id_event_id_key UNIQUE (endpoint_id, event_id),
  constraint webhook_deliveries_id_key UNIQUE (id),
  constraint webhook_deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);

create table webhook_endpoints (
  org_id text not null,
  id text not null,
  url text not null,
  description text not null,
  event_types text[] not null,
  is_enabled boolean not null,
  disabled_because text,
  secret text not null,
  former_secret text,
  former_until timestamp with time zone,
  failing_since timestamp with time zone,
  failures_in_a_row integer default 0 not null,
  paused_until timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone not null,
  removed_at timestamp with time zone,
  secret_key_id text generated always as (split_part(secret, '.'::text, 2)) stored,
  former_key_id text generated always as (split_part(former_secret, '.'::text, 2)) stored,
  constraint webhook_endpoints_pkey PRIMARY KEY (org_id, id),
  constraint webhook_endpoints_check CHECK (((former_secret IS NULL) = (former_until IS NULL))),
  constraint webhook_endpoints_disabled_because_check CHECK ((disabled_because = ANY (ARRAY['failing'::text, 'gone'::text]))),
  constraint webhook_endpoints_id_key UNIQUE (id)
);

create table workbench_conversations (
  org_id text not null,
  id text not null,
  owner_id text not null,
  project_id text,
  title text not null,
  words tsvector not null,
  sharing text not null,
  link_id text,
  models text[] not null,
  system_prompt text not null,
  prompt_id text,
  prompt_version integer,
  parameters jsonb not null,
  messages integer default 0 not null,
  turns integer default 0 not null,
  bytes bigint default 0 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  owner_left_at timestamp with time zone,
  constraint workbench_conversations_pkey PRIMARY KEY (org_id, id),
  constraint workbench_conversations_check CHECK (((link_id IS NOT NULL) = (sharing = 'link'::text))),
  constraint workbench_conversations_id_key UNIQUE (id),
  constraint workbench_conversations_link_id_key UNIQUE (link_id),
  constraint workbench_conversations_models_check CHECK ((cardinality(models) <= 4)),
  constraint workbench_conversations_sharing_check CHECK ((sharing = ANY (ARRAY['private'::text, 'link'::text, 'organisation'::text])))
);

create table workbench_defaults (
  org_id text not null,
  prompt_id text,
  retention_days integer,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  constraint workbench_defaults_pkey PRIMARY KEY (org_id),
  constraint workbench_defaults_retention_days_check CHECK (((retention_days >= 1) AND (retention_days <= 36500)))
);

create table workbench_messages (
  org_id text not null,
  conversation_id text not null,
  "position" integer not null,
  id text not null,
  turn integer not null,
  place integer not null,
  role text not null,
  content text not null,
  words tsvector not null,
  model text,
  parameters jsonb,
  status text not null,
  finish_reason text,
  error_code text,
  request_id text,
  asked_by text not null,
  figures text,
  model_id text,
  outcome text,
  ttft_ms double precision,
  total_ms double precision,
  prompt_tokens integer,
  completion_tokens integer,
  cached_tokens integer,
  cost_micros bigint,
  created_at timestamp with time zone not null,
  constraint workbench_messages_pkey PRIMARY KEY (org_id, conversation_id, "position"),
  constraint workbench_messages_check CHECK (((figures = 'pending'::text) <= (request_id IS NOT NULL))),
  constraint workbench_messages_figures_check CHECK ((figures = ANY (ARRAY['pending'::text, 'known'::text, 'unknown'::text]))),
  constraint workbench_messages_id_key UNIQUE (id),
  constraint workbench_messages_place_check CHECK (((place >= 0) AND (place <= 3))),
  constraint workbench_messages_role_check CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text]))),
  constraint workbench_messages_status_check CHECK ((status = ANY (ARRAY['done'::text, 'stopped'::text, 'failed'::text])))
);

create table workbench_projects (
  org_id text not null,
  id text not null,
  owner_id text not null,
  name text not null,
  sharing text not null,
  project_id text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  owner_left_at timestamp with time zone,
  archived_at timestamp with time zone,
  constraint workbench_projects_pkey PRIMARY KEY (org_id, id),
  constraint workbench_projects_id_key UNIQUE (id),
  constraint workbench_projects_sharing_check CHECK ((sharing = ANY (ARRAY['private'::text, 'organisation'::text])))
);

create table workbench_prompt_versions (
  org_id text not null,
  prompt_id text not null,
  version integer not null,
  content text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint workbench_prompt_versions_pkey PRIMARY KEY (org_id, prompt_id, version)
);

create table workbench_prompts (
  org_id text not null,
  id text not null,
  owner_id text,
  name text not null,
  latest_version integer not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  owner_left_at timestamp with time zone,
  constraint workbench_prompts_pkey PRIMARY KEY (org_id, id),
  constraint workbench_prompts_id_key UNIQUE (id)
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
  reach text default 'direct'::text not null,
  flavours jsonb,
  constraint workers_pkey PRIMARY KEY (instance_id),
  constraint workers_bootstrap_hash_key UNIQUE (bootstrap_hash),
  constraint workers_next_token_hash_key UNIQUE (next_token_hash),
  constraint workers_reach_check CHECK ((reach = ANY (ARRAY['direct'::text, 'auto'::text, 'tunnel'::text]))),
  constraint workers_token_hash_key UNIQUE (token_hash)
);

create table zones (
  provider_id text not null,
  code text not null,
  region text not null,
  is_active boolean default true not null,
  edited_at timestamp with time zone,
  origin text default 'seed'::text not null,
  owner_org_id text,
  constraint zones_pkey PRIMARY KEY (provider_id, code),
  constraint zones_origin_check CHECK ((origin = ANY (ARRAY['seed'::text, 'provider'::text, 'person'::text])))
);

alter table access_requests add constraint access_requests_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id);
alter table access_requests add constraint access_requests_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table access_requests add constraint access_requests_provider_org_id_offering_id_fkey FOREIGN KEY (provider_org_id, offering_id) REFERENCES offerings(org_id, id);
alter table account_links add constraint account_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table account_log add constraint account_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table activations add constraint activations_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table alerts add constraint alerts_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table allowance_usage add constraint allowance_usage_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table api_keys add constraint api_keys_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table api_keys add constraint api_keys_project FOREIGN KEY (org_id, project_id) REFERENCES projects(org_id, id);
alter table api_keys add constraint api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table batch_items add constraint batch_items_org_id_batch_id_fkey FOREIGN KEY (org_id, batch_id) REFERENCES batches(org_id, id) ON DELETE CASCADE;
alter table batches add constraint batches_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table charge_hourly add constraint charge_hourly_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table charge_hourly add constraint charge_hourly_provider_org_id_fkey FOREIGN KEY (provider_org_id) REFERENCES organisations(id);
alter table contracts add constraint contracts_consumer_org_id_fkey FOREIGN KEY (consumer_org_id) REFERENCES organisations(id);
alter table contracts add constraint contracts_org_id_offering_id_fkey FOREIGN KEY (org_id, offering_id) REFERENCES offerings(org_id, id);
alter table cost_events add constraint cost_events_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table cost_intervals add constraint cost_intervals_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table deployments add constraint deployments_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table deployments add constraint deployments_model_id_fkey FOREIGN KEY (model_id) REFERENCES models(id);
alter table deployments add constraint deployments_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table deployments add constraint deployments_project FOREIGN KEY (org_id, project_id) REFERENCES projects(org_id, id);
alter table entitlements add constraint entitlements_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id);
alter table entitlements add constraint entitlements_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table entitlements add constraint entitlements_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES plans(id);
alter table entitlements add constraint entitlements_provider_org_id_offering_id_fkey FOREIGN KEY (provider_org_id, offering_id) REFERENCES offerings(org_id, id);
alter table file_chunks add constraint file_chunks_org_id_file_id_fkey FOREIGN KEY (org_id, file_id) REFERENCES files(org_id, id) ON DELETE CASCADE;
alter table files add constraint files_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table flavours add constraint flavours_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers(id);
alter table host_claims add constraint host_claims_org_id_host_id_fkey FOREIGN KEY (org_id, host_id) REFERENCES hosts(org_id, id);
alter table host_enrolments add constraint host_enrolments_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table host_enrolments add constraint host_enrolments_org_id_host_id_fkey FOREIGN KEY (org_id, host_id) REFERENCES hosts(org_id, id);
alter table hosts add constraint hosts_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
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
alter table invitations add constraint invitations_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES users(id);
alter table invitations add constraint invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users(id);
alter table invitations add constraint invitations_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table machine_terms add constraint machine_terms_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table measured_gpus add constraint measured_gpus_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table memberships add constraint memberships_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table memberships add constraint memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table models add constraint models_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table offer_prices add constraint offer_prices_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table offer_prices add constraint offer_prices_provider_id_zone_fkey FOREIGN KEY (provider_id, zone) REFERENCES zones(provider_id, code);
alter table offer_refusals add constraint offer_refusals_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table offer_refusals add constraint offer_refusals_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers(id);
alter table offering_terms add constraint offering_terms_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contracts(id);
alter table offering_terms add constraint offering_terms_org_id_offering_id_fkey FOREIGN KEY (org_id, offering_id) REFERENCES offerings(org_id, id);
alter table offerings add constraint offerings_model_id_fkey FOREIGN KEY (model_id) REFERENCES models(id);
alter table offerings add constraint offerings_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table offers add constraint offers_instance_type_id_fkey FOREIGN KEY (instance_type_id) REFERENCES instance_types(id);
alter table offers add constraint offers_provider_id_zone_fkey FOREIGN KEY (provider_id, zone) REFERENCES zones(provider_id, code);
alter table organisation_setting_changes add constraint organisation_setting_changes_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table organisation_settings add constraint organisation_settings_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table organisations add constraint organisations_personal_user_id_fkey FOREIGN KEY (personal_user_id) REFERENCES users(id);
alter table plans add constraint plans_org_id_offering_id_fkey FOREIGN KEY (org_id, offering_id) REFERENCES offerings(org_id, id);
alter table projects add constraint projects_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table provider_accounts add constraint provider_accounts_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table provision_attempts add constraint provision_attempts_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table sessions add constraint sessions_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table sessions add constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table subscription_periods add constraint subscription_periods_org_id_entitlement_id_fkey FOREIGN KEY (org_id, entitlement_id) REFERENCES entitlements(org_id, id);
alter table usage_hourly add constraint usage_hourly_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table usage_ledger add constraint usage_ledger_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table usage_prices add constraint usage_prices_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table user_identities add constraint user_identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table user_recovery_codes add constraint user_recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table user_totp add constraint user_totp_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);
alter table wallet_entries add constraint wallet_entries_org_id_fkey FOREIGN KEY (org_id) REFERENCES wallets(org_id);
alter table wallets add constraint wallets_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table webhook_attempts add constraint webhook_attempts_org_id_delivery_id_fkey FOREIGN KEY (org_id, delivery_id) REFERENCES webhook_deliveries(org_id, id) ON DELETE CASCADE;
alter table webhook_deliveries add constraint webhook_deliveries_org_id_endpoint_id_fkey FOREIGN KEY (org_id, endpoint_id) REFERENCES webhook_endpoints(org_id, id);
alter table webhook_endpoints add constraint webhook_endpoints_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table workbench_conversations add constraint workbench_conversations_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table workbench_conversations add constraint workbench_conversations_org_id_project_id_fkey FOREIGN KEY (org_id, project_id) REFERENCES workbench_projects(org_id, id) ON DELETE SET NULL (project_id);
alter table workbench_defaults add constraint workbench_defaults_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table workbench_defaults add constraint workbench_defaults_org_id_prompt_id_fkey FOREIGN KEY (org_id, prompt_id) REFERENCES workbench_prompts(org_id, id) ON DELETE SET NULL (prompt_id);
alter table workbench_messages add constraint workbench_messages_org_id_conversation_id_fkey FOREIGN KEY (org_id, conversation_id) REFERENCES workbench_conversations(org_id, id) ON DELETE CASCADE;
alter table workbench_projects add constraint workbench_projects_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table workbench_projects add constraint workbench_projects_org_id_project_id_fkey FOREIGN KEY (org_id, project_id) REFERENCES projects(org_id, id);
alter table workbench_prompt_versions add constraint workbench_prompt_versions_org_id_prompt_id_fkey FOREIGN KEY (org_id, prompt_id) REFERENCES workbench_prompts(org_id, id) ON DELETE CASCADE;
alter table workbench_prompts add constraint workbench_prompts_org_id_fkey FOREIGN KEY (org_id) REFERENCES organisations(id);
alter table workers add constraint workers_org_id_instance_id_fkey FOREIGN KEY (org_id, instance_id) REFERENCES instances(org_id, id);
alter table zones add constraint zones_owner_org_id_fkey FOREIGN KEY (owner_org_id) REFERENCES organisations(id);
alter table zones add constraint zones_provider_id_fkey FOREIGN KEY (provider_id) REFERENCES providers(id);

CREATE INDEX access_requests_by_provider ON public.access_requests USING btree (provider_org_id, created_at DESC, id DESC);
CREATE INDEX access_requests_in_order ON public.access_requests USING btree (org_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX access_requests_open ON public.access_requests USING btree (org_id, offering_id) WHERE (state = 'requested'::text);
CREATE INDEX account_links_by_end ON public.account_links USING btree (expires_at, id);
CREATE INDEX account_links_by_user ON public.account_links USING btree (user_id, purpose);
CREATE INDEX account_log_by_user ON public.account_log USING btree (user_id, id DESC);
CREATE INDEX action_log_by_code ON public.action_log USING btree (org_id, code, at DESC, id DESC);
CREATE INDEX action_log_by_component ON public.action_log USING btree (org_id, component, at DESC, id DESC);
CREATE INDEX action_log_by_correlation ON public.action_log USING btree (correlation_id);
CREATE INDEX action_log_by_duration ON public.action_log USING btree (org_id, COALESCE(duration_ms, '-1'::integer), id);
CREATE INDEX action_log_by_error ON public.action_log USING btree (org_id, error_code COLLATE "C", at DESC, id DESC) INCLUDE (code) WHERE (error_code IS NOT NULL);
CREATE INDEX action_log_by_instance ON public.action_log USING btree (org_id, instance_id, id DESC);
CREATE INDEX action_log_by_status ON public.action_log USING btree (org_id, status, at DESC, id DESC);
CREATE INDEX action_log_in_order ON public.action_log USING btree (org_id, at DESC, id DESC);
CREATE INDEX activations_in_order ON public.activations USING btree (org_id, created_at DESC, resource_kind, resource_id);
CREATE INDEX activations_missing ON public.activations USING btree (resource_kind, org_id, resource_id) WHERE (NOT (technical_is_given AND economic_is_given));
CREATE INDEX alerts_by_subject ON public.alerts USING btree (subject_kind, subject_id) WHERE (closed_at IS NULL);
CREATE INDEX alerts_in_order ON public.alerts USING btree (org_id, id DESC);
CREATE UNIQUE INDEX alerts_open ON public.alerts USING btree (code, subject_kind, subject_id) WHERE (closed_at IS NULL);
CREATE INDEX api_keys_by_name ON public.api_keys USING btree (org_id, name_folded, id) INCLUDE (created_at, last_used_at);
CREATE INDEX api_keys_by_project ON public.api_keys USING btree (org_id, project_id, created_at DESC, id DESC) WHERE (project_id IS NOT NULL);
CREATE INDEX api_keys_by_use ON public.api_keys USING btree (org_id, COALESCE(last_used_at, '1970-01-01 00:00:00+00'::timestamp with time zone), id);
CREATE INDEX api_keys_by_user ON public.api_keys USING btree (org_id, user_id, created_at DESC, id DESC) WHERE (owner_kind = 'user'::text);
CREATE INDEX api_keys_expiring ON public.api_keys USING btree (org_id, expires_at) WHERE ((expires_at IS NOT NULL) AND (revoked_at IS NULL));
CREATE INDEX api_keys_in_order ON public.api_keys USING btree (org_id, created_at DESC, id DESC);
CREATE INDEX api_keys_living ON public.api_keys USING btree (org_id, created_at DESC, id DESC) INCLUDE (expires_at, is_enabled, owner_kind, user_id, name_folded) WHERE (revoked_at IS NULL);
CREATE INDEX api_keys_of_organisation ON public.api_keys USING btree (org_id, created_at DESC, id DESC) WHERE (owner_kind = 'organisation'::text);
CREATE INDEX api_keys_revoked ON public.api_keys USING btree (org_id, created_at DESC, id DESC) WHERE (revoked_at IS NOT NULL);
CREATE INDEX audit_log_by_action ON public.audit_log USING btree (org_id, action COLLATE "C", at DESC, seq DESC);
CREATE INDEX audit_log_by_actor ON public.audit_log USING btree (org_id, actor_id, at DESC, seq DESC);
CREATE INDEX audit_log_by_actor_name ON public.audit_log USING btree (org_id, actor_name, at DESC, seq DESC);
CREATE INDEX audit_log_by_age ON public.audit_log USING btree (at, seq);
CREATE INDEX audit_log_by_correlation ON public.audit_log USING btree (correlation_id);
CREATE INDEX audit_log_by_outcome ON public.audit_log USING btree (org_id, outcome, at DESC, seq DESC);
CREATE INDEX audit_log_by_request ON public.audit_log USING btree (request_id);
CREATE INDEX audit_log_by_subject ON public.audit_log USING btree (subject_id, seq DESC);
CREATE INDEX audit_log_by_subject_kind ON public.audit_log USING btree (org_id, subject_kind, at DESC, seq DESC);
CREATE INDEX audit_log_by_time ON public.audit_log USING btree (org_id, at DESC, seq DESC);
CREATE INDEX audit_log_in_order ON public.audit_log USING btree (org_id, seq DESC);
CREATE INDEX batch_items_pending ON public.batch_items USING btree (org_id, batch_id, line) WHERE (state = 'pending'::text);
CREATE INDEX batches_open ON public.batches USING btree (org_id, input_file_id) WHERE (status = ANY (ARRAY['validating'::text, 'in_progress'::text, 'finalizing'::text, 'cancelling'::text]));
CREATE INDEX business_events_by_age ON public.business_events USING btree (at, seq);
CREATE INDEX business_events_new ON public.business_events USING btree (seq) WHERE ("position" IS NULL);
CREATE INDEX catalogue_syncs_by_age ON public.catalogue_syncs USING btree (requested_at DESC, id DESC);
CREATE INDEX charge_hourly_by_provider ON public.charge_hourly USING btree (provider_org_id, hour);
CREATE INDEX contracts_by_consumer ON public.contracts USING btree (consumer_org_id, created_at DESC, id DESC);
CREATE INDEX contracts_in_order ON public.contracts USING btree (org_id, created_at DESC, id DESC);
CREATE INDEX cost_intervals_by_instance ON public.cost_intervals USING btree (org_id, instance_id);
CREATE INDEX cost_intervals_by_org ON public.cost_intervals USING gist (org_id, during);
CREATE UNIQUE INDEX cost_intervals_open ON public.cost_intervals USING btree (resource_kind, resource_ref) WHERE upper_inf(during);
CREATE INDEX deployments_by_project ON public.deployments USING btree (org_id, project_id) WHERE (project_id IS NOT NULL);
CREATE UNIQUE INDEX deployments_name ON public.deployments USING btree (org_id, name) WHERE (deleted_at IS NULL);
CREATE INDEX entitlements_by_provider ON public.entitlements USING btree (provider_org_id, created_at DESC, id DESC);
CREATE INDEX entitlements_in_order ON public.entitlements USING btree (org_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX entitlements_one_trial ON public.entitlements USING btree (org_id, offering_id) WHERE (source = 'trial'::text);
CREATE INDEX events_by_age ON public.events USING btree (at);
CREATE INDEX events_in_order ON public.events USING btree (xid, seq);
CREATE INDEX events_of_organisation ON public.events USING btree (org_id, xid, seq);
CREATE INDEX files_by_end ON public.files USING btree (expires_at, id);
CREATE INDEX flavours_of_provider ON public.flavours USING btree (provider_id);
CREATE UNIQUE INDEX host_claims_attempt ON public.host_claims USING btree (zone, attempt);
CREATE UNIQUE INDEX host_claims_open ON public.host_claims USING btree (host_id) WHERE (released_at IS NULL);
CREATE INDEX host_claims_owned ON public.host_claims USING btree (zone, id) WHERE (released_at IS NULL);
CREATE INDEX host_enrolments_of ON public.host_enrolments USING btree (org_id, created_at DESC);
CREATE UNIQUE INDEX hosts_address ON public.hosts USING btree (org_id, address, port) WHERE (removed_at IS NULL);
CREATE INDEX hosts_by_type ON public.hosts USING btree (zone, type_code) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX hosts_name ON public.hosts USING btree (org_id, name) WHERE (removed_at IS NULL);
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
CREATE INDEX instances_by_name ON public.instances USING btree (org_id, lower(name), id);
CREATE INDEX instances_by_state ON public.instances USING btree (org_id, state, created_at DESC, id DESC);
CREATE INDEX instances_in_order ON public.instances USING btree (org_id, created_at DESC, id DESC);
CREATE INDEX instances_live ON public.instances USING btree (state) WHERE (state <> ALL (ARRAY['terminated'::text, 'archived'::text]));
CREATE INDEX invitations_in_order ON public.invitations USING btree (org_id, created_at DESC, id DESC);
CREATE UNIQUE INDEX invitations_open ON public.invitations USING btree (org_id, lower(email)) WHERE ((accepted_at IS NULL) AND (revoked_at IS NULL));
CREATE INDEX jobs_dead ON public.jobs USING btree (dead_at) WHERE (dead_at IS NOT NULL);
CREATE INDEX jobs_due ON public.jobs USING btree (due_at, kind, subject_id) WHERE (dead_at IS NULL);
CREATE INDEX login_failures_by_age ON public.login_failures USING btree (last_at, key);
CREATE INDEX mails_by_age ON public.mails USING btree (created_at, id);
CREATE INDEX measured_gpus_by_type ON public.measured_gpus USING btree (instance_type_id, measured_at DESC, instance_id);
CREATE INDEX memberships_by_user ON public.memberships USING btree (user_id);
CREATE UNIQUE INDEX offer_prices_holding ON public.offer_prices USING btree (instance_type_id, zone) WHERE (seen_until IS NULL);
CREATE UNIQUE INDEX offering_terms_versions ON public.offering_terms USING btree (offering_id, COALESCE(contract_id, ''::text), version);
CREATE INDEX organisation_setting_changes_by_name ON public.organisation_setting_changes USING btree (org_id, name, seq DESC);
CREATE INDEX organisations_ending ON public.organisations USING btree (id) WHERE ((deletion_asked_at IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX organisations_in_order ON public.organisations USING btree (created_at DESC, id DESC);
CREATE INDEX provider_accounts_live ON public.provider_accounts USING btree (provider_id, id) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX provider_accounts_name ON public.provider_accounts USING btree (org_id, provider_id, name) WHERE (removed_at IS NULL);
CREATE INDEX provision_attempts_by_ref ON public.provision_attempts USING btree (provider_id, zone, provider_ref);
CREATE INDEX provision_attempts_unresolved ON public.provision_attempts USING btree (instance_id) WHERE (state = ANY (ARRAY['open'::text, 'called'::text]));
CREATE INDEX reconcile_requests_by_age ON public.reconcile_requests USING btree (requested_at DESC, id DESC);
CREATE INDEX request_log_by_correlation ON ONLY public.request_log USING btree (org_id, correlation_id COLLATE "C") WHERE (correlation_id IS NOT NULL);
CREATE INDEX request_log_by_duration ON ONLY public.request_log USING btree (org_id, duration_ms, request_id);
CREATE INDEX request_log_by_endpoint ON ONLY public.request_log USING btree (org_id, endpoint);
CREATE INDEX request_log_by_error ON ONLY public.request_log USING btree (org_id, error_code COLLATE "C") WHERE (error_code IS NOT NULL);
CREATE INDEX request_log_by_instance ON ONLY public.request_log USING btree (org_id, instance_id);
CREATE INDEX request_log_by_key ON ONLY public.request_log USING btree (org_id, api_key_id);
CREATE INDEX request_log_by_model ON ONLY public.request_log USING btree (org_id, model_id);
CREATE INDEX request_log_by_model_name ON ONLY public.request_log USING btree (org_id, model);
CREATE INDEX request_log_by_status ON ONLY public.request_log USING btree (org_id, status);
CREATE INDEX request_log_by_tokens ON ONLY public.request_log USING btree (org_id, ((prompt_tokens + completion_tokens)), request_id);
CREATE INDEX request_log_by_user ON ONLY public.request_log USING btree (org_id, user_id);
CREATE INDEX request_log_failures ON ONLY public.request_log USING btree (org_id, started_at DESC, request_id DESC) WHERE ((status >= 400) OR (error_code IS NOT NULL));
CREATE INDEX request_log_in_order ON ONLY public.request_log USING btree (org_id, started_at DESC, request_id DESC);
CREATE INDEX request_log_daily_by_day ON public.request_log_daily USING btree (day);
CREATE INDEX sessions_by_end ON public.sessions USING btree (expires_at, id);
CREATE INDEX sessions_by_user ON public.sessions USING btree (user_id);
CREATE INDEX setting_changes_by_name ON public.setting_changes USING btree (name, seq DESC);
CREATE INDEX sweep_confirmations_by_account ON public.sweep_confirmations USING btree (provider_id, account_id, epoch);
CREATE INDEX sweep_findings_by_age ON public.sweep_findings USING btree (first_seen_at DESC, id DESC);
CREATE UNIQUE INDEX sweep_findings_open ON public.sweep_findings USING btree (provider_id, account_id, kind, zone, ref) WHERE (closed_at IS NULL);
CREATE INDEX sweep_rounds_by_account ON public.sweep_rounds USING btree (provider_id, account_id, started_at DESC);
CREATE INDEX usage_hourly_by_key ON public.usage_hourly USING btree (org_id, api_key_id, hour);
CREATE INDEX usage_ledger_by_instance ON public.usage_ledger USING btree (org_id, instance_id, started_at) WHERE (instance_id IS NOT NULL);
CREATE INDEX usage_ledger_by_key ON public.usage_ledger USING btree (org_id, api_key_id);
CREATE INDEX usage_ledger_by_model ON public.usage_ledger USING btree (org_id, model_id);
CREATE INDEX usage_ledger_by_outcome ON public.usage_ledger USING btree (org_id, outcome);
CREATE INDEX usage_ledger_by_project ON public.usage_ledger USING btree (org_id, project_id);
CREATE INDEX usage_ledger_by_provider ON public.usage_ledger USING btree (provider_org_id, instance_id, started_at) WHERE (provider_org_id IS NOT NULL);
CREATE INDEX usage_ledger_by_tokens ON public.usage_ledger USING btree (org_id, ((prompt_tokens + completion_tokens)), request_id);
CREATE INDEX usage_ledger_by_user ON public.usage_ledger USING btree (org_id, user_id);
CREATE INDEX usage_ledger_in_order ON public.usage_ledger USING btree (org_id, started_at DESC, request_id DESC);
CREATE INDEX user_identities_by_user ON public.user_identities USING btree (user_id);
CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email));
CREATE UNIQUE INDEX users_username ON public.users USING btree (lower(username));
CREATE INDEX wallet_entries_in_order ON public.wallet_entries USING btree (org_id, seq DESC);
CREATE INDEX webhook_deliveries_by_age ON public.webhook_deliveries USING btree (created_at, id);
CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (endpoint_id, due_at, id) WHERE (state = 'pending'::text);
CREATE INDEX webhook_deliveries_in_order ON public.webhook_deliveries USING btree (org_id, endpoint_id, id DESC);
CREATE INDEX workbench_conversations_by_age ON public.workbench_conversations USING btree (updated_at, id);
CREATE INDEX workbench_conversations_by_project ON public.workbench_conversations USING btree (org_id, project_id);
CREATE INDEX workbench_conversations_of_owner ON public.workbench_conversations USING btree (org_id, owner_id, updated_at DESC, id DESC);
CREATE INDEX workbench_conversations_shared ON public.workbench_conversations USING btree (org_id, updated_at DESC, id DESC) WHERE (sharing = 'organisation'::text);
CREATE INDEX workbench_messages_pending ON public.workbench_messages USING btree (created_at, id) WHERE (figures = 'pending'::text);
CREATE UNIQUE INDEX workbench_messages_request ON public.workbench_messages USING btree (org_id, asked_by, request_id) WHERE (request_id IS NOT NULL);
CREATE INDEX workbench_projects_in_order ON public.workbench_projects USING btree (org_id, owner_id, id);
CREATE INDEX workbench_prompts_in_order ON public.workbench_prompts USING btree (org_id, owner_id, id);
CREATE INDEX workers_by_identity ON public.workers USING btree (identity_at);
CREATE INDEX workers_heard ON public.workers USING btree (instance_id) WHERE ((registered_at IS NOT NULL) AND (revoked_at IS NULL));

CREATE TRIGGER api_keys_living BEFORE INSERT ON public.api_keys FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER audit_log_keep BEFORE DELETE OR UPDATE ON public.audit_log FOR EACH ROW EXECUTE FUNCTION keep_audit_log();
CREATE TRIGGER audit_log_keep_all BEFORE TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_log();
CREATE TRIGGER audit_log_live AFTER INSERT ON public.audit_log REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('audit.changed', 'org_id', '');
CREATE TRIGGER business_events_keep BEFORE UPDATE ON public.business_events FOR EACH ROW EXECUTE FUNCTION keep_business_event();
CREATE TRIGGER business_events_number BEFORE INSERT ON public.business_events FOR EACH ROW EXECUTE FUNCTION number_business_event();
CREATE TRIGGER catalogue_syncs_live AFTER INSERT OR UPDATE ON public.catalogue_syncs FOR EACH ROW EXECUTE FUNCTION tell_live('catalogue.changed', '', 'id', '');
CREATE TRIGGER deployments_living BEFORE INSERT ON public.deployments FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER host_claims_sealed BEFORE INSERT OR UPDATE ON public.host_claims FOR EACH ROW EXECUTE FUNCTION guard_sealed('script');
CREATE TRIGGER hosts_sealed BEFORE INSERT OR UPDATE ON public.hosts FOR EACH ROW EXECUTE FUNCTION guard_sealed('credential');
CREATE TRIGGER instance_history_append_only BEFORE DELETE OR UPDATE ON public.instance_state_history FOR EACH ROW EXECUTE FUNCTION guard_instance_history();
CREATE CONSTRAINT TRIGGER instance_history_guard AFTER INSERT ON public.instance_state_history DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_instance_history();
CREATE TRIGGER instance_volumes_live_insert AFTER INSERT ON public.instance_volumes FOR EACH ROW EXECUTE FUNCTION tell_live('volume.changed', 'org_id', 'id', '');
CREATE TRIGGER instance_volumes_live_update AFTER UPDATE ON public.instance_volumes FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_live('volume.changed', 'org_id', 'id', '');
CREATE TRIGGER instance_state_guard BEFORE INSERT OR UPDATE ON public.instances FOR EACH ROW EXECUTE FUNCTION guard_instance_state();
CREATE TRIGGER instances_worker_order AFTER UPDATE OF wanted, state ON public.instances FOR EACH ROW EXECUTE FUNCTION note_worker_order();
CREATE TRIGGER invitations_living BEFORE INSERT ON public.invitations FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER jobs_live AFTER UPDATE ON public.jobs FOR EACH ROW WHEN (((old.dead_at IS NULL) <> (new.dead_at IS NULL))) EXECUTE FUNCTION tell_live('job.changed', '', 'kind', '');
CREATE TRIGGER mails_sealed BEFORE INSERT OR UPDATE ON public.mails FOR EACH ROW EXECUTE FUNCTION guard_sealed('content');
CREATE CONSTRAINT TRIGGER memberships_last_owner AFTER DELETE OR UPDATE ON public.memberships DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION guard_last_owner();
CREATE TRIGGER memberships_live AFTER INSERT OR DELETE OR UPDATE ON public.memberships FOR EACH ROW EXECUTE FUNCTION tell_live('account.changed', '', 'user_id', 'user_id');
CREATE TRIGGER memberships_living BEFORE INSERT ON public.memberships FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER personal_workspace_is_closed BEFORE INSERT OR DELETE OR UPDATE ON public.memberships FOR EACH ROW EXECUTE FUNCTION guard_personal_workspace();
CREATE TRIGGER models_live_insert AFTER INSERT ON public.models REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('model.changed', '', '');
CREATE TRIGGER models_live_update AFTER UPDATE ON public.models REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('model.changed', '', '');
CREATE TRIGGER models_living BEFORE INSERT ON public.models FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER offer_prices_kept BEFORE DELETE OR UPDATE ON public.offer_prices FOR EACH ROW EXECUTE FUNCTION guard_offer_prices();
CREATE TRIGGER offering_terms_append_only BEFORE DELETE OR UPDATE ON public.offering_terms FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER offers_live_insert AFTER INSERT ON public.offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('catalogue.changed', '', 'provider_id');
CREATE TRIGGER offers_live_update AFTER UPDATE ON public.offers REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('catalogue.changed', '', 'provider_id');
CREATE TRIGGER organisation_setting_changes_append_only BEFORE DELETE OR UPDATE ON public.organisation_setting_changes FOR EACH ROW EXECUTE FUNCTION guard_setting_changes();
CREATE TRIGGER personal_workspace_stays BEFORE DELETE OR UPDATE ON public.organisations FOR EACH ROW EXECUTE FUNCTION guard_personal_workspace();
CREATE TRIGGER projects_living BEFORE INSERT ON public.projects FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER provider_accounts_living BEFORE INSERT ON public.provider_accounts FOR EACH ROW EXECUTE FUNCTION guard_living_organisation();
CREATE TRIGGER provider_accounts_sealed BEFORE INSERT OR UPDATE ON public.provider_accounts FOR EACH ROW EXECUTE FUNCTION guard_sealed('credential', 'next_credential');
CREATE TRIGGER request_log_counted AFTER INSERT ON public.request_log REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_requests();
CREATE TRIGGER sessions_live_insert AFTER INSERT ON public.sessions FOR EACH ROW EXECUTE FUNCTION tell_live('session.changed', '', 'id', 'user_id');
CREATE TRIGGER sessions_live_update AFTER UPDATE ON public.sessions FOR EACH ROW WHEN (((old.revoked_at IS DISTINCT FROM new.revoked_at) OR (old.org_id IS DISTINCT FROM new.org_id))) EXECUTE FUNCTION tell_live('session.changed', '', 'id', 'user_id');
CREATE TRIGGER setting_changes_append_only BEFORE DELETE OR UPDATE ON public.setting_changes FOR EACH ROW EXECUTE FUNCTION guard_setting_changes();
CREATE TRIGGER settings_live AFTER INSERT OR DELETE OR UPDATE ON public.settings FOR EACH ROW EXECUTE FUNCTION tell_live('setting.changed', '', 'name', '');
CREATE TRIGGER sweep_rounds_live_insert AFTER INSERT ON public.sweep_rounds REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('sweep.changed', '', 'provider_id');
CREATE TRIGGER sweep_rounds_live_update AFTER UPDATE ON public.sweep_rounds REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('sweep.changed', '', 'provider_id');
CREATE TRIGGER usage_ledger_counted AFTER INSERT ON public.usage_ledger REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_usage();
CREATE TRIGGER usage_prices_live AFTER INSERT OR DELETE OR UPDATE ON public.usage_prices FOR EACH ROW EXECUTE FUNCTION tell_live('price.changed', 'org_id', 'model_id', '');
CREATE TRIGGER user_identities_live AFTER INSERT OR DELETE ON public.user_identities FOR EACH ROW EXECUTE FUNCTION tell_live('account.changed', '', 'user_id', 'user_id');
CREATE TRIGGER user_totp_live AFTER INSERT OR DELETE OR UPDATE OF confirmed_at ON public.user_totp FOR EACH ROW EXECUTE FUNCTION tell_live('account.changed', '', 'user_id', 'user_id');
CREATE TRIGGER user_totp_sealed BEFORE INSERT OR UPDATE ON public.user_totp FOR EACH ROW EXECUTE FUNCTION guard_sealed('secret');
CREATE TRIGGER users_live AFTER UPDATE ON public.users FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_live('account.changed', '', 'id', 'id');
CREATE TRIGGER wallet_entries_append_only BEFORE DELETE OR UPDATE ON public.wallet_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER webhook_deliveries_live_insert AFTER INSERT ON public.webhook_deliveries REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('webhook.changed', 'org_id', 'endpoint_id');
CREATE TRIGGER webhook_deliveries_live_update AFTER UPDATE ON public.webhook_deliveries REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_live_of_many('webhook.changed', 'org_id', 'endpoint_id');
CREATE TRIGGER webhook_endpoints_live_insert AFTER INSERT ON public.webhook_endpoints FOR EACH ROW EXECUTE FUNCTION tell_live('webhook.changed', 'org_id', 'id', '');
CREATE TRIGGER webhook_endpoints_live_update AFTER UPDATE ON public.webhook_endpoints FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION tell_live('webhook.changed', 'org_id', 'id', '');
CREATE TRIGGER webhook_endpoints_sealed BEFORE INSERT OR UPDATE ON public.webhook_endpoints FOR EACH ROW EXECUTE FUNCTION guard_sealed('secret', 'former_secret');
CREATE TRIGGER workbench_prompt_versions_keep BEFORE UPDATE ON public.workbench_prompt_versions FOR EACH ROW EXECUTE FUNCTION keep_prompt_version();
CREATE TRIGGER workers_identity BEFORE UPDATE OF token_hash, next_token_hash, epoch, revoked_at ON public.workers FOR EACH ROW EXECUTE FUNCTION note_worker_identity();
CREATE TRIGGER workers_live_insert AFTER INSERT ON public.workers FOR EACH ROW EXECUTE FUNCTION tell_live('worker.changed', 'org_id', 'instance_id', '');
CREATE TRIGGER workers_live_update AFTER UPDATE ON public.workers FOR EACH ROW WHEN (((old.epoch IS DISTINCT FROM new.epoch) OR (old.status IS DISTINCT FROM new.status) OR (old.revoked_at IS DISTINCT FROM new.revoked_at) OR (old.registered_at IS DISTINCT FROM new.registered_at) OR (old.version IS DISTINCT FROM new.version) OR (old.error_code IS DISTINCT FROM new.error_code) OR (old.silence_told_at IS DISTINCT FROM new.silence_told_at))) EXECUTE FUNCTION tell_live('worker.changed', 'org_id', 'instance_id', '');

alter table access_requests enable row level security;
alter table action_log enable row level security;
alter table activations enable row level security;
alter table alerts enable row level security;
alter table allowance_usage enable row level security;
alter table api_keys enable row level security;
alter table audit_log enable row level security;
alter table batch_items enable row level security;
alter table batches enable row level security;
alter table business_events enable row level security;
alter table charge_hourly enable row level security;
alter table contracts enable row level security;
alter table cost_events enable row level security;
alter table cost_intervals enable row level security;
alter table deployments enable row level security;
alter table entitlements enable row level security;
alter table file_chunks enable row level security;
alter table files enable row level security;
alter table host_claims enable row level security;
alter table host_enrolments enable row level security;
alter table hosts enable row level security;
alter table idempotency_keys enable row level security;
alter table instance_log_heads enable row level security;
alter table instance_logs enable row level security;
alter table instance_offers enable row level security;
alter table instance_reinstalls enable row level security;
alter table instance_samples enable row level security;
alter table instance_samples_1h enable row level security;
alter table instance_samples_5m enable row level security;
alter table instance_state_history enable row level security;
alter table instance_steps enable row level security;
alter table instance_usage_1h enable row level security;
alter table instance_usage_5m enable row level security;
alter table instance_volumes enable row level security;
alter table instances enable row level security;
alter table invitations enable row level security;
alter table machine_terms enable row level security;
alter table memberships enable row level security;
alter table models enable row level security;
alter table offering_terms enable row level security;
alter table offerings enable row level security;
alter table organisation_setting_changes enable row level security;
alter table organisation_settings enable row level security;
alter table organisations enable row level security;
alter table plans enable row level security;
alter table projects enable row level security;
alter table provider_accounts enable row level security;
alter table provision_attempts enable row level security;
alter table request_log enable row level security;
alter table request_log_daily enable row level security;
alter table sessions enable row level security;
alter table subscription_periods enable row level security;
alter table usage_daily enable row level security;
alter table usage_hourly enable row level security;
alter table usage_ledger enable row level security;
alter table usage_prices enable row level security;
alter table wallet_entries enable row level security;
alter table wallets enable row level security;
alter table webhook_attempts enable row level security;
alter table webhook_deliveries enable row level security;
alter table webhook_endpoints enable row level security;
alter table workbench_conversations enable row level security;
alter table workbench_defaults enable row level security;
alter table workbench_messages enable row level security;
alter table workbench_projects enable row level security;
alter table workbench_prompt_versions enable row level security;
alter table workbench_prompts enable row level security;
alter table workers enable row level security;
alter table zones enable row level security;

create policy rows_of_organisation on access_requests using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on action_log using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on activations using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on alerts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on allowance_usage using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on api_keys using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on audit_log using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on batch_items using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on batches using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on business_events using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on charge_hourly using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on contracts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on cost_events using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on cost_intervals using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on deployments using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on entitlements using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on file_chunks using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on files using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on host_claims using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on host_enrolments using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on hosts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on idempotency_keys using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_log_heads using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_logs using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_offers using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_reinstalls using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_samples using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_samples_1h using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_samples_5m using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_state_history using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_steps using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_usage_1h using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_usage_5m using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instance_volumes using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on instances using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on invitations using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on machine_terms using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on memberships using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy models_of_all_are_seen on models for select using ((org_id IS NULL));
create policy rows_of_organisation on models using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on offering_terms using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on offerings using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on organisation_setting_changes using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on organisation_settings using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy names_are_seen on organisations for select using (true);
create policy rows_of_organisation on organisations using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on plans using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on projects using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on provider_accounts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on provision_attempts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on request_log using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on request_log_daily using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on sessions using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on subscription_periods using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on usage_daily using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on usage_hourly using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on usage_ledger using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on usage_prices using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on wallet_entries using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on wallets using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on webhook_attempts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on webhook_deliveries using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on webhook_endpoints using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workbench_conversations using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workbench_defaults using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workbench_messages using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workbench_projects using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workbench_prompt_versions using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workbench_prompts using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy rows_of_organisation on workers using (
CASE ( SELECT current_setting('app.rows'::text, true) AS current_setting)
    WHEN '*'::text THEN true
    ELSE (org_id = ( SELECT current_setting('app.rows'::text, true) AS current_setting))
END);
create policy zones_of_everybody_and_own on zones using (((owner_org_id IS NULL) OR ((( SELECT current_setting('app.rows'::text, true) AS current_setting) = '*'::text) OR (( SELECT current_setting('app.rows'::text, true) AS current_setting) = owner_org_id))));
