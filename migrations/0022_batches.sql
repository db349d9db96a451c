-- Files that clients leave with us, and batches: many requests in one file, worked off when there is room.

create table files (
  org_id text not null references organisations (id),
  id text not null unique,
  -- `writing` until its last chunk is there: nobody sees it before.
  state text not null check (state in ('writing', 'ready')),
  purpose text not null,
  filename text not null,
  bytes bigint not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (org_id, id)
);
create index files_by_end on files (expires_at, id);

create table file_chunks (
  org_id text not null,
  file_id text not null,
  -- All chunks of a file but its last have the same size.
  position integer not null,
  data bytea not null,
  primary key (org_id, file_id, position),
  foreign key (org_id, file_id) references files (org_id, id) on delete cascade
);
-- Parts of a chunk are read without the rest of it.
alter table file_chunks alter column data set storage external;

create table batches (
  org_id text not null references organisations (id),
  id text not null unique,
  -- Every line is its request: within its limits, on its account.
  api_key_id text not null,
  status text not null check (status in
    ('validating', 'in_progress', 'finalizing', 'completed', 'failed', 'expired', 'cancelling', 'cancelled')),
  -- What it becomes when its files are written.
  ending text check (ending in ('completed', 'failed', 'expired', 'cancelled')),
  endpoint text not null,
  completion_window text not null,
  input_file_id text not null,
  output_file_id text,
  error_file_id text,
  output_seconds integer,
  metadata jsonb,
  errors jsonb,
  total integer not null default 0,
  completed integer not null default 0,
  failed integer not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  in_progress_at timestamptz,
  finalizing_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  expired_at timestamptz,
  cancelling_at timestamptz,
  cancelled_at timestamptz,
  primary key (org_id, id)
);
create index batches_open on batches (org_id, input_file_id)
  where status in ('validating', 'in_progress', 'finalizing', 'cancelling');

-- The lines of a batch that is not over; then they are in its files.
create table batch_items (
  org_id text not null,
  batch_id text not null,
  line integer not null,
  custom_id text not null,
  -- Where the body of the request stands in the input file.
  body_from bigint not null,
  body_bytes integer not null,
  -- Failed tries whose answers were recorded: each has a request id of its own.
  tries integer not null default 0,
  state text not null default 'pending' check (state in ('pending', 'done', 'failed')),
  -- Its line of the output, or of the errors.
  result bytea,
  primary key (org_id, batch_id, line),
  foreign key (org_id, batch_id) references batches (org_id, id) on delete cascade
);
create index batch_items_pending on batch_items (org_id, batch_id, line) where state = 'pending';
