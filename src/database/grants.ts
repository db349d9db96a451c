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
  jobs: { api: WRITE, orchestrator: ALL, finops: ALL },
  events: { api: ADD, orchestrator: 'select, insert, delete', gateway: ADD, finops: ADD },
  idempotency_keys: { api: ALL, orchestrator: 'select, delete' },

  organisations: { api: WRITE, orchestrator: READ, gateway: READ, finops: READ },
  users: { api: WRITE, gateway: 'select (id, disabled_at)' },
  memberships: { api: ALL, gateway: READ },
  sessions: { api: ALL, gateway: 'select (id, user_id, org_id, expires_at, revoked_at)' },
  api_keys: { api: WRITE, gateway: 'select, update (last_used_at)', finops: READ },

  providers: { api: WRITE, orchestrator: WRITE },
  zones: { api: WRITE, orchestrator: WRITE },
  instance_types: { api: WRITE, orchestrator: WRITE, finops: READ },
  offers: { api: WRITE, orchestrator: WRITE },
  models: { api: WRITE, orchestrator: READ, gateway: READ, finops: READ },

  deployments: { api: WRITE, orchestrator: WRITE, finops: READ },
  instance_edges: { api: READ, orchestrator: READ },
  instances: { api: WRITE, orchestrator: WRITE, gateway: READ, finops: READ },
  instance_state_history: { api: ADD, orchestrator: ADD },
  instance_steps: { api: ALL, orchestrator: ALL },
  instance_volumes: { api: READ, orchestrator: WRITE, finops: READ },
  provision_attempts: { api: READ, orchestrator: WRITE },
  workers: { api: WRITE, orchestrator: WRITE, gateway: READ },
  // Partitions need no grants of their own: all goes through the parents.
  instance_samples: { api: WRITE, orchestrator: READ },
  instance_samples_5m: { api: READ, orchestrator: WRITE },
  instance_samples_1h: { api: READ, orchestrator: WRITE },
  series_marks: { api: WRITE, orchestrator: ALL },
  instance_logs: { api: 'select, insert, delete' },
  instance_log_heads: { api: WRITE },
  action_log: { api: ADD, orchestrator: WRITE },
  cost_events: { api: READ, orchestrator: ADD, finops: READ },

  cost_intervals: { api: READ, finops: WRITE },
  usage_ledger: { api: READ, gateway: ADD, finops: READ },
  usage_hourly: { api: READ, gateway: WRITE, finops: READ },

  schema_migrations: {},
};

/** Functions that run with the owner's rights, and who may call them. */
export const FUNCTION_GRANTS: Readonly<Record<string, readonly ProcessRole[]>> = {
  'ensure_partitions(text, timestamptz, timestamptz)': ['api', 'orchestrator'],
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
