/** Many instances that have ended: nobody acts on them, and the list shows them like any others. */

import { readConfig } from '#config/config.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { databaseUrlFor } from '#database/roles.ts';
import type { Env } from '#kernel/env.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { Stack } from '../../test/stack.ts';

type EndedState = 'terminated' | 'archived';

export class EndedInstances {
  readonly #db: Database;
  readonly #orgId: OrgId;

  private constructor(db: Database, orgId: OrgId) {
    this.#db = db;
    this.#orgId = orgId;
  }

  /** Written in bulk, so the guards are off on this one connection; what they would check holds. */
  static async fill(env: Env, stack: Stack, orgId: OrgId, rows: number): Promise<EndedInstances> {
    const config = readConfig({ INVENTIV_DATA_DIR: stack.dataDir, PORT_OFFSET: String(stack.portOffset) });
    const url = databaseUrlFor(config, 'owner');
    const db = openDatabase(env, { url, applicationName: 'bench-web', poolSize: 1 });
    await db.query('set session_replication_role = replica');
    await db.query(
      `insert into instances (org_id, id, name, provider_id, zone, instance_type_id, model_id, engine, wanted,
         is_archived, state, state_version, state_at, price_nanos_per_hour, price_currency, correlation_id,
         created_by, created_at, ready_at, terminated_at)
       select $1, 'inst_' || lpad(n::text, 26, '0'), 'machine-' || (n * 7919) % 100000, 'mock', 'mock-' || chr(97 + n % 3),
         t.id, m.id, 'simulated', 'terminated', n % 2 = 0, case when n % 2 = 0 then 'archived' else 'terminated' end, 5,
         at.at, (100 + (n * 31) % 997) * 1000000, 'EUR', 'cor_' || lpad(n::text, 26, '0'), 'bench', at.at, at.at, at.at
       from generate_series(1, $2::integer) n
       cross join (select id from instance_types where provider_id = 'mock' order by id limit 1) t
       cross join (select id from models order by id limit 1) m
       cross join lateral (select date_trunc('milliseconds', app_now()) - n * interval '1 minute' as at) at`,
      [orgId, rows],
    );
    return new EndedInstances(db, orgId);
  }

  /** All of them get the other state than the first one has: one commit, with an event for each. */
  async change(ids: readonly string[]): Promise<void> {
    await this.#db.transaction(async (tx) => {
      const [first] = await tx.query<{ state: EndedState }>('select state from instances where id = $1', [
        ids[0],
      ]);
      const state: EndedState = first?.state === 'archived' ? 'terminated' : 'archived';
      await tx.query('update instances set state = $2, is_archived = $3 where id = any($1)', [
        ids,
        state,
        state === 'archived',
      ]);
      for (const id of ids) {
        const summary = { state, progress: 100 };
        await emitEvent(tx, { orgId: this.#orgId, type: 'instance.changed', subjectId: id, summary });
      }
    });
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}
