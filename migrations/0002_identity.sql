-- Who may speak: organisations, people, sessions, API keys. Secrets are stored as hashes only.

create table organisations (
  id text primary key,
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
  name text not null,
  created_at timestamptz not null
);

create table users (
  id text primary key,
  username text not null,
  email text not null,
  password_hash text not null,
  is_platform_admin boolean not null default false,
  created_at timestamptz not null,
  disabled_at timestamptz
);
create unique index users_username on users (lower(username));
create unique index users_email on users (lower(email));

create table memberships (
  org_id text not null references organisations (id),
  user_id text not null references users (id),
  role text not null check (role in ('owner', 'admin', 'manager', 'user')),
  created_at timestamptz not null,
  primary key (org_id, user_id)
);
create index memberships_by_user on memberships (user_id);

create table sessions (
  id text primary key,
  token_hash text not null unique,
  user_id text not null references users (id),
  org_id text not null references organisations (id),
  user_agent text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index sessions_by_user on sessions (user_id);

create table api_keys (
  org_id text not null references organisations (id),
  id text not null,
  user_id text not null references users (id),
  name text not null,
  hint text not null,
  token_hash text not null unique,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (org_id, id)
);
create index api_keys_in_order on api_keys (org_id, created_at desc, id desc);
