import type { CatalogueEntry } from './error-kinds.ts';

/** What can be wrong between organisations that offer each other models; a part of the catalogue. */
export const MARKET_ERRORS = {
  'offering.not_found': {
    kind: 'not_found',
    message: 'There is no such offering. GET /api/v1/offerings lists those that you may see.',
  },
  'offering.code_taken': {
    kind: 'conflict',
    message: 'This code names another offering of yours or a model. Choose another code.',
  },
  'offering.not_open': {
    kind: 'conflict',
    message: 'This offering cannot be taken up like this. See its `access`.',
  },
  'offering.not_priced': {
    kind: 'conflict',
    message: 'This offering has no price yet. An owner or manager of its organisation sets one.',
  },
  'offering.not_entitled': {
    kind: 'forbidden',
    message:
      'Your organisation may not use this model. An owner or manager can take up the offering or ask for access.',
  },
  'offering.allowance_used': {
    kind: 'forbidden',
    message:
      'The tokens of this trial or of this month of the subscription are used up. An owner or manager can agree on another access.',
  },
  'offering.subscription_unpaid': {
    kind: 'forbidden',
    message:
      'This month of the subscription is not paid for. An owner or manager tops up the wallet; it is renewed within a minute.',
  },
  'plan.not_found': { kind: 'not_found', message: 'There is no such plan. GET /api/v1/plans lists them.' },
  'contract.not_found': {
    kind: 'not_found',
    message: 'There is no such contract. GET /api/v1/contracts lists those of your organisation.',
  },
  'contract.overlaps': {
    kind: 'conflict',
    message: 'A contract for this offering and organisation covers this time. End that one, or begin later.',
  },
  'contract.ended': { kind: 'conflict', message: 'This contract is over. Make a new one.' },
  'contract.accepted': { kind: 'conflict', message: 'This contract is accepted already.' },
  'access_request.not_found': {
    kind: 'not_found',
    message: 'There is no such request for access. GET /api/v1/access-requests lists them.',
  },
  'access_request.decided': { kind: 'conflict', message: 'This request for access is decided already.' },
  'access_request.open': {
    kind: 'conflict',
    message: 'Your organisation has asked for this already. Wait for the answer, or withdraw the request.',
  },
  'entitlement.not_found': {
    kind: 'not_found',
    message: 'There is no such entitlement. GET /api/v1/entitlements lists them.',
  },
  'entitlement.exists': {
    kind: 'conflict',
    message: 'Your organisation may use this offering already. End that entitlement first.',
  },
  'entitlement.ended': { kind: 'conflict', message: 'This entitlement is over.' },
  'entitlement.trial_used': {
    kind: 'conflict',
    message: 'Your organisation has had its trial of this offering. Ask its provider for a contract.',
  },
  'wallet.empty': {
    kind: 'forbidden',
    message:
      'The wallet of your organisation does not cover this. Ask an owner or manager to have it topped up: GET /api/v1/wallet.',
  },
} as const satisfies Record<string, CatalogueEntry>;
