-- A kept volume can be given to a new instance. Its row stays with the instance that it was made for, which bears its
-- cost; `used_by` names the newest instance that it was given to, and counts while that one has not ended.
alter table instance_volumes
  add column used_by text,
  add constraint instance_volumes_used_by foreign key (org_id, used_by) references instances (org_id, id);

create index instance_volumes_used_by_idx on instance_volumes (used_by) where used_by is not null;
