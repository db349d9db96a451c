-- Models of organisations beside those of the installation, what their configurations say, and whose word the facts of
-- the catalogue are.

alter table models
  -- Null is a model of the whole installation, which every organisation sees.
  add column org_id text references organisations (id),
  -- What decides where it can be served (src/contracts/model-shape.ts); null is unknown.
  add column shape jsonb,
  -- `config.json` as it was posted.
  add column config jsonb,
  add column origin text not null default 'seed' check (origin in ('seed', 'person')),
  -- Raised by each change; the audit log says what changed.
  add column version integer not null default 1,
  add column created_by text,
  add column created_at timestamptz,
  drop constraint models_hf_id_key,
  add constraint models_name unique nulls not distinct (org_id, hf_id);

select protect_rows('models');
create policy models_of_all_are_seen on models for select using (org_id is null);
create trigger models_living before insert on models
  for each row execute function guard_living_organisation();

-- `edited_at` still says that a person changed a row, which seeds and synchronisation leave alone then.
alter table zones add column origin text not null default 'seed' check (origin in ('seed', 'provider', 'person'));
alter table instance_types
  add column origin text not null default 'seed' check (origin in ('seed', 'provider', 'person'));
alter table offers add column origin text not null default 'seed' check (origin in ('seed', 'provider', 'person'));
update offers set origin = 'provider' where price_source like '%''s own list';
update instance_types t set origin = 'provider'
where exists (select from offers o where o.instance_type_id = t.id and o.origin = 'provider');
update zones z set origin = 'provider'
where exists (
  select from offers o where o.provider_id = z.provider_id and o.zone = z.code and o.origin = 'provider');
update models set origin = 'person' where edited_at is not null;
update offers set origin = 'person' where edited_at is not null;
update instance_types set origin = 'person' where edited_at is not null;
update zones set origin = 'person' where edited_at is not null;
