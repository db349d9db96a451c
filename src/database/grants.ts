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
  idempotency_keys: { api: ALL, orchestrator: 'select, delete' },

  organisations: { api: WRITE, orchestrator: READ, gateway: READ, finops: READ },
  users: { api: WRITE, orchestrator: 'select (id, disabled_at)', gateway: 'select (id, disabled_at)' },
  memberships: { api: ALL, orchestrator: READ, gateway: READ },
  sessions: { api: ALL, gateway: 'select (id, user_id, org_id, expires_at, revoked_at)' },
  api_keys: {
    api: WRITE,
    orchestrator:
      'select (org_id, id, user_id, owner_kind, scopes, priority_max, is_enabled, expires_at, revoked_at)',
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
  offer_refusals: { api: READ, orchestrator: WRITE },
  catalogue_syncs: { api: ADD, orchestrator: ALL },
  models: { api: WRITE, orchestrator: READ, gateway: READ, finops: READ },

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
  usage_hourly: { api: READ, gateway: WRITE, finops: READ },
  instance_usage_5m: { api: READ, gateway: WRITE, finops: 'select, delete' },
  instance_usage_1h: { api: READ, gateway: WRITE, finops: 'select, delete' },
  request_log: { api: READ, gateway: ADD, finops: READ },

  files: { orchestrator: ALL, gateway: ALL },
  file_chunks: { orchestrator: ALL, gateway: 'select, insert, delete' },
  batches: { orchestrator: ALL, gateway: WRITE },
  batch_items: { orchestrator: ALL },

  settings: { api: ALL, orchestrator: READ, gateway: READ, finops: READ },
  setting_changes: { api: ADD },
  provider_accounts: {
    api: WRITE,
    orchestrator: 'select, update (checks_done, checked_at, checked_version, check_error, check_message)',
  },

  schema_migrations: {},
};

/** Functions that run with the owner's rights, and who may call them. */
export const FUNCTION_GRANTS: Readonly<Record<string, readonly ProcessRole[]>> = {
  'ensure_partitions(text, timestamptz, timestamptz)': ['api', 'orchestrator'],
  'ensure_request_log(timestamptz, timestamptz)': ['gateway'],
  'drop_partitions(text, timestamptz)': ['orchestrator'],
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
