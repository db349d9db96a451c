-- Master keys that sealed something, credentials of accounts that are tried before they replace the former ones, what
-- an inspection of an account found, and settings of single organisations.

-- Known by a fingerprint that tells nothing about them.
create table master_keys (
  id text primary key,
  number integer generated always as identity,
  made_at timestamptz not null,
  -- Nothing is sealed with it from then on, and nothing was.
  retired_at timestamptz
);
insert into master_keys (id, made_at)
  select id, app_now() from (
    select key_id as id from provider_accounts union select key_id from user_totp
    union select secret_key_id from webhook_endpoints where removed_at is null
    union select split_part(content, '.', 2) from mails) as used
  where id ~ '^[0-9a-f]{16}$' order by id;

-- Before each write of a sealed text; its arguments are the columns. The lock makes whoever retires a key wait for
-- those who have just sealed with it, so that its last text is known.
create function guard_sealed() returns trigger
  language plpgsql security definer set search_path = public, pg_temp
as $$
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
end $$;

-- Which key sealed a text is read from the text itself, so the two cannot differ.
alter table mails add column key_id text generated always as (split_part(content, '.', 2)) stored;
alter table user_totp drop column key_id,
  add column key_id text generated always as (split_part(secret, '.', 2)) stored;
alter table webhook_endpoints drop column secret_key_id,
  add column secret_key_id text generated always as (split_part(secret, '.', 2)) stored,
  add column former_key_id text generated always as (split_part(former_secret, '.', 2)) stored;
alter table provider_accounts drop column key_id,
  add column key_id text generated always as (split_part(credential, '.', 2)) stored;

alter table provider_accounts
  -- Tried at the provider before it replaces the present one; gone when it did, or was refused.
  add column next_credential text,
  add column next_key_id text generated always as (split_part(next_credential, '.', 2)) stored,
  add column rotation_state text check (rotation_state in ('testing', 'refused', 'done')),
  -- Why it was refused.
  add column rotation_error text,
  add column rotation_message text,
  add column rotation_at timestamptz,
  -- Until then a call that began before may still go out with the credential before this one.
  add column former_until timestamptz,
  -- What the last check saw of the account.
  add column inspection jsonb,
  add check ((next_credential is not null) = (rotation_state is not distinct from 'testing'));

create trigger provider_accounts_sealed before insert or update on provider_accounts
  for each row execute function guard_sealed('credential', 'next_credential');
create trigger user_totp_sealed before insert or update on user_totp
  for each row execute function guard_sealed('secret');
create trigger mails_sealed before insert or update on mails
  for each row execute function guard_sealed('content');
create trigger webhook_endpoints_sealed before insert or update on webhook_endpoints
  for each row execute function guard_sealed('secret', 'former_secret');

-- As in settings, of one organisation: stronger than what holds for everybody.
create table organisation_settings (
  org_id text not null references organisations (id),
  name text not null,
  provider_id text not null default '',
  value jsonb not null,
  updated_by text not null,
  updated_at timestamptz not null,
  primary key (org_id, name, provider_id)
);

create table organisation_setting_changes (
  org_id text not null references organisations (id),
  seq bigint generated always as identity,
  name text not null,
  provider_id text not null,
  old_value jsonb,
  new_value jsonb,
  actor text not null,
  correlation_id text not null,
  at timestamptz not null,
  primary key (org_id, seq)
);
create index organisation_setting_changes_by_name on organisation_setting_changes (org_id, name, seq desc);
create trigger organisation_setting_changes_append_only before update or delete on organisation_setting_changes
  for each row execute function guard_setting_changes();

select protect_rows(name) from unnest(array['organisation_setting_changes', 'organisation_settings']) as t (name);
