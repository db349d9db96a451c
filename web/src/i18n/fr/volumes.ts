import type { volumes as en } from '../en/volumes.ts';

export const volumes: Record<keyof typeof en, string> = {
  'volumes.keep': 'Conserver',
  'volumes.keep_hint': 'Il reste et continue de coûter jusqu’à sa suppression.',
  'volumes.delete_hint': 'Il est supprimé avec la machine.',
  'volumes.boot_why': 'Un volume de démarrage disparaît avec son serveur et ne peut pas être conservé.',
  'volumes.deleting': 'Suppression en cours',
  'volumes.in_use': 'Avec sa machine',
  'volumes.given': 'conservé d’une machine précédente',
  'volumes.used_by': 'Utilisé par {name}',
  'volumes.kept_title': 'Volumes conservés',
  'volumes.kept_note': 'Ils survivent à leur machine et coûtent jusqu’à leur suppression',
  'volumes.delete': 'Supprimer',
  'volumes.delete_title': 'Supprimer le volume {name} ?',
  'volumes.delete_done': 'Suppression du volume en cours',
  'volumes.delete_money': 'Met fin à {price}, dès que le fournisseur a montré qu’il n’existe plus.',
  'volumes.delete_money_unknown': 'Met fin à ses coûts, dont le prix ne nous est pas connu.',
  'volumes.delete_data': 'Son contenu est perdu. C’est irréversible.',
};
