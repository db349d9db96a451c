-- Live events reach whom they concern: an organisation, one person, or those who look after the installation; and
-- every table that pages show tells of its changes. Triggers tell where many ways lead to one table, so that none can
-- be forgotten; what says more than "it changed" is told by commands.

-- Null: of no organisation. With a user it is that person's own, without one the whole installation's.
alter table events alter column org_id drop not null;
-- Whose own it is: they may have it also where their role sees nothing of others.
alter table events add column user_id text;
-- A reader that comes back asks for its organisation's alone.
create index events_of_organisation on events (org_id, xid, seq);

-- Arguments: type, column of the organisation, of the subject, of the user; '' where there is none.
create function tell_live() returns trigger language plpgsql as $$
declare
  changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
  insert into events (org_id, user_id, type, subject_id, summary, at)
  values (changed ->> tg_argv[1], changed ->> tg_argv[3], tg_argv[0],
    coalesce(nullif(changed ->> tg_argv[2], ''), 'all'), '{}', app_now());
  perform pg_notify('inv_events', '');
  return null;
end $$;

-- For tables that change often: one event for each organisation and subject, at most one a second. Readers look once
-- more after that second.
create function tell_live_of_many() returns trigger language plpgsql as $$
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
end $$;

create trigger webhook_endpoints_live_insert after insert on webhook_endpoints
  for each row execute function tell_live('webhook.changed', 'org_id', 'id', '');
create trigger webhook_endpoints_live_update after update on webhook_endpoints
  for each row when (old.* is distinct from new.*)
  execute function tell_live('webhook.changed', 'org_id', 'id', '');
create trigger webhook_deliveries_live_insert after insert on webhook_deliveries
  referencing new table as changed
  for each statement execute function tell_live_of_many('webhook.changed', 'org_id', 'endpoint_id');
create trigger webhook_deliveries_live_update after update on webhook_deliveries
  referencing new table as changed
  for each statement execute function tell_live_of_many('webhook.changed', 'org_id', 'endpoint_id');

create trigger settings_live after insert or update or delete on settings
  for each row execute function tell_live('setting.changed', '', 'name', '');
create trigger usage_prices_live after insert or update or delete on usage_prices
  for each row execute function tell_live('price.changed', 'org_id', 'model_id', '');
create trigger audit_log_live after insert on audit_log
  referencing new table as changed
  for each statement execute function tell_live_of_many('audit.changed', 'org_id', '');

create trigger workers_live_insert after insert on workers
  for each row execute function tell_live('worker.changed', 'org_id', 'instance_id', '');
-- Not what each heartbeat brings: that is a figure, and figures are read by the second.
create trigger workers_live_update after update on workers
  for each row when (
    old.epoch is distinct from new.epoch
    or old.status is distinct from new.status
    or old.revoked_at is distinct from new.revoked_at
    or old.registered_at is distinct from new.registered_at
    or old.version is distinct from new.version
    or old.error_code is distinct from new.error_code
    or old.silence_told_at is distinct from new.silence_told_at)
  execute function tell_live('worker.changed', 'org_id', 'instance_id', '');
create trigger instance_volumes_live_insert after insert on instance_volumes
  for each row execute function tell_live('volume.changed', 'org_id', 'id', '');
create trigger instance_volumes_live_update after update on instance_volumes
  for each row when (old.* is distinct from new.*)
  execute function tell_live('volume.changed', 'org_id', 'id', '');

create trigger sessions_live_insert after insert on sessions
  for each row execute function tell_live('session.changed', '', 'id', 'user_id');
create trigger sessions_live_update after update on sessions
  for each row when ((old.revoked_at, old.org_id) is distinct from (new.revoked_at, new.org_id))
  execute function tell_live('session.changed', '', 'id', 'user_id');
create trigger users_live after update on users
  for each row when (old.* is distinct from new.*)
  execute function tell_live('account.changed', '', 'id', 'id');
create trigger memberships_live after insert or update or delete on memberships
  for each row execute function tell_live('account.changed', '', 'user_id', 'user_id');
create trigger user_totp_live after insert or update of confirmed_at or delete on user_totp
  for each row execute function tell_live('account.changed', '', 'user_id', 'user_id');
create trigger user_identities_live after insert or delete on user_identities
  for each row execute function tell_live('account.changed', '', 'user_id', 'user_id');

create trigger models_live_insert after insert on models
  referencing new table as changed
  for each statement execute function tell_live_of_many('model.changed', '', '');
create trigger models_live_update after update on models
  referencing new table as changed
  for each statement execute function tell_live_of_many('model.changed', '', '');
create trigger offers_live_insert after insert on offers
  referencing new table as changed
  for each statement execute function tell_live_of_many('catalogue.changed', '', 'provider_id');
create trigger offers_live_update after update on offers
  referencing new table as changed
  for each statement execute function tell_live_of_many('catalogue.changed', '', 'provider_id');
create trigger catalogue_syncs_live after insert or update on catalogue_syncs
  for each row execute function tell_live('catalogue.changed', '', 'id', '');

create trigger jobs_live after update on jobs
  for each row when ((old.dead_at is null) <> (new.dead_at is null))
  execute function tell_live('job.changed', '', 'kind', '');
create trigger sweep_rounds_live_insert after insert on sweep_rounds
  referencing new table as changed
  for each statement execute function tell_live_of_many('sweep.changed', '', 'provider_id');
create trigger sweep_rounds_live_update after update on sweep_rounds
  referencing new table as changed
  for each statement execute function tell_live_of_many('sweep.changed', '', 'provider_id');
