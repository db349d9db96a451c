-- Values that replace the environment's without a restart, and the accounts on providers that organisations bring.

create table settings (
  name text not null,
  -- Empty: for everything; else for one provider.
  provider_id text not null default '',
  value jsonb not null,
  updated_by text not null,
  updated_at timestamptz not null,
  primary key (name, provider_id)
);

-- Every change that ever was; null is "no value of its own".
create table setting_changes (
  seq bigint generated always as identity primary key,
  name text not null,
  provider_id text not null,
  old_value jsonb,
  new_value jsonb,
  actor text not null,
  correlation_id text not null,
  at timestamptz not null
);
create index setting_changes_by_name on setting_changes (name, seq desc);

create function guard_setting_changes() returns trigger
  language plpgsql as $$
begin
  raise exception 'changes of settings are append-only' using errcode = 'check_violation';
end $$;
create trigger setting_changes_append_only before update or delete on setting_changes
  for each row execute function guard_setting_changes();

create table provider_accounts (
  org_id text not null references organisations (id),
  id text not null,
  provider_id text not null,
  name text not null,
  -- Sealed under the master key, bound to this row; gone when the account is removed.
  credential text,
  -- Which master key sealed it, so that a wrong one is noticed before anything is opened.
  key_id text,
  -- One up with each new credential.
  version integer not null default 1,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Checks that were asked for, and the last of them that was made: it is under way while they differ.
  checks_asked integer not null default 0,
  checks_done integer not null default 0,
  checked_at timestamptz,
  -- The version that was checked, and what came of it.
  checked_version integer,
  check_error text,
  check_message text,
  removed_at timestamptz,
  primary key (org_id, id),
  unique (id),
  check ((credential is null) = (removed_at is not null)),
  check ((credential is null) = (key_id is null))
);
create unique index provider_accounts_name on provider_accounts (org_id, provider_id, name) where removed_at is null;
create index provider_accounts_live on provider_accounts (provider_id, id) where removed_at is null;

-- Null: the installation's own credentials.
alter table instances
  add column account_id text,
  add foreign key (org_id, account_id) references provider_accounts (org_id, id);
create index instances_by_account on instances (org_id, account_id) where account_id is not null;
