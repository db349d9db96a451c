-- What each instance served, summed in the statement that adds to the ledger, so that a month of it is few rows.
create table instance_usage_5m (
  org_id text not null references organisations (id),
  instance_id text not null,
  at timestamptz not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  primary key (org_id, instance_id, at)
);
-- Those past their retention are found by their age.
create index instance_usage_5m_by_age on instance_usage_5m (at);

create table instance_usage_1h (
  org_id text not null references organisations (id),
  instance_id text not null,
  at timestamptz not null,
  requests bigint not null,
  prompt_tokens bigint not null,
  completion_tokens bigint not null,
  primary key (org_id, instance_id, at)
);
create index instance_usage_1h_by_age on instance_usage_1h (at);

insert into instance_usage_5m
select org_id, instance_id, date_bin('5 minutes', started_at, '2001-01-01 00:00:00+00'), count(*),
       sum(prompt_tokens), sum(completion_tokens)
from usage_ledger where instance_id is not null group by 1, 2, 3;

insert into instance_usage_1h
select org_id, instance_id, date_bin('1 hour', at, '2001-01-01 00:00:00+00'), sum(requests),
       sum(prompt_tokens), sum(completion_tokens)
from instance_usage_5m group by 1, 2, 3;
