const MARKS = /\p{Mark}/gu;

/** A short name from what people typed: `Équipe Données` becomes `equipe-donnees`. */
export function suggestSlug(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(MARKS, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
}
