import type { InstanceState } from '#contracts/instances.ts';
import type { paths } from '#contracts/openapi-types.gen.ts';
import { STATE_LOOKS } from './states.ts';

export const SHOWN = ['running', 'ended', 'all'] as const;
export type Shown = (typeof SHOWN)[number];
/** What the server can order by; `age` is its `created_at`, turned round. */
export const SORT_COLUMNS = ['name', 'state', 'price', 'age'] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

/** Fields that a filter may name, as the address has them. */
const TEXT_FILTERS = ['deployment', 'provider', 'zone', 'instance_type', 'model', 'project_id'] as const;

/** Filters and order of the list, kept in the address so that it can be shared and reloaded. */
export interface InstancesSearch {
  show?: Shown;
  find?: string;
  state?: InstanceState;
  /** Id of the one deployment whose instances are shown. */
  deployment?: string;
  provider?: string;
  zone?: string;
  instance_type?: string;
  model?: string;
  project_id?: string;
  sort?: SortColumn;
  desc?: boolean;
}

export function readInstancesSearch(search: Record<string, unknown>): InstancesSearch {
  const show = SHOWN.find((value) => value === search['show']);
  const sort = SORT_COLUMNS.find((value) => value === search['sort']);
  const states = Object.keys(STATE_LOOKS) as InstanceState[];
  const state = states.find((value) => value === search['state']);
  const texts = ['find', ...TEXT_FILTERS].flatMap((name) => {
    const value = search[name];
    // An address may write a name made of digits as a number.
    const text = typeof value === 'number' ? String(value) : value;
    return typeof text === 'string' && text !== '' && text.length <= 200 ? [[name, text]] : [];
  });
  return {
    ...(show ? { show } : {}),
    ...Object.fromEntries(texts),
    ...(state ? { state } : {}),
    ...(sort ? { sort } : {}),
    ...(search['desc'] === true ? { desc: true } : {}),
  };
}

type InstancesWish = NonNullable<paths['/api/v1/instances']['get']['parameters']['query']>;

/** The same in the words of the api. */
export function wishOf(search: InstancesSearch): InstancesWish {
  const { show = 'running', find, sort = 'age', desc = false, ...fields } = search;
  // Older is more: ages rise when creation times fall.
  const [key, isDescending] = sort === 'age' ? (['created_at', !desc] as const) : ([sort, desc] as const);
  return {
    ...fields,
    ...(find === undefined ? {} : { q: find }),
    ...(show === 'all' ? {} : { ended: show === 'ended' ? ('true' as const) : ('false' as const) }),
    ...(show === 'running' ? {} : { include_archived: 'true' as const }),
    sort: `${isDescending ? '-' : ''}${key}` as const,
  };
}

/** Whether anything but the order is chosen. */
export function isFiltered({
  show = 'running',
  sort: _sort,
  desc: _desc,
  ...fields
}: InstancesSearch): boolean {
  return show !== 'running' || Object.keys(fields).length > 0;
}
