import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LucideIcon } from 'lucide-react';
import { choose, isMeant, looksLikeTrace, type PaletteItem } from './palette-items.ts';

const item = (group: PaletteItem['group'], label: string): PaletteItem => ({
  id: label,
  group,
  label,
  icon: null as unknown as LucideIcon,
  run: () => {},
});

test('words are found in any order, case and with or without accents', () => {
  assert(isMeant('Déployer un modèle', 'modele deployer'));
  assert(isMeant('Instances', ''));
  assert(!isMeant('Instances', 'inst keys'));
});

test('groups stay together, and what begins with the words stands first in its own', () => {
  const items = [item('instances', 'a-co'), item('instances', 'cost-bot'), item('pages', 'Costs')];
  assert.deepEqual(
    choose(items, 'co').map(({ label }) => label),
    ['Costs', 'cost-bot', 'a-co'],
  );
});

test('only ids are traced', () => {
  assert(looksLikeTrace('cor_01m802y2p') && looksLikeTrace(' req_abcd '));
  assert(looksLikeTrace('0b7e0c5e-9d2c-4a39-8d3a-0f6f0c1d2e3f'));
  assert(!looksLikeTrace('costs') && !looksLikeTrace('cor_'));
});
