-- What the engine of a worker told last: gateways correct their own counts by it. In no index, so that beats stay cheap.
alter table workers
  add column requests_running integer,
  add column requests_waiting integer,
  add column kv_cache_ratio real,
  add column kv_cache_tokens bigint;
