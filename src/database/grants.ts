/**
 * What each process may do with each table: the least that its part needs. Every table is named here, also one that
 * only the owner touches, and a test compares with the schema, so a new table cannot be forgotten.
 *
 * A writer of a domain's table runs that domain's commands: the api for people and workers, the orchestrator for
 * jobs, the finops process for what was. The gateway reads what it routes by, and adds usage.
 */
import type { ProcessRole } from './roles.ts';

/** Table to privileges, in the words of GRANT. */
export type TableGrants = Readonly<Record<string, string>>;

const READ = 'select';
const ADD = 'select, insert';
const WRITE = 'select, insert, update';
const ALL = 'select, insert, update, delete';

const BY_TABLE: Readonly<Record<string, Readonly<Partial<Record<ProcessRole, string>>>>> = {
  installation: { api: READ, orchestrator: READ, finops: READ },
  jobs: { api: WRITE, orchestrator: ALL, gateway: WRITE, finops: ALL },
  events: { api: ADD, orchestrator: 'select, insert, delete', gateway: ADD, finops: ADD },
  business_events: {
    api: ADD,
    orchestrator: 'select, insert, update (position), delete',
    gateway: 'insert',
    finops: 'insert',
  },
  event_cursors: { orchestrator: WRITE },
  // Rows leave only through expire_audit_log.
  audit_log: { api: ADD },
  idempotency_keys: { api: ALL, orchestrator: 'select, delete' },

  // The orchestrator closes an organisation when the last of its machines is proven gone.
  organisations: {
    api: WRITE,
    orchestrator: 'select, update (deleted_at)',
    gateway: READ,
    finops: READ,
  },
  users: {
    api: WRITE,
    orchestrator: 'select (id, disabled_at, is_platform_admin)',
    gateway: 'select (id, disabled_at)',
    finops: 'select (id, is_platform_admin)',
  },
  memberships: { api: ALL, orchestrator: 'select, delete', gateway: READ },
  invitations: {
    api: WRITE,
    orchestrator: 'select (org_id, accepted_at, revoked_at), update (revoked_at)',
  },
  projects: { api: WRITE },
  sessions: {
    api: ALL,
    orchestrator: 'select (id, expires_at, revoked_at), delete',
    gateway: 'select (id, user_id, org_id, expires_at, revoked_at)',
  },
  account_links: { api: WRITE, orchestrator: 'select (id, expires_at), delete' },
  login_failures: { api: ALL, orchestrator: 'select (key, last_at), delete' },
  user_totp: { api: ALL, orchestrator: 'select (user_id, key_id)' },
  // Whoever rotates is the owner; the guards of sealed texts look with the owner's rights.
  master_keys: { api: READ, orchestrator: READ },
  user_recovery_codes: { api: ALL },
  user_identities: { api: ALL },
  account_log: { api: ADD },
  mails: { api: ADD, orchestrator: 'select, update, delete' },
  api_keys: {
    api: WRITE,
    orchestrator:
      'select (org_id, id, user_id, owner_kind, scopes, priority_max, is_enabled, expires_at, revoked_at), update (revoked_at)',
    gateway: 'select, update (last_used_at)',
    finops: READ,
  },
  // Gateways leave out what lacks something; the orchestrator passes on what a machine had to the one that replaces it.
  activations: { api: WRITE, orchestrator: ADD, gateway: READ, finops: READ },
  usage_prices: { api: WRITE, gateway: READ, finops: READ },

  providers: { api: WRITE, orchestrator: WRITE },
  zones: { api: WRITE, orchestrator: WRITE },
  instance_types: { api: WRITE, orchestrator: WRITE, finops: READ },
  offers: { api: WRITE, orchestrator: WRITE },
  // Append-only: a trigger lets a price be closed and nothing else.
  offer_prices: {
    api: 'select, insert, update (seen_until)',
    orchestrator: 'select, insert, update (seen_until)',
  },
  flavours: { api: ALL },
  measured_gpus: { api: WRITE, orchestrator: READ },
  offer_refusals: { api: READ, orchestrator: WRITE },
  catalogue_syncs: { api: ADD, orchestrator: ALL },
  models: { api: ALL, orchestrator: READ, gateway: READ, finops: READ },

  deployments: { api: WRITE, orchestrator: WRITE, finops: READ },
  instance_edges: { api: READ, orchestrator: READ },
  instances: { api: WRITE, orchestrator: WRITE, gateway: READ, finops: READ },
  instance_state_history: { api: ADD, orchestrator: ADD },
  // Gateways tell from earlier starts how long one still takes.
  instance_steps: { api: ALL, orchestrator: ALL, gateway: READ },
  instance_offers: { api: WRITE, orchestrator: WRITE },
  instance_volumes: { api: 'select, update', orchestrator: WRITE, finops: READ },
  // The api asks for a failed start again, which leaves its old orders behind.
  provision_attempts: { api: 'select, update (is_stray)', orchestrator: WRITE },
  workers: { api: WRITE, orchestrator: WRITE, gateway: READ },
  tunnel_ends: { api: READ, gateway: ALL },
  machine_terms: { api: ALL, gateway: READ },
  // Partitions need no grants of their own: all goes through the parents.
  instance_samples: { api: WRITE, orchestrator: READ },
  instance_samples_5m: { api: READ, orchestrator: WRITE },
  instance_samples_1h: { api: READ, orchestrator: WRITE },
  series_marks: { api: WRITE, orchestrator: ALL },
  instance_logs: { api: 'select, insert, delete' },
  instance_log_heads: { api: WRITE },
  action_log: { api: ADD, orchestrator: WRITE },
  instance_reinstalls: { api: ADD, orchestrator: WRITE },
  alerts: { api: WRITE, orchestrator: WRITE, finops: WRITE },
  control_plane_life: { api: READ, orchestrator: WRITE },
  cost_events: { api: READ, orchestrator: ADD, finops: READ },

  control_epochs: { api: READ, orchestrator: WRITE },
  sweep_confirmations: { api: ADD, orchestrator: READ },
  sweep_rounds: { api: READ, orchestrator: ALL },
  sweep_findings: { api: 'select, update', orchestrator: WRITE },
  sweep_missing: { api: READ, orchestrator: ALL },
  expiry_renewals: { api: READ, orchestrator: ALL },
  reconcile_requests: { api: ADD, orchestrator: ALL },

  cost_intervals: { api: READ, finops: WRITE },
  usage_ledger: { api: READ, gateway: ADD, finops: READ },
  // Raised by a trigger of the ledger, with the rights of the owner; likewise those of the log of requests.
  usage_daily: { api: READ, finops: READ },
  usage_hourly: { api: READ, gateway: WRITE, finops: READ },
  instance_usage_5m: { api: READ, gateway: WRITE, finops: 'select, delete' },
  instance_usage_1h: { api: READ, gateway: WRITE, finops: 'select, delete' },
  allowance_usage: { api: READ, gateway: WRITE, finops: READ },
  charge_hourly: { api: WRITE, gateway: WRITE, finops: WRITE },
  wallets: { api: WRITE, gateway: WRITE, finops: WRITE },
  wallet_entries: { api: ADD, gateway: ADD, finops: ADD },

  offerings: { api: WRITE, gateway: READ, finops: READ },
  contracts: { api: WRITE },
  offering_terms: { api: ADD, gateway: READ },
  access_requests: { api: WRITE },
  plans: { api: WRITE, finops: READ },
  // Whoever renews a subscription locks it, which needs the right to change something.
  entitlements: { api: WRITE, gateway: READ, finops: 'select, update (ended_by)' },
  subscription_periods: { api: ADD, gateway: READ, finops: ADD },
  request_log: { api: READ, gateway: ADD, finops: READ },
  request_log_daily: { api: READ },

  files: { orchestrator: ALL, gateway: ALL },
  file_chunks: { orchestrator: ALL, gateway: 'select, insert, delete' },
  batches: { orchestrator: ALL, gateway: WRITE },
  batch_items: { orchestrator: ALL },

  settings: { api: ALL, orchestrator: READ, gateway: READ, finops: READ },
  setting_changes: { api: ADD },
  organisation_settings: { api: ALL, orchestrator: READ, gateway: READ, finops: READ },
  organisation_setting_changes: { api: ADD },
  provider_accounts: {
    api: WRITE,
    orchestrator: [
      'select, update (checks_done, checked_at, checked_version, check_error, check_message, inspection, version,',
      'credential, next_credential, rotation_state, rotation_error, rotation_message, rotation_at, former_until,',
      'removed_at, updated_at)',
    ].join(' '),
  },

  // Who works on machines notes what became of them; people decide about them in the api.
  hosts: {
    api: WRITE,
    orchestrator: [
      'select, update (probes_done, probed_at, probe_error, probe_message, seen_host_key, facts, type_code,',
      'credential, removed_at, updated_at)',
    ].join(' '),
  },
  host_claims: {
    // The agent of a machine that nobody can dial tells the api what became of its claim.
    api: [
      'select, update (released_at, release_asked_at, released_by, script, launched_at, started_at, address,',
      'failures, installs_done)',
    ].join(' '),
    orchestrator: WRITE,
  },
  host_enrolments: { api: ALL },

  webhook_endpoints: { api: WRITE, orchestrator: 'select, update' },
  webhook_deliveries: { api: WRITE, orchestrator: ALL },
  webhook_attempts: { api: READ, orchestrator: 'select, insert, delete' },

  // Answers get their figures from the finops process too; what is too old the orchestrator forgets.
  workbench_projects: { api: ALL, orchestrator: 'select, update (owner_left_at), delete' },
  workbench_prompts: { api: ALL, orchestrator: 'select, update (owner_left_at), delete' },
  workbench_prompt_versions: { api: 'select, insert' },
  workbench_defaults: { api: WRITE, orchestrator: READ },
  workbench_conversations: {
    api: ALL,
    orchestrator: 'select, update (owner_left_at), delete',
    finops: 'select (org_id, id)',
  },
  workbench_messages: {
    api: ALL,
    finops:
      'select, update (figures, model, model_id, outcome, ttft_ms, total_ms, prompt_tokens, completion_tokens, cached_tokens, cost_micros)',
  },

  schema_migrations: {},
};

/** Functions that run with the owner's rights, and who may call them. */
export const FUNCTION_GRANTS: Readonly<Record<string, readonly ProcessRole[]>> = {
  'ensure_partitions(text, timestamptz, timestamptz)': ['api', 'orchestrator'],
  'ensure_request_log(timestamptz, timestamptz)': ['gateway'],
  'drop_partitions(text, timestamptz)': ['orchestrator'],
  'expire_audit_log(timestamptz, integer)': ['orchestrator'],
};

export const GRANTED_TABLES: readonly string[] = Object.keys(BY_TABLE);

export const GRANTS: Readonly<Record<ProcessRole, TableGrants>> = {
  api: grantsOf('api'),
  orchestrator: grantsOf('orchestrator'),
  gateway: grantsOf('gateway'),
  finops: grantsOf('finops'),
};

function grantsOf(process: ProcessRole): TableGrants {
  return Object.fromEntries(
    Object.entries(BY_TABLE).flatMap(([table, privileges]) => {
      const words = privileges[process];
      return words ? [[table, words]] : [];
    }),
  );
}
