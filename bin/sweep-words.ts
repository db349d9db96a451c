/** RECONCILE, the sweep and SYNC_CATALOG from a shell of the control plane's machine; the orchestrator does the work. */
import { requestCatalogueSync } from '#catalog/commands/request-catalogue-sync.ts';
import { getCatalogueSync } from '#catalog/queries.ts';
import { readProcessConfig } from '#config/process-config.ts';
import { StartError } from '#config/start-error.ts';
import type { CatalogueSyncView } from '#contracts/catalogue-sync.ts';
import type { ReconcileView, SweepView } from '#contracts/sweep.ts';
import { type Database, openDatabase, type Transaction } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { auditedAsOperator } from '#http/audit-operator.ts';
import { confirmSweep } from '#instances/commands/confirm-sweep.ts';
import { requestReconcile } from '#instances/commands/request-reconcile.ts';
import { getReconcile, getSweep } from '#instances/sweep/queries.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';

const LOOK_EVERY_MS = 300;
/** An orchestrator takes up what is asked for within seconds. */
const TAKEN_WITHIN_MS = 20_000;
const DONE_WITHIN_MS = 660_000;
const SHOWN = 20;

/** `inventiv reconcile [--provider P] [--instance I]` */
export async function reconcileWord(env: Env, words: readonly string[]): Promise<void> {
  const wish = { provider: optionOf(words, 'provider'), instance: optionOf(words, 'instance') };
  await withDatabase(env, async (db) => {
    const by = actorOf(env);
    const id = await asOperator(env, db, { action: 'reconcile.create', asked: wish, by }, (tx) =>
      requestReconcile(env, tx, wish, by),
    );
    const view = await waitFor(env, () => getReconcile(db, id));
    process.stdout.write(reconcileText(view));
    if (view.state === 'failed') process.exitCode = 1;
  });
}

/** `inventiv sweep`, `inventiv sweep confirm <round>` */
export async function sweepWord(env: Env, words: readonly string[]): Promise<void> {
  const [verb, round] = words;
  if (verb !== undefined && verb !== 'confirm') {
    throw new StartError(`there is no sweep ${verb}: say sweep, or sweep confirm <round>`);
  }
  await withDatabase(env, async (db) => {
    if (verb === undefined) {
      process.stdout.write(sweepText(await getSweep(db, SHOWN)));
      return;
    }
    if (!round) throw new StartError('say which round: inventiv sweep lists those that wait');
    const by = actorOf(env);
    const done = await asOperator(env, db, { action: 'sweep.confirm', asked: { round }, by }, (tx) =>
      confirmSweep(env, tx, round, by),
    );
    const place = nameOf(done.providerId, done.accountId);
    process.stdout.write(`confirmed: ${done.findings} findings at ${place} are deleted from now on\n`);
  });
}

/** `inventiv sync-catalogue [--provider P]` */
export async function syncCatalogueWord(env: Env, words: readonly string[]): Promise<void> {
  await withDatabase(env, async (db) => {
    const wish = { provider: optionOf(words, 'provider') };
    const by = actorOf(env);
    const id = await asOperator(env, db, { action: 'catalogue.sync', asked: wish, by }, (tx) =>
      requestCatalogueSync(env, tx, wish, by),
    );
    const view = await waitFor(env, () => getCatalogueSync(db, id));
    process.stdout.write(syncText(view));
    if (view.state === 'failed') process.exitCode = 1;
  });
}

/** The database of the running stack: without one there is nobody who would do what is asked for. */
export async function withDatabase(env: Env, work: (db: Database) => Promise<void>): Promise<void> {
  const url = databaseUrlFor(readProcessConfig(), 'api');
  const db = openDatabase(env, { url, applicationName: 'inventiv', poolSize: 2 });
  try {
    await work(db);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // What a caller of the api would be told is told here too.
    throw new StartError(
      error.code === 'database.unavailable'
        ? 'the database does not answer: start everything first (inventiv up)'
        : error.publicMessage,
    );
  } finally {
    await db.close();
  }
}

async function waitFor<T extends { readonly state: string; readonly id: string }>(
  env: Env,
  look: () => Promise<T>,
): Promise<T> {
  const startedAt = env.clock.monotonic();
  for (;;) {
    const view = await look();
    if (view.state === 'done' || view.state === 'failed') return view;
    const elapsedMs = env.clock.monotonic() - startedAt;
    if (view.state === 'queued' && elapsedMs > TAKEN_WITHIN_MS) {
      throw new StartError(
        `${view.id} is kept, and no orchestrator has taken it up: start one (inventiv up), it is carried out then`,
      );
    }
    if (elapsedMs > DONE_WITHIN_MS) throw new StartError(`${view.id} is still running: read it later`);
    await env.sleep(LOOK_EVERY_MS);
  }
}

function reconcileText({ id, state, woken, report }: ReconcileView): string {
  const lines = (report?.providers ?? []).flatMap((one) => [
    `${nameOf(one.provider, one.account)}: ${one.state}, ${one.duration_ms ?? 0} ms${one.held ? `, held (${one.held}): inventiv sweep confirm ${one.round}` : ''}`,
    `  listed ${one.listed}, wanted ${one.wanted}, missing ${one.missing}, orphans ${one.orphans}, deleted ${one.deleted}, gone ${one.gone}, adopted ${one.adopted}, reported only ${one.reported}`,
    ...one.errors.map((error) => `  ${error}`),
  ]);
  return `${[`${id}: ${state}, ${woken} instances looked at`, ...lines].join('\n')}\n`;
}

function sweepText({ held, rounds, findings }: SweepView): string {
  const open = findings.filter((finding) => finding.closed_at === null);
  const lines = [
    ...held.map(
      (round) =>
        `held (${round.held}) at ${nameOf(round.provider, round.account)}, ${round.reported} resources: inventiv sweep confirm ${round.id}`,
    ),
    ...open.map(
      (one) => `${one.state} ${one.kind} ${one.zone} ${one.ref}: ${one.why}, made ${one.created_at}`,
    ),
    ...rounds
      .slice(0, 5)
      .map(
        (round) =>
          `${round.started_at} ${nameOf(round.provider, round.account)} ${round.state}: listed ${round.listed}, orphans ${round.orphans}, deleted ${round.deleted}`,
      ),
  ];
  return lines.length === 0 ? 'nothing has been swept yet\n' : `${lines.join('\n')}\n`;
}

function syncText({ id, state, report }: CatalogueSyncView): string {
  const lines = (report?.providers ?? []).map((one) =>
    one.error
      ? `${one.provider}: ${one.error}`
      : `${one.provider}: ${one.offers} offers, ${one.types} types, ${one.zones} zones, ${one.unpriced} without a price, ${one.duration_ms} ms`,
  );
  return `${[`${id}: ${state}`, ...lines].join('\n')}\n`;
}

function nameOf(provider: string, account: string): string {
  return account ? `${provider}/${account}` : provider;
}

export function optionOf(words: readonly string[], name: string): string | undefined {
  const index = words.indexOf(`--${name}`);
  if (index < 0) return undefined;
  const value = words[index + 1];
  if (!value || value.startsWith('-')) throw new StartError(`--${name} needs a value`);
  return value;
}

function asOperator<T>(
  env: Env,
  db: Database,
  { action, asked, by }: { action: string; asked: Record<string, unknown>; by: Actor },
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const act = { action, asked, correlationId: by.correlationId };
  return auditedAsOperator(env, db, act, () => db.transaction(work));
}

function actorOf(env: Env): Actor {
  return { actor: 'cli', correlationId: newId(env, 'correlation') };
}
