-- The workbench: conversations that are kept, their folders ("projects"), system prompts, and what an organisation
-- lays down for all of them. What an answer took and cost is copied from the ledger: it stays when that expires.

create table workbench_projects (
  org_id text not null references organisations (id),
  id text not null unique,
  owner_id text not null,
  name text not null,
  sharing text not null check (sharing in ('private', 'organisation')),
  -- The project of the organisation that it belongs to.
  project_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  owner_left_at timestamptz,
  primary key (org_id, id),
  foreign key (org_id, project_id) references projects (org_id, id)
);
create index workbench_projects_in_order on workbench_projects (org_id, owner_id, id);

create table workbench_prompts (
  org_id text not null references organisations (id),
  id text not null unique,
  -- Null: the organisation's own.
  owner_id text,
  name text not null,
  latest_version integer not null,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  owner_left_at timestamptz,
  primary key (org_id, id)
);
create index workbench_prompts_in_order on workbench_prompts (org_id, owner_id, id);

create table workbench_prompt_versions (
  org_id text not null,
  prompt_id text not null,
  version integer not null,
  content text not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, prompt_id, version),
  foreign key (org_id, prompt_id) references workbench_prompts (org_id, id) on delete cascade
);

-- A version says what was said then.
create function keep_prompt_version() returns trigger language plpgsql as $$
begin
  raise exception 'versions of prompts are never changed' using errcode = 'restrict_violation';
end $$;
create trigger workbench_prompt_versions_keep before update on workbench_prompt_versions
  for each row execute function keep_prompt_version();

create table workbench_defaults (
  org_id text primary key references organisations (id),
  prompt_id text,
  -- Null: as the installation's setting says.
  retention_days integer check (retention_days between 1 and 36500),
  changed_by text not null,
  changed_at timestamptz not null,
  foreign key (org_id, prompt_id) references workbench_prompts (org_id, id) on delete set null (prompt_id)
);

create table workbench_conversations (
  org_id text not null references organisations (id),
  id text not null unique,
  owner_id text not null,
  project_id text,
  title text not null,
  -- Words of the title, to be found by.
  words tsvector not null,
  sharing text not null check (sharing in ('private', 'link', 'organisation')),
  -- What a link names: to know the conversation's own id opens nothing.
  link_id text unique,
  models text[] not null check (cardinality(models) <= 4),
  system_prompt text not null,
  -- The prompt that it was taken from, as it was then.
  prompt_id text,
  prompt_version integer,
  parameters jsonb not null,
  messages integer not null default 0,
  turns integer not null default 0,
  bytes bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  owner_left_at timestamptz,
  primary key (org_id, id),
  check ((link_id is not null) = (sharing = 'link')),
  foreign key (org_id, project_id) references workbench_projects (org_id, id) on delete set null (project_id)
);
create index workbench_conversations_of_owner on workbench_conversations (org_id, owner_id, updated_at desc, id desc);
create index workbench_conversations_shared on workbench_conversations (org_id, updated_at desc, id desc)
  where sharing = 'organisation';
create index workbench_conversations_by_project on workbench_conversations (org_id, project_id);
create index workbench_conversations_by_age on workbench_conversations (updated_at, id);

create table workbench_messages (
  org_id text not null,
  conversation_id text not null,
  position integer not null,
  id text not null unique,
  -- A question and its answers side by side share a turn; of one place in it the last answer counts.
  turn integer not null,
  place integer not null check (place between 0 and 3),
  role text not null check (role in ('user', 'assistant')),
  content text not null,
  words tsvector not null,
  model text,
  parameters jsonb,
  status text not null check (status in ('done', 'stopped', 'failed')),
  finish_reason text,
  error_code text,
  -- The request at the gateway that gave the answer, and who made it.
  request_id text,
  asked_by text not null,
  -- Null: there is nothing to be told of it.
  figures text check (figures in ('pending', 'known', 'unknown')),
  model_id text,
  outcome text,
  ttft_ms double precision,
  total_ms double precision,
  prompt_tokens integer,
  completion_tokens integer,
  cached_tokens integer,
  -- Null: it has no price.
  cost_micros bigint,
  created_at timestamptz not null,
  primary key (org_id, conversation_id, position),
  check ((figures = 'pending') <= (request_id is not null)),
  foreign key (org_id, conversation_id) references workbench_conversations (org_id, id) on delete cascade
);
-- A request is shown, and counted, under one answer.
create unique index workbench_messages_request on workbench_messages (org_id, asked_by, request_id)
  where request_id is not null;
create index workbench_messages_pending on workbench_messages (created_at, id) where figures = 'pending';

select protect_rows(name) from unnest(array[
  'workbench_conversations', 'workbench_defaults', 'workbench_messages', 'workbench_projects',
  'workbench_prompt_versions', 'workbench_prompts']) as t (name);
