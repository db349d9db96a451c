-- People: their accounts, how they sign in, their personal workspaces, and the mails that are sent to them.

alter table users add column language text not null default 'en' check (language in ('en', 'fr'));
-- Null: signs in with a provider of identities, or has not used the link of the first mail yet.
alter table users alter column password_hash drop not null;

-- A personal workspace belongs to one person: nobody else joins, its owner stays, and it stays.
alter table organisations add column kind text not null default 'team' check (kind in ('team', 'personal'));
alter table organisations add column personal_user_id text unique references users (id);
alter table organisations add constraint organisations_personal
  check ((kind = 'personal') = (personal_user_id is not null));

-- A membership that a provider of identities gave is changed and taken away by it; others are left alone.
alter table memberships add column managed_by text check (managed_by = 'oidc');

create function guard_personal_workspace() returns trigger language plpgsql as $$
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
end $$;
create trigger personal_workspace_stays before update or delete on organisations
  for each row execute function guard_personal_workspace();
create trigger personal_workspace_is_closed before insert or update or delete on memberships
  for each row execute function guard_personal_workspace();

alter table sessions add column address text;
-- Unused for as long as this, it ends. Null: began before there was such a limit.
alter table sessions add column idle_ms bigint check (idle_ms > 0);
alter table sessions add column method text not null default 'password' check (method in ('password', 'oidc'));
create index sessions_by_end on sessions (expires_at, id);

-- Links that were mailed: hashes only, used once.
create table account_links (
  id text primary key,
  user_id text not null references users (id),
  purpose text not null check (purpose in ('set_password', 'reset_password', 'confirm_email')),
  token_hash text not null unique,
  -- The address that is confirmed by opening the link.
  email text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  check ((purpose = 'confirm_email') = (email is not null))
);
create index account_links_by_user on account_links (user_id, purpose);
create index account_links_by_end on account_links (expires_at, id);

-- Failed tries by what was tried and from where; the keys are hashes, so no login of a stranger is kept.
create table login_failures (
  key text primary key,
  count integer not null,
  last_at timestamptz not null
);
create index login_failures_by_age on login_failures (last_at, key);

-- One-time codes: the secret is sealed; a code is taken once, and never one older than the last.
create table user_totp (
  user_id text primary key references users (id),
  secret text not null,
  key_id text not null,
  confirmed_at timestamptz,
  last_step bigint,
  created_at timestamptz not null
);
create table user_recovery_codes (
  user_id text not null references users (id),
  code_hash text not null,
  used_at timestamptz,
  primary key (user_id, code_hash)
);

-- Who somebody is at a provider of identities. The subject is what stays; e-mail addresses wander.
create table user_identities (
  issuer text not null,
  subject text not null,
  user_id text not null references users (id),
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  primary key (issuer, subject)
);
create index user_identities_by_user on user_identities (user_id);

-- What was done to accounts, by whom. Rows are added, never changed.
create table account_log (
  id text primary key,
  user_id text not null references users (id),
  actor text not null,
  action text not null,
  details jsonb not null default '{}',
  correlation_id text not null,
  at timestamptz not null
);
create index account_log_by_user on account_log (user_id, id desc);

-- Mails that wait, were sent, or could not be. What is in them is sealed while they wait and gone afterwards.
create table mails (
  id text primary key,
  recipient text not null,
  template text not null,
  language text not null check (language in ('en', 'fr')),
  content text,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'waiting') = (content is not null)),
  check ((state = 'waiting') = (ended_at is null))
);
create index mails_by_age on mails (created_at, id);
