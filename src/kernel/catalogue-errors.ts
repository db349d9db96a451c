/** Errors of what can be rented, and of how engines are run on it. */
import type { CatalogueEntry } from './error-kinds.ts';

export const CATALOGUE_ERRORS = {
  'catalogue.type_not_found': {
    kind: 'not_found',
    message: 'There is no such instance type in the catalogue.',
  },
  'catalogue.provider_not_found': {
    kind: 'not_found',
    message: 'The catalogue knows no such provider. GET /api/v1/catalogue/zones shows those that it knows.',
  },
  'catalogue.zone_not_found': {
    kind: 'not_found',
    message: 'There is no such zone. POST /api/v1/catalogue/zones makes one.',
  },
  'catalogue.name_taken': {
    kind: 'conflict',
    message: 'There is one of this name already. Change that one.',
  },
  'catalogue.type_unavailable': {
    kind: 'invalid',
    message: 'This instance type is not offered in this zone.',
  },
  'catalogue.type_ending': {
    kind: 'invalid',
    message:
      'Its provider gives this instance type up in this zone: choose another one. What runs there goes on.',
  },
  'flavour.not_found': { kind: 'not_found', message: 'There is no such flavour.' },
  'flavour.unknown': { kind: 'invalid', message: 'There is no flavour of this name. Make it first.' },
  'flavour.taken': {
    kind: 'conflict',
    message: 'The flavour has a record for this family and this provider already. Change that one.',
  },
  'flavour.built_in': {
    kind: 'conflict',
    message:
      'This one belongs to the release. Make a record of the same name and family: it counts in its place.',
  },
  'flavour.changed': {
    kind: 'conflict',
    message: 'It was changed meanwhile. Read it again, and change it then.',
  },
  'flavour.in_use': { kind: 'conflict', message: 'The flavour is still named somewhere.' },
} as const satisfies Record<string, CatalogueEntry>;
