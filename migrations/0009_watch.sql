-- What watches over machines: alerts, the life of the control plane, drains that stay, installations anew, and what
-- health checks have to remember between two runs.

-- One open row per cause and subject; it is closed when the cause ends, and stays as history.
create table alerts (
  id text primary key,
  -- Null: the affair of the whole installation.
  org_id text references organisations (id),
  code text not null,
  severity text not null check (severity in ('warning', 'critical')),
  subject_kind text not null,
  subject_id text not null,
  details jsonb not null default '{}',
  correlation_id text not null,
  opened_at timestamptz not null,
  last_seen_at timestamptz not null,
  closed_at timestamptz
);
create unique index alerts_open on alerts (code, subject_kind, subject_id) where closed_at is null;
create index alerts_in_order on alerts (org_id, id desc);
create index alerts_by_subject on alerts (subject_kind, subject_id) where closed_at is null;

-- One row that running orchestrators refresh: after a gap, silent workers are given time to speak again.
create table control_plane_life (
  is_only boolean primary key check (is_only),
  alive_at timestamptz not null,
  back_since timestamptz not null,
  -- The last time a process was so late that it may have missed what workers said.
  lagged_at timestamptz
);

alter table instances
  -- Intent: takes no requests, and its machine is kept.
  add column is_drained boolean not null default false,
  -- Starts of a server that had stopped by itself, since the machine was last ready.
  add column server_restarts integer not null default 0,
  add column server_restarted_at timestamptz,
  -- The last health check, and how many have failed in a row.
  add column health_at timestamptz,
  add column health_verdict text check (health_verdict in ('confirmed', 'contradicted', 'unreachable')),
  add column health_failures integer not null default 0;

-- A worker installed anew: one row per request, on one path at a time.
create table instance_reinstalls (
  org_id text not null,
  id text not null,
  instance_id text not null,
  is_automatic boolean not null,
  path text not null check (path in ('agent_order', 'user_data', 'replacement')),
  -- When this path was begun, and why the one before was left.
  path_at timestamptz not null,
  path_reason text,
  -- Whoever registers with a higher epoch is the worker that was installed.
  from_epoch integer not null,
  -- The agent took the order, or the server was rebooted with its new user data.
  ordered_at timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('installed', 'replaced', 'failed', 'cancelled')),
  replaced_by text,
  created_by text not null,
  correlation_id text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, instance_id) references instances (org_id, id)
);
create unique index instance_reinstalls_open on instance_reinstalls (instance_id) where ended_at is null;
create index instance_reinstalls_by_instance on instance_reinstalls (instance_id, created_at);
