import * as z from 'zod';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import {
  chargeBackSchema,
  creditSchema,
  topUpSchema,
  transferSchema,
  walletEntrySchema,
  walletSchema,
} from '#contracts/wallets.ts';
import type { Database } from '#database/database.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { getOrganisationNamed } from '#identity/organisation-names.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { setCredit, topUpWallet, transferMoney } from './commands/move-money.ts';
import { getChargeBack, getWallet, listWalletEntries } from './market-queries.ts';

export interface WalletRoutesDeps {
  readonly env: Env;
  readonly db: Database;
}

const byOrganisation = z.object({ organisation: z.string().min(1).max(100) });

export function walletRoutes(deps: WalletRoutesDeps): Route[] {
  return [...ownWalletRoutes(deps), ...platformWalletRoutes(deps), chargeBackRoute(deps)];
}

function ownWalletRoutes({ env, db }: WalletRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/wallet',
      name: 'wallet.get',
      summary: 'What your organisation may spend on models of others',
      policy: { allow: 'member', action: 'costs.read' },
      success: { status: 200, body: walletSchema },
      handler: ({ caller }) => getWallet(db, caller),
    }),
    route({
      method: 'GET',
      path: '/api/v1/wallet/entries',
      name: 'wallet.entries',
      summary: 'Every movement of the wallet, newest first',
      policy: { allow: 'member', action: 'costs.read' },
      query: pageQuerySchema,
      success: { status: 200, body: pageOf(walletEntrySchema) },
      handler: async ({ caller, query }) => {
        const after = query.after === undefined ? undefined : readPosition(query.after);
        const rows = await listWalletEntries(db, caller, { limit: query.limit + 1, after });
        const page = toPage(rows, query.limit, (last) => [String(last.seq)]);
        return {
          ...page,
          data: page.data.map(({ seq: _, ...row }) => ({ ...row, created_at: row.created_at.toISOString() })),
        };
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/wallet/transfers',
      name: 'wallet.transfer',
      allRowsBecause: 'what one gives, another gets',
      summary: 'Give money of your wallet to another organisation, such as one that uses your models',
      policy: { allow: 'member', action: 'wallet.write' },
      body: transferSchema,
      success: { status: 201, body: walletSchema },
      idempotent: true,
      handler: async ({ caller, body, tx }) => {
        const to = await getOrganisationNamed(tx, body.to);
        await transferMoney(
          tx,
          caller,
          { orgId: to.id },
          {
            ref: newId(env, 'walletMove'),
            amountMicros: body.amount_micros,
            note: body.note,
            actor: `user:${caller.userId}`,
          },
        );
        return getWallet(tx, caller);
      },
    }),
  ];
}

function platformWalletRoutes({ env, db }: WalletRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/wallets/:organisation',
      name: 'wallets.get',
      summary: 'The wallet of any organisation',
      policy: { allow: 'platform_admin' },
      params: byOrganisation,
      success: { status: 200, body: walletSchema },
      handler: async ({ params }) => {
        const { id } = await getOrganisationNamed(db, params.organisation);
        return getWallet(db, { orgId: id });
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/wallets/:organisation/top-ups',
      name: 'wallets.top_up',
      summary: 'Book money that came in for an organisation',
      policy: { allow: 'platform_admin' },
      params: byOrganisation,
      body: topUpSchema,
      success: { status: 201, body: walletSchema },
      idempotent: true,
      handler: async ({ caller, params, body, tx }) => {
        const { id } = await getOrganisationNamed(tx, params.organisation);
        await topUpWallet(
          tx,
          { orgId: id },
          {
            ref: newId(env, 'walletMove'),
            amountMicros: body.amount_micros,
            note: body.note,
            actor: `user:${caller.userId}`,
          },
        );
        return getWallet(tx, { orgId: id });
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/wallets/:organisation/credit',
      name: 'wallets.credit',
      summary: 'How far the wallet of an organisation may go below zero',
      policy: { allow: 'platform_admin' },
      params: byOrganisation,
      body: creditSchema,
      success: { status: 200, body: walletSchema },
      handler: async ({ params, body }) => {
        const { id } = await getOrganisationNamed(db, params.organisation);
        await db.transaction((tx) => setCredit(tx, { orgId: id }, body.credit_micros));
        return getWallet(db, { orgId: id });
      },
    }),
  ];
}

function chargeBackRoute({ db }: WalletRoutesDeps): Route {
  return route({
    method: 'GET',
    path: '/api/v1/costs/charge-back',
    name: 'costs.charge_back',
    allRowsBecause: 'what one owes is owed to another',
    summary: 'What your organisation owes others and others owe it, over whole hours',
    policy: { allow: 'member', action: 'costs.read' },
    query: z.object({ from: z.iso.datetime().optional(), to: z.iso.datetime().optional() }),
    success: { status: 200, body: chargeBackSchema },
    handler: ({ caller, query }) =>
      getChargeBack(db, caller, {
        from: query.from === undefined ? undefined : new Date(query.from),
        to: query.to === undefined ? undefined : new Date(query.to),
      }),
  });
}

/** @throws request.invalid */
function readPosition(cursor: string): number {
  const seq = Number(readCursor(cursor, 1)[0]);
  if (!Number.isSafeInteger(seq) || seq < 0) {
    throw new AppError('request.invalid', { publicMessage: 'The cursor `after` is not one of ours.' });
  }
  return seq;
}
