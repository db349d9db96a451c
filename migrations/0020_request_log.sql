-- One row per request that somebody of ours made at the gateway, refusals included: for looking things up. What is
-- billed is the ledger. Bodies are not kept.

create or replace function partition_step(parent text) returns interval
  language sql immutable
  return case parent
    when 'instance_samples' then interval '24 hours'
    when 'instance_samples_5m' then interval '168 hours'
    when 'instance_samples_1h' then interval '672 hours'
    when 'instance_logs' then interval '24 hours'
    when 'request_log' then interval '24 hours'
  end;

create table request_log (
  org_id text not null,
  request_id text not null,
  started_at timestamptz not null,
  duration_ms double precision not null,
  api_key_id text,
  user_id text,
  -- What the client called its request.
  correlation_id text,
  endpoint text not null,
  -- As the client named it; the id of ours that it turned out to be.
  model text,
  model_id text,
  instance_id text,
  status integer not null,
  -- Null for what was answered as asked.
  error_code text,
  -- As in the ledger; null for what was refused before it was admitted.
  outcome text,
  streamed boolean not null,
  prompt_tokens integer not null,
  completion_tokens integer not null,
  cached_tokens integer not null,
  queue_ms double precision,
  ttft_ms double precision,
  primary key (request_id, started_at)
) partition by range (started_at);
create index request_log_in_order on request_log (org_id, started_at desc, request_id desc);
create index request_log_failures on request_log (org_id, started_at desc, request_id desc) where status >= 400 or error_code is not null;

-- For the gateway, which may make partitions of this table and of no other.
create function ensure_request_log(from_at timestamptz, until_at timestamptz) returns integer
  language sql security definer set search_path = public, pg_temp
  return ensure_partitions('request_log', from_at, until_at);
revoke execute on function ensure_request_log(timestamptz, timestamptz) from public;
