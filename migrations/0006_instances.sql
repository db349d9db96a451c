-- What the orchestrator last learnt from the provider, so that the next run knows when to look again
-- and since when an absence has been seen.

alter table instances
  add column server_state text,
  add column server_looked_at timestamptz,
  -- First of the looks in a row that did not find the server.
  add column server_missing_since timestamptz;

-- The last accepted delete: absence proves the end only a visibility window after it.
alter table provision_attempts
  add column delete_called_at timestamptz;
alter table instance_volumes
  add column delete_called_at timestamptz;

create index instance_steps_by_time on instance_steps (step, completed_at);
