-- Organisations that people make, share, group and end: members, invitations, projects, deletion.

alter table organisations
  add column colour text check (colour ~ '^#[0-9a-f]{6}$'),
  add column created_by text,
  -- The row of a deleted organisation stays: its bills name it, and its slug is never given to another.
  add column deletion_asked_at timestamptz,
  add column deletion_asked_by text,
  add column deleted_at timestamptz,
  add constraint organisations_deleted_when_asked check (deleted_at is null or deletion_asked_at is not null);
create index organisations_in_order on organisations (created_at desc, id desc);
create index organisations_ending on organisations (id) where deletion_asked_at is not null and deleted_at is null;

create table invitations (
  org_id text not null references organisations (id),
  id text not null,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'manager', 'user')),
  language text not null check (language in ('en', 'fr')),
  -- Of the link that was mailed last; the links before it open nothing.
  token_hash text not null unique,
  invited_by text not null references users (id),
  created_at timestamptz not null,
  sent_at timestamptz not null,
  mails integer not null default 1,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by text references users (id),
  revoked_at timestamptz,
  primary key (org_id, id),
  check ((accepted_at is null) = (accepted_by is null)),
  check (accepted_at is null or revoked_at is null)
);
create unique index invitations_open on invitations (org_id, lower(email))
  where accepted_at is null and revoked_at is null;
create index invitations_in_order on invitations (org_id, created_at desc, id desc);

create table projects (
  org_id text not null references organisations (id),
  id text not null,
  slug text not null check (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
  name text not null,
  created_by text not null,
  created_at timestamptz not null,
  archived_at timestamptz,
  primary key (org_id, id),
  unique (org_id, slug)
);

-- Null is no project. The organisation is part of the reference, so nothing can name a project of another.
alter table deployments
  add column project_id text,
  add constraint deployments_project foreign key (org_id, project_id) references projects (org_id, id);
alter table api_keys
  add column project_id text,
  add constraint api_keys_project foreign key (org_id, project_id) references projects (org_id, id);
create index deployments_by_project on deployments (org_id, project_id) where project_id is not null;

-- The project of the key at the moment of use. No reference: a record of use is never refused.
alter table usage_ledger add column project_id text;
alter table usage_hourly
  add column project_id text not null default '',
  drop constraint usage_hourly_pkey,
  add primary key (org_id, hour, model_id, api_key_id, project_id);

-- An organisation that has members has an owner. Commands refuse first, with a sentence; this is for two at once and
-- for whoever forgets.
create function guard_last_owner() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
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
end $$;
create constraint trigger memberships_last_owner after update or delete on memberships
  deferrable initially deferred for each row execute function guard_last_owner();

-- Nothing new begins in an organisation that is being deleted. The lock makes the end wait for what is under way.
create function guard_living_organisation() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare
  asked_at timestamptz;
begin
  select deletion_asked_at into asked_at from organisations where id = new.org_id for key share;
  if asked_at is not null then
    raise exception 'the organisation % is being deleted', new.org_id
      using errcode = 'check_violation', constraint = 'organisation_is_living';
  end if;
  return new;
end $$;
create trigger deployments_living before insert on deployments
  for each row execute function guard_living_organisation();
create trigger api_keys_living before insert on api_keys
  for each row execute function guard_living_organisation();
create trigger memberships_living before insert on memberships
  for each row execute function guard_living_organisation();
create trigger invitations_living before insert on invitations
  for each row execute function guard_living_organisation();
create trigger projects_living before insert on projects
  for each row execute function guard_living_organisation();
create trigger provider_accounts_living before insert on provider_accounts
  for each row execute function guard_living_organisation();

-- Rows are seen by who acts for their organisation (`app.rows` is its id) or for the whole installation (`*`); without
-- a declaration by nobody. The selects ask the setting once per statement and not per row; the case keeps the planner
-- from taking the condition for a filter that drops most rows, which would cost lists their ordered indexes.
create function protect_rows(table_name text, org_column text default 'org_id') returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format(
    'create policy rows_of_organisation on %I using (case (select current_setting(''app.rows'', true))
       when ''*'' then true else %I = (select current_setting(''app.rows'', true)) end)',
    table_name, org_column);
end $$;
revoke execute on function protect_rows(text, text) from public;

-- Left out: jobs and events, which every process reads whole and which hold ids only; findings of the sweep, which
-- are the installation's.
select protect_rows('organisations', 'id');
-- What organisations are called is no secret of theirs: offers and contracts name the other side.
create policy names_are_seen on organisations for select using (true);
select protect_rows(name) from unnest(array[
  'action_log', 'alerts', 'api_keys', 'batch_items', 'batches', 'cost_events', 'cost_intervals', 'deployments',
  'file_chunks', 'files', 'idempotency_keys', 'instance_log_heads', 'instance_logs', 'instance_offers',
  'instance_reinstalls', 'instance_samples', 'instance_samples_1h', 'instance_samples_5m', 'instance_state_history',
  'instance_steps', 'instance_usage_1h', 'instance_usage_5m', 'instance_volumes', 'instances', 'invitations',
  'memberships', 'projects', 'provider_accounts', 'provision_attempts', 'request_log', 'sessions', 'usage_hourly',
  'usage_ledger', 'workers']) as t (name);
