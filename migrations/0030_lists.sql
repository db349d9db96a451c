-- Lists that are searched, sorted and counted by the server: what each of their orders and filters reads.
--
-- An order is answered by an index on the organisation, the sort key and the id. A filter is counted from an index on
-- the organisation and the field, without looking at the rows. Operators of row-level security's conditions come first,
-- so only comparisons may be index conditions: a beginning of a text is found as a range in the order of its bytes.

-- Keys. Their state follows from the time and from their person, so its parts are what is indexed.
alter table api_keys add column name_folded text not null generated always as (lower(name)) stored;
create index api_keys_by_name on api_keys (org_id, name_folded, id);
create index api_keys_by_use on api_keys (org_id, coalesce(last_used_at, timestamptz '1970-01-01 00:00:00+00'), id);
create index api_keys_by_user on api_keys (org_id, user_id, created_at desc, id desc) where owner_kind = 'user';
create index api_keys_of_organisation on api_keys (org_id, created_at desc, id desc) where owner_kind = 'organisation';
create index api_keys_by_project on api_keys (org_id, project_id, created_at desc, id desc) where project_id is not null;
create index api_keys_revoked on api_keys (org_id, created_at desc, id desc) where revoked_at is not null;
create index api_keys_expiring on api_keys (org_id, expires_at) where expires_at is not null and revoked_at is null;
create index api_keys_living on api_keys (org_id, created_at desc, id desc)
  include (expires_at, is_enabled, owner_kind, user_id) where revoked_at is null;

create index instances_by_name on instances (org_id, lower(name), id);
create index instances_by_state on instances (org_id, state, created_at desc, id desc);

create index action_log_in_order on action_log (org_id, at desc, id desc);
create index action_log_by_code on action_log (org_id, code, at desc, id desc);
create index action_log_by_status on action_log (org_id, status, at desc, id desc);
create index action_log_by_component on action_log (org_id, component, at desc, id desc);
create index action_log_by_error on action_log (org_id, error_code collate "C", at desc, id desc) where error_code is not null;
create index action_log_by_duration on action_log (org_id, coalesce(duration_ms, -1), id);

create index audit_log_by_time on audit_log (org_id, at desc, seq desc);
create index audit_log_by_action on audit_log (org_id, action collate "C", at desc, seq desc);
create index audit_log_by_actor on audit_log (org_id, actor_id, at desc, seq desc);
create index audit_log_by_actor_name on audit_log (org_id, actor_name, at desc, seq desc);
create index audit_log_by_subject_kind on audit_log (org_id, subject_kind, at desc, seq desc);
create index audit_log_by_outcome on audit_log (org_id, outcome, at desc, seq desc);
create index audit_log_by_correlation on audit_log (correlation_id);
create index audit_log_by_request on audit_log (request_id);

-- The two that gateways write on every request: many rows have the same value, so these indexes hold it once.
create index request_log_by_key on request_log (org_id, api_key_id);
create index request_log_by_user on request_log (org_id, user_id);
create index request_log_by_instance on request_log (org_id, instance_id);
create index request_log_by_model on request_log (org_id, model_id);
create index request_log_by_model_name on request_log (org_id, model);
create index request_log_by_status on request_log (org_id, status);
create index request_log_by_endpoint on request_log (org_id, endpoint);
create index request_log_by_error on request_log (org_id, error_code collate "C") where error_code is not null;
create index request_log_by_correlation on request_log (org_id, correlation_id collate "C") where correlation_id is not null;
create index request_log_by_duration on request_log (org_id, duration_ms, request_id);
create index request_log_by_tokens on request_log (org_id, (prompt_tokens + completion_tokens), request_id);

create index usage_ledger_by_key on usage_ledger (org_id, api_key_id);
create index usage_ledger_by_user on usage_ledger (org_id, user_id);
create index usage_ledger_by_model on usage_ledger (org_id, model_id);
create index usage_ledger_by_project on usage_ledger (org_id, project_id);
create index usage_ledger_by_outcome on usage_ledger (org_id, outcome);
create index usage_ledger_by_tokens on usage_ledger (org_id, (prompt_tokens + completion_tokens), request_id);
