import type { LucideIcon } from 'lucide-react';

/** Something that can be chosen: a place to go to, or a thing to do. */
export interface PaletteItem {
  id: string;
  group: PaletteGroup;
  label: string;
  note?: string;
  icon: LucideIcon;
  run: () => void;
}

export const PALETTE_GROUPS = ['commands', 'pages', 'instances', 'deployments', 'keys'] as const;
export type PaletteGroup = (typeof PALETTE_GROUPS)[number];

/** All words must occur, in any order and case, with or without accents. */
export function isMeant(text: string, typed: string): boolean {
  const plain = fold(text);
  return fold(typed)
    .split(/\s+/)
    .every((word) => plain.includes(word));
}

/** What `isMeant` of them, those that begin with what was typed first; groups stay together in their order. */
export function choose(items: readonly PaletteItem[], typed: string): PaletteItem[] {
  const begins = ({ label }: PaletteItem) => (fold(label).startsWith(fold(typed)) ? 0 : 1);
  return PALETTE_GROUPS.flatMap((group) =>
    items.filter((item) => item.group === group).sort((a, b) => begins(a) - begins(b)),
  );
}

/** Ids that tie things together: ours, or the client's own, which are at least as long. */
export function looksLikeTrace(typed: string): boolean {
  return /^(?:cor|req)_[\w-]{4,}$/.test(typed.trim()) || /^[0-9a-f]{8}-[0-9a-f-]{20,}$/i.test(typed.trim());
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();
}
