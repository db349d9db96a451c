import { pageOf } from '#contracts/management.ts';
import {
  accessRequestSchema,
  accessRequestsQuerySchema,
  approveAccessSchema,
  entitlementSchema,
  entitlementsQuerySchema,
  refuseAccessSchema,
  requestAccessSchema,
  takeUpSchema,
} from '#contracts/offerings.ts';
import { type Route, route } from '#http/route.ts';
import { approveAccess, refuseAccess, requestAccess, withdrawRequest } from './commands/ask-for-access.ts';
import { endEntitlement, takeUpOffering } from './commands/take-up-offering.ts';
import { byId, pageOfRows } from './pages.ts';
import { listAccessRequests, listEntitlements } from './queries.ts';
import type { MarketRoutesDeps } from './routes.ts';

const contracts = { allow: 'member', action: 'contracts.read' } as const;
const read = { allow: 'member', action: 'offerings.read' } as const;
const price = { allow: 'member', action: 'prices.write' } as const;
const consume = { allow: 'member', action: 'consumption.write' } as const;

export function accessRoutes(deps: MarketRoutesDeps): Route[] {
  return [...requestRoutes(deps), ...decisionRoutes(deps), ...entitlementRoutes(deps)];
}

function requestRoutes({ env, db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/access-requests',
      name: 'access_requests.list',
      summary: 'What your organisation asked for and was asked for, newest first',
      policy: contracts,
      query: accessRequestsQuerySchema,
      success: { status: 200, body: pageOf(accessRequestSchema) },
      handler: ({ caller, query }) => {
        const filter = { side: query.side, state: query.state, offeringId: query.offering_id };
        return pageOfRows(query, (page) => listAccessRequests(db, caller, page, filter));
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/access-requests',
      name: 'access_requests.create',
      summary: 'Ask another organisation to let yours use its offering',
      policy: consume,
      body: requestAccessSchema,
      success: { status: 201, body: accessRequestSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => requestAccess(env, tx, caller, body),
    }),
    route({
      method: 'POST',
      path: '/api/v1/access-requests/:id/withdraw',
      name: 'access_requests.withdraw',
      summary: 'Ask for it no more',
      policy: consume,
      params: byId,
      success: { status: 200, body: accessRequestSchema },
      handler: ({ caller, params }) => withdrawRequest(db, caller, params.id),
    }),
  ];
}

function decisionRoutes({ env, db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/access-requests/:id/approve',
      name: 'access_requests.approve',
      summary: 'Answer with a contract, at the list price or another',
      policy: price,
      params: byId,
      body: approveAccessSchema,
      success: { status: 200, body: accessRequestSchema },
      idempotent: true,
      handler: ({ caller, params, body, tx }) => approveAccess(env, tx, caller, { id: params.id, ...body }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/access-requests/:id/refuse',
      name: 'access_requests.refuse',
      summary: 'Say no, and why',
      policy: price,
      params: byId,
      body: refuseAccessSchema,
      success: { status: 200, body: accessRequestSchema },
      handler: ({ caller, params, body }) => refuseAccess(db, caller, params.id, body.answer),
    }),
  ];
}

function entitlementRoutes({ env, db }: MarketRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/entitlements',
      name: 'entitlements.list',
      summary: 'What your organisation may use of others, or others of it, newest first',
      policy: read,
      query: entitlementsQuerySchema,
      success: { status: 200, body: pageOf(entitlementSchema) },
      handler: ({ caller, query }) => {
        const filter = { offeringId: query.offering_id, ended: query.ended };
        return pageOfRows(query, (page) => listEntitlements(db, caller, query.side, page, filter));
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/entitlements',
      name: 'entitlements.create',
      summary: 'Take up an offering that is open: free, at its list price, as a trial, or by a plan',
      policy: consume,
      body: takeUpSchema,
      success: { status: 201, body: entitlementSchema },
      idempotent: true,
      handler: ({ caller, body, tx }) => takeUpOffering(env, tx, caller, body),
    }),
    route({
      method: 'POST',
      path: '/api/v1/entitlements/:id/end',
      name: 'entitlements.end',
      summary:
        'End it from either side; a subscription that the consumer ends runs to the end of its paid month',
      policy: consume,
      params: byId,
      success: { status: 200, body: entitlementSchema },
      handler: ({ caller, params }) => endEntitlement(db, caller, params.id),
    }),
  ];
}
