import type { Queryable } from '#database/database.ts';
import type { OrgId } from '#kernel/ids.ts';

export interface NamedOrganisation {
  readonly id: OrgId;
  readonly slug: string;
  readonly name: string;
}

export async function selectOrganisationByName(
  db: Queryable,
  slugOrId: string,
): Promise<NamedOrganisation | undefined> {
  const [row] = await db.query<NamedOrganisation>(
    `select id, slug, name from organisations where slug = $1 or id = $1 order by slug = $1 desc, id limit 1`,
    [slugOrId],
  );
  return row;
}
