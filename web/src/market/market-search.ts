import type { AccessRequestView, ContractView, OfferingView } from '#contracts/offerings.ts';
import { readChoice, readTexts } from '../widgets/read-search.ts';

export const ACCESS_KINDS = [
  'free',
  'per_token',
  'trial',
  'subscription',
  'request',
] as const satisfies readonly OfferingView['access'][];
export const REQUEST_STATES = [
  'requested',
  'approved',
  'refused',
  'withdrawn',
] as const satisfies readonly AccessRequestView['state'][];
export const CONTRACT_STATES = [
  'proposed',
  'upcoming',
  'active',
  'ended',
] as const satisfies readonly ContractView['state'][];
export const OFFERING_ORDERS = ['-created_at', 'name'] as const;
export const MONEY_WINDOWS = ['month', '30d', 'all'] as const;
export type MoneyWindow = (typeof MONEY_WINDOWS)[number];
/** As the api names the two sides of an agreement. */
export const SIDES = ['consumed', 'provided'] as const;
export type Side = (typeof SIDES)[number];

export interface OfferingsSearch {
  q?: string;
  access?: (typeof ACCESS_KINDS)[number];
  sort?: (typeof OFFERING_ORDERS)[number];
}

export interface UseSearch {
  show?: 'ended';
}

export interface RequestsToUsSearch {
  side?: Side;
  state?: (typeof REQUEST_STATES)[number];
}

export interface ContractsSearch {
  side?: Side;
  state?: (typeof CONTRACT_STATES)[number];
}

export interface OfferingPageSearch {
  show?: 'ended';
  window?: MoneyWindow;
}

export interface WalletSearch {
  window?: MoneyWindow;
}

export function readOfferingsSearch(search: Record<string, unknown>): OfferingsSearch {
  return {
    ...readTexts(search, ['q']),
    ...readChoice(search, 'access', ACCESS_KINDS),
    ...readChoice(search, 'sort', OFFERING_ORDERS),
  };
}

export function readUseSearch(search: Record<string, unknown>): UseSearch {
  return readChoice(search, 'show', ['ended']);
}

export function readRequestsToUsSearch(search: Record<string, unknown>): RequestsToUsSearch {
  return { ...readChoice(search, 'side', SIDES), ...readChoice(search, 'state', REQUEST_STATES) };
}

export function readContractsSearch(search: Record<string, unknown>): ContractsSearch {
  return { ...readChoice(search, 'side', SIDES), ...readChoice(search, 'state', CONTRACT_STATES) };
}

export function readOfferingPageSearch(search: Record<string, unknown>): OfferingPageSearch {
  return { ...readChoice(search, 'show', ['ended']), ...readWalletSearch(search) };
}

export function readWalletSearch(search: Record<string, unknown>): WalletSearch {
  return readChoice(search, 'window', MONEY_WINDOWS);
}

/** Names of models that others offer: `<organisation>/<code>`. */
export function looksLikeName(text: string | undefined): text is string {
  return text !== undefined && /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9._-]*$/.test(text.trim());
}
