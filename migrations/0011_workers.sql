-- Identity of workers: tokens that are renewed with an overlap, tokens of workers that were replaced, and what tells
-- the memory of each api process that an identity changed. Heartbeats touch none of these columns.

alter table workers
  -- Given with a heartbeat's answer; both tokens work until this one is used.
  add column next_token_hash text unique,
  add column token_issued_at timestamptz,
  -- Tokens of workers that this one replaced, newest first: their owners are told so.
  add column retired_hashes text[] not null default '{}',
  add column identity_at timestamptz;
update workers set token_issued_at = registered_at where token_hash is not null;

create index workers_by_identity on workers (identity_at);

-- A row is written every few seconds and its indexes do not change: room on its page keeps the updates cheap, and
-- cleaning up early keeps the table small.
alter table workers set (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1,
  autovacuum_analyze_scale_factor = 0.5
);

-- A token of an epoch that ended is remembered, however it ended.
create function note_worker_identity() returns trigger
  language plpgsql as $$
begin
  new.identity_at := app_now();
  if new.epoch <> old.epoch or (old.token_hash is not null and new.token_hash is null) then
    new.retired_hashes := (array_remove(array[old.token_hash, old.next_token_hash], null) || old.retired_hashes)[1:8];
    new.next_token_hash := null;
  end if;
  perform pg_notify('inv_workers', new.instance_id);
  return new;
end $$;
create trigger workers_identity before update of token_hash, next_token_hash, epoch, revoked_at on workers
  for each row execute function note_worker_identity();

-- What a worker is told with its next heartbeat may have changed.
create function note_worker_order() returns trigger
  language plpgsql as $$
begin
  if new.wanted <> old.wanted or new.state <> old.state then
    perform pg_notify('inv_workers', new.id);
  end if;
  return null;
end $$;
create trigger instances_worker_order after update of wanted, state on instances
  for each row execute function note_worker_order();
