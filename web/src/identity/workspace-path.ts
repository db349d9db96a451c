/**
 * Addresses of what belongs to an organisation begin with `/o/<its slug>`, so that a link opens there for everybody
 * who may see it. Pages and links know nothing of that: it is taken off and put on where the address bar is met.
 */
import { PUBLIC_PATHS } from './public-paths.ts';

const PLACED = /^\/o\/([^/?#]+)(?=$|[/?#])/;
/** The same for a person wherever they are. */
const OF_NO_ORGANISATION = [...PUBLIC_PATHS, '/account', '/platform'];

/** The organisation that a path names; undefined when it names none. */
export function slugOf(path: string): string | undefined {
  return PLACED.exec(path)?.[1];
}

/** As routes know it. A path of another organisation than the open one stays as it is, and leads nowhere. */
export function withoutSlug(path: string, open: string | undefined): string {
  const slug = slugOf(path);
  if (slug === undefined || (open !== undefined && slug !== open)) return path;
  const rest = path.replace(PLACED, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** As the address bar shows it. Search and fragment may follow. */
export function withSlug(path: string, open: string | undefined): string {
  if (open === undefined || slugOf(path) !== undefined || isOfNoOrganisation(path)) return path;
  return `/o/${open}${path.replace(/^\/(?=$|[?#])/, '')}`;
}

function isOfNoOrganisation(path: string): boolean {
  return OF_NO_ORGANISATION.some((own) => path.startsWith(own) && /^$|^[/?#]/.test(path.slice(own.length)));
}
