-- What a key may do, how much of it, and how much its whole organisation may. Null is no limit.

alter table api_keys
  add column scopes text[] not null default '{inference,models.read}'
    check (cardinality(scopes) > 0),
  -- Names as they were given; null is every model of the organisation.
  add column models text[] check (models is null or cardinality(models) > 0),
  add column is_enabled boolean not null default true,
  add column requests_per_minute bigint check (requests_per_minute > 0),
  add column tokens_per_minute bigint check (tokens_per_minute > 0),
  add column concurrent_requests bigint check (concurrent_requests > 0),
  add column priority_max text not null default 'normal'
    check (priority_max in ('batch', 'low', 'normal', 'high')),
  -- Requests wait for a model whose machines are on their way, without being asked to.
  add column waits_for_start boolean not null default false;

alter table organisations
  add column requests_per_minute bigint check (requests_per_minute > 0),
  add column tokens_per_minute bigint check (tokens_per_minute > 0),
  add column concurrent_requests bigint check (concurrent_requests > 0);
