-- What happened, kept: business events for those who are told by webhook, the log of who changed what, and webhooks.

-- A repeated create answers with the headers of the first one too.
alter table idempotency_keys add column headers jsonb not null default '{}';

-- Facts that others act on, written in the transaction of the fact. A position is given later, by one reader at a
-- time, to rows that are committed: who reads by position misses none, however long its transaction ran.
create table business_events (
  seq bigint generated always as identity primary key,
  position bigint unique,
  org_id text not null,
  id text not null unique,
  type text not null,
  subject_id text not null,
  data jsonb not null,
  at timestamptz not null
);
create index business_events_new on business_events (seq) where position is null;
create index business_events_by_age on business_events (at, seq);

-- The id is made of the row itself, so that recording needs nothing but a transaction: with the time in it, it does
-- not come again when a database is restored and its sequences with it.
create function number_business_event() returns trigger language plpgsql as $$
begin
  new.position := null;
  new.id := 'evt_' || substr(encode(sha256(convert_to(concat_ws('|', new.seq, extract(epoch from new.at),
    new.org_id, new.type, new.subject_id, new.data::text), 'UTF8')), 'hex'), 1, 26);
  return new;
end $$;
create trigger business_events_number before insert on business_events
  for each row execute function number_business_event();

create function keep_business_event() returns trigger language plpgsql as $$
begin
  if old.position is null and new.position is not null
     and (to_jsonb(old) - 'position') = (to_jsonb(new) - 'position') then return new; end if;
  raise exception 'business events are never changed' using errcode = 'restrict_violation';
end $$;
create trigger business_events_keep before update on business_events
  for each row execute function keep_business_event();

-- How far each reader is, and the last position that was given (`positions`).
create table event_cursors (
  reader text primary key,
  position bigint not null,
  moved_at timestamptz not null
);

create table audit_log (
  seq bigint generated always as identity primary key,
  id text not null unique,
  -- Null: the whole installation's affairs.
  org_id text,
  at timestamptz not null,
  outcome text not null check (outcome in ('done', 'denied')),
  actor_kind text not null,
  actor_id text,
  -- As it was called then.
  actor_name text,
  -- The name of the route.
  action text not null,
  subject_kind text not null,
  subject_id text,
  before jsonb,
  after jsonb,
  ip text,
  user_agent text,
  request_id text not null,
  correlation_id text not null
);
create index audit_log_in_order on audit_log (org_id, seq desc);
create index audit_log_by_age on audit_log (at, seq);
create index audit_log_by_subject on audit_log (subject_id, seq desc);

-- Who owns the tables can always empty them; nobody does it by mistake.
create function keep_audit_log() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' and current_setting('app.audit_log_expires', true) = 'on' then return old; end if;
  raise exception 'the audit log is never changed' using errcode = 'restrict_violation';
end $$;
create trigger audit_log_keep before update or delete on audit_log
  for each row execute function keep_audit_log();
create trigger audit_log_keep_all before truncate on audit_log
  for each statement execute function keep_audit_log();

-- The only way out, for what is older than a month at least; gives how many it removed.
create function expire_audit_log(before_at timestamptz, at_most integer) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare gone integer;
begin
  perform set_config('app.audit_log_expires', 'on', true);
  delete from audit_log where seq in (
    select seq from audit_log where at < least(before_at, app_now() - interval '30 days')
    order by at, seq limit at_most);
  get diagnostics gone = row_count;
  perform set_config('app.audit_log_expires', '', true);
  return gone;
end $$;
revoke execute on function expire_audit_log(timestamptz, integer) from public;

create table webhook_endpoints (
  org_id text not null references organisations (id),
  id text not null unique,
  url text not null,
  description text not null,
  -- Empty: all of them.
  event_types text[] not null,
  is_enabled boolean not null,
  -- Why it is off, where nobody asked for that.
  disabled_because text check (disabled_because in ('failing', 'gone')),
  secret text not null,
  secret_key_id text not null,
  -- Signs too, until then.
  former_secret text,
  former_until timestamptz,
  -- Since when nothing has arrived.
  failing_since timestamptz,
  failures_in_a_row integer not null default 0,
  paused_until timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  removed_at timestamptz,
  primary key (org_id, id),
  check ((former_secret is null) = (former_until is null))
);

create table webhook_deliveries (
  org_id text not null,
  id text not null unique,
  endpoint_id text not null,
  event_id text not null,
  event_type text not null,
  -- What is signed and sent, byte for byte the same at each attempt.
  body text not null,
  state text not null check (state in ('pending', 'delivered', 'failed')),
  -- Attempts since it was made or sent again; all of them are in webhook_attempts.
  attempts integer not null default 0,
  due_at timestamptz not null,
  -- Given up then.
  until_at timestamptz not null,
  last_status integer,
  last_error text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (org_id, id),
  unique (endpoint_id, event_id),
  foreign key (org_id, endpoint_id) references webhook_endpoints (org_id, id)
);
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, due_at, id) where state = 'pending';
create index webhook_deliveries_in_order on webhook_deliveries (org_id, endpoint_id, id desc);
create index webhook_deliveries_by_age on webhook_deliveries (created_at, id);

create table webhook_attempts (
  org_id text not null,
  delivery_id text not null,
  number integer not null,
  at timestamptz not null,
  duration_ms integer not null,
  status integer,
  error text,
  -- The beginning of the answer.
  answer text,
  primary key (org_id, delivery_id, number),
  foreign key (org_id, delivery_id) references webhook_deliveries (org_id, id) on delete cascade
);

select protect_rows(name) from unnest(array[
  'audit_log', 'business_events', 'webhook_attempts', 'webhook_deliveries', 'webhook_endpoints']) as t (name);
