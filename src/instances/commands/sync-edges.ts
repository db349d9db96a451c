/**
 * Writes the edges of the instance machine into the table that the database's guard reads. Part of every migration;
 * run twice it changes nothing.
 */
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { listEdges } from '../instance-machine.ts';
import { replaceEdges } from '../store/instances.ts';

export async function syncEdges(env: Env, db: Database): Promise<void> {
  const edges = listEdges();
  await db.transaction((tx) => replaceEdges(tx, edges));
  env.log.debug({ edges: edges.length }, 'the edges of the instance machine are in the database');
}
