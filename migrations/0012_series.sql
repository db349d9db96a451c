-- What machines measured and what they logged, in partitions by time: old figures are dropped by the day, not deleted
-- by the row. Partitions are made by two functions, so that no process needs the right to change the schema.

-- How much time one partition holds; null for tables that are none of ours. Hours, because days change with clocks.
create function partition_step(parent text) returns interval
  language sql immutable
  return case parent
    when 'instance_samples' then interval '24 hours'
    when 'instance_samples_5m' then interval '168 hours'
    when 'instance_samples_1h' then interval '672 hours'
    when 'instance_logs' then interval '24 hours'
  end;

-- Makes what is missing from one moment to another. Attaching takes a lock that lets readers and writers pass.
create function ensure_partitions(parent text, from_at timestamptz, until_at timestamptz) returns integer
  language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  step interval := partition_step(parent);
  begins timestamptz;
  name text;
  made integer := 0;
begin
  if step is null then
    raise exception '% is not partitioned by time', parent;
  end if;
  if until_at > app_now() + step * 8 or until_at - from_at > step * 400 then
    raise exception 'no partitions of % from % until %', parent, from_at, until_at;
  end if;
  begins := date_bin(step, from_at, timestamptz '2001-01-01 00:00:00+00');
  while begins <= until_at loop
    name := parent || '_p' || to_char(begins at time zone 'UTC', 'YYYYMMDD');
    if to_regclass(name) is null then
      -- One at a time; and the catalogue is asked itself, because what was remembered may be from before the wait.
      execute format('lock table %I in share update exclusive mode', parent);
      if not exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then
        execute format('create table %I (like %I including constraints)', name, parent);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          parent, name, begins, begins + step);
        made := made + 1;
      end if;
    end if;
    begins := begins + step;
  end loop;
  return made;
end
$$;

-- Drops the partitions that end before a moment. One that is in use waits for the next call.
create function drop_partitions(parent text, older_than timestamptz) returns integer
  language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s'
as $$
declare
  step interval := partition_step(parent);
  name text;
  gone integer := 0;
begin
  if step is null or older_than > app_now() then
    raise exception 'no partitions of % are dropped before %', parent, older_than;
  end if;
  execute format('lock table %I in share update exclusive mode', parent);
  for name in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = to_regclass(parent)
      and (to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp at time zone 'UTC') + step <= older_than
    order by c.relname
  loop
    begin
      execute format('drop table %I', name);
      gone := gone + 1;
    exception when lock_not_available then
      return gone;
    end;
  end loop;
  return gone;
exception when lock_not_available then
  return 0;
end
$$;

revoke execute on function ensure_partitions(text, timestamptz, timestamptz) from public;
revoke execute on function drop_partitions(text, timestamptz) from public;

-- Sums and maxima of figures side by side; a figure that one of the two does not have is the other's.
create function add_figures(a double precision[], b double precision[]) returns double precision[]
  language sql immutable
  return (
    select coalesce(array_agg(coalesce(x + y, x, y) order by n), '{}')
    from unnest(a, b) with ordinality as f (x, y, n));

create function max_figures(a double precision[], b double precision[]) returns double precision[]
  language sql immutable
  return (
    select coalesce(array_agg(greatest(x, y) order by n), '{}')
    from unnest(a, b) with ordinality as f (x, y, n));

drop table instance_samples;

-- One row per machine and bucket of time. What each place of the arrays means is in src/instances/series/figures.ts.
create table instance_samples (
  org_id text not null,
  instance_id text not null,
  at timestamptz not null,
  last_at timestamptz not null,
  beats integer not null,
  counts double precision[] not null,
  sums double precision[] not null,
  maxima double precision[] not null,
  gpu_names jsonb not null,
  primary key (instance_id, at)
) partition by range (at);
-- For the roll-up, which reads one window of every machine.
create index instance_samples_by_time on instance_samples using brin (at);

create table instance_samples_5m (
  org_id text not null,
  instance_id text not null,
  at timestamptz not null,
  last_at timestamptz not null,
  beats integer not null,
  counts double precision[] not null,
  sums double precision[] not null,
  maxima double precision[] not null,
  gpu_names jsonb not null,
  primary key (instance_id, at)
) partition by range (at);
create index instance_samples_5m_by_time on instance_samples_5m using brin (at);

create table instance_samples_1h (
  org_id text not null,
  instance_id text not null,
  at timestamptz not null,
  last_at timestamptz not null,
  beats integer not null,
  counts double precision[] not null,
  sums double precision[] not null,
  maxima double precision[] not null,
  gpu_names jsonb not null,
  primary key (instance_id, at)
) partition by range (at);

-- Windows that got figures since they were last rolled up. Raised in the transaction that writes the figures, so
-- neither a late row nor a killed roll-up is forgotten.
create table series_marks (
  resolution text not null check (resolution in ('5m', '1h')),
  at timestamptz not null,
  marks bigint not null,
  primary key (resolution, at)
);

-- Lines of log in the order in which they came. Partitioned by our time, because a machine's clock may be wrong.
create table instance_logs (
  org_id text not null,
  instance_id text not null,
  -- Counted for each machine without a gap; pages are cut by it.
  line_no bigint not null,
  received_at timestamptz not null,
  epoch integer not null,
  source text not null check (source in ('agent', 'install', 'engine')),
  at timestamptz not null,
  level text not null check (level in ('debug', 'info', 'warn', 'error')),
  line text not null,
  primary key (instance_id, line_no, received_at)
) partition by range (received_at);

-- How far each machine's log has come: what is sent again is known by these numbers.
create table instance_log_heads (
  org_id text not null,
  instance_id text primary key,
  epoch integer not null,
  next_agent_seq bigint not null,
  next_install_seq bigint not null,
  next_line_no bigint not null,
  -- Of the lines that are kept, at most: expired partitions are not taken off until it matters.
  bytes bigint not null,
  foreign key (org_id, instance_id) references instances (org_id, id)
);

-- What one machine served, in time.
create index usage_ledger_by_instance on usage_ledger (org_id, instance_id, started_at)
  where instance_id is not null;
