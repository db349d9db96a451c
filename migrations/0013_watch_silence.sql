-- Silence of workers is found by one look at all of them, not by a look at each.

-- When its silence was last told to the reconciler. In no index, so that beats stay cheap.
alter table workers add column silence_told_at timestamptz;
