-- Machines that nobody can dial: a token that is pasted there enrols them, and from then on their agent asks for work.

alter table hosts add column reached_by text not null default 'ssh' check (reached_by in ('ssh', 'agent')),
  -- Of the agent's own token; only its hash is known.
  add column agent_token_hash text unique,
  -- Of the agent's program, as it told it last.
  add column agent_sha256 text,
  add column agent_seen_at timestamptz,
  -- From where it asked last.
  add column agent_address text,
  alter column address drop not null, alter column port drop not null, alter column username drop not null,
  alter column credential_kind drop not null,
  add constraint hosts_way check (case reached_by
    when 'ssh' then address is not null and port is not null and username is not null and credential_kind is not null
    else address is null and credential is null and agent_token_hash is not null end);

-- How often the agent was told to install, and which of these it has done. Machines reached by SSH leave both at 0.
alter table host_claims add column installs_asked integer not null default 0,
  add column installs_done integer not null default 0;

-- A token that enrols one machine, once, within a short time.
create table host_enrolments (
  org_id text not null references organisations (id),
  id text primary key,
  -- What the machine is to be called; null: as it calls itself.
  name text,
  nanos_per_hour bigint check (nanos_per_hour >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  token_hash text not null unique,
  created_by text not null,
  created_by_name text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  -- Of the machine's own secret: an exchange whose answer was lost is repeated with it.
  nonce_hash text,
  host_id text,
  revoked_at timestamptz,
  check ((nanos_per_hour is null) = (currency is null)),
  check ((used_at is null) = (host_id is null) and (used_at is null) = (nonce_hash is null)),
  foreign key (org_id, host_id) references hosts (org_id, id)
);
create index host_enrolments_of on host_enrolments (org_id, created_at desc);

select protect_rows('host_enrolments');
