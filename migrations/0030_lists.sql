-- Lists that are searched, sorted and counted by the server: what each of their orders and filters reads.
--
-- An order is answered by an index on the organisation, the sort key and the id. A filter is counted from an index on
-- the organisation and the field, without looking at the rows. Operators of row-level security's conditions come first,
-- so only comparisons may be index conditions: a beginning of a text is found as a range in the order of its bytes.

-- Keys. Their state follows from the time and from their person, so its parts are what is indexed.
alter table api_keys add column name_folded text not null generated always as (lower(name)) stored;
-- A part of a name is looked for in all names, so what orders ask for is beside them.
create index api_keys_by_name on api_keys (org_id, name_folded, id) include (created_at, last_used_at);
create index api_keys_by_use on api_keys (org_id, coalesce(last_used_at, timestamptz '1970-01-01 00:00:00+00'), id);
create index api_keys_by_user on api_keys (org_id, user_id, created_at desc, id desc) where owner_kind = 'user';
create index api_keys_of_organisation on api_keys (org_id, created_at desc, id desc) where owner_kind = 'organisation';
create index api_keys_by_project on api_keys (org_id, project_id, created_at desc, id desc) where project_id is not null;
create index api_keys_revoked on api_keys (org_id, created_at desc, id desc) where revoked_at is not null;
create index api_keys_expiring on api_keys (org_id, expires_at) where expires_at is not null and revoked_at is null;
create index api_keys_living on api_keys (org_id, created_at desc, id desc)
  include (expires_at, is_enabled, owner_kind, user_id, name_folded) where revoked_at is null;

create index instances_by_name on instances (org_id, lower(name), id);
create index instances_by_state on instances (org_id, state, created_at desc, id desc);

create index action_log_in_order on action_log (org_id, at desc, id desc);
create index action_log_by_code on action_log (org_id, code, at desc, id desc);
create index action_log_by_status on action_log (org_id, status, at desc, id desc);
create index action_log_by_component on action_log (org_id, component, at desc, id desc);
create index action_log_by_error on action_log (org_id, error_code collate "C", at desc, id desc) include (code) where error_code is not null;
create index action_log_by_duration on action_log (org_id, coalesce(duration_ms, -1), id);

create index audit_log_by_time on audit_log (org_id, at desc, seq desc);
create index audit_log_by_action on audit_log (org_id, action collate "C", at desc, seq desc);
create index audit_log_by_actor on audit_log (org_id, actor_id, at desc, seq desc);
create index audit_log_by_actor_name on audit_log (org_id, actor_name, at desc, seq desc);
create index audit_log_by_subject_kind on audit_log (org_id, subject_kind, at desc, seq desc);
create index audit_log_by_outcome on audit_log (org_id, outcome, at desc, seq desc);
create index audit_log_by_correlation on audit_log (correlation_id);
create index audit_log_by_request on audit_log (request_id);

-- The two that gateways write on every request: many rows have the same value, so these indexes hold it once.
create index request_log_by_key on request_log (org_id, api_key_id);
create index request_log_by_user on request_log (org_id, user_id);
create index request_log_by_instance on request_log (org_id, instance_id);
create index request_log_by_model on request_log (org_id, model_id);
create index request_log_by_model_name on request_log (org_id, model);
create index request_log_by_status on request_log (org_id, status);
create index request_log_by_endpoint on request_log (org_id, endpoint);
create index request_log_by_error on request_log (org_id, error_code collate "C") where error_code is not null;
create index request_log_by_correlation on request_log (org_id, correlation_id collate "C") where correlation_id is not null;
create index request_log_by_duration on request_log (org_id, duration_ms, request_id);
create index request_log_by_tokens on request_log (org_id, (prompt_tokens + completion_tokens), request_id);

create index usage_ledger_by_key on usage_ledger (org_id, api_key_id);
create index usage_ledger_by_user on usage_ledger (org_id, user_id);
create index usage_ledger_by_model on usage_ledger (org_id, model_id);
create index usage_ledger_by_project on usage_ledger (org_id, project_id);
create index usage_ledger_by_outcome on usage_ledger (org_id, outcome);
create index usage_ledger_by_tokens on usage_ledger (org_id, (prompt_tokens + completion_tokens), request_id);

-- How many rows of the two largest lists there are by day and by what few values are filtered by, so that a count reads
-- some hundred sums and not a million rows. Written by the statement that adds the rows, whichever process and
-- whichever release that is; only the rows that were really added are in `added`.
create table request_log_daily (
  org_id text not null,
  day date not null,
  status integer not null,
  error_code text not null,
  endpoint text not null,
  requests bigint not null,
  primary key (org_id, day, status, error_code, endpoint)
);
create index request_log_daily_by_day on request_log_daily (day);
create function count_requests() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into request_log_daily (org_id, day, status, error_code, endpoint, requests)
  select org_id, (started_at at time zone 'UTC')::date, status, coalesce(error_code, ''), endpoint, count(*)
  from added group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (org_id, day, status, error_code, endpoint) do update set
    requests = request_log_daily.requests + excluded.requests;
  return null;
end $$;
create trigger request_log_counted after insert on request_log
  referencing new table as added for each statement execute function count_requests();
insert into request_log_daily (org_id, day, status, error_code, endpoint, requests)
select org_id, (started_at at time zone 'UTC')::date, status, coalesce(error_code, ''), endpoint, count(*)
from request_log group by 1, 2, 3, 4, 5;

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
  primary key (org_id, day, model_id, project_id, outcome)
);
create function count_usage() returns trigger
  language plpgsql security definer set search_path = public, pg_temp as $$
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
end $$;
create trigger usage_ledger_counted after insert on usage_ledger
  referencing new table as added for each statement execute function count_usage();
insert into usage_daily (org_id, day, model_id, project_id, outcome, requests, prompt_tokens, completion_tokens,
  cached_tokens)
select org_id, (started_at at time zone 'UTC')::date, model_id, coalesce(project_id, ''), outcome, count(*),
  sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens)
from usage_ledger group by 1, 2, 3, 4, 5;
revoke execute on function count_requests() from public;
revoke execute on function count_usage() from public;
select protect_rows(name) from unnest(array['request_log_daily', 'usage_daily']) as t (name);

-- The sums of a day go with its rows.
create or replace function drop_partitions(parent text, older_than timestamptz) returns integer
  language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s' as $$
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
$$;
