import type { views as en } from '../en/views.ts';

export const views: Record<keyof typeof en, string> = {
  'views.open': 'Vues',
  'views.saved': 'Vues enregistrées',
  'views.none': 'Aucune vue enregistrée. Choisissez des filtres et un tri, puis enregistrez-les sous un nom.',
  'views.name': 'Nom de cette vue',
  'views.save': 'Enregistrer',
  'views.remove': 'Oublier la vue {name}',
  'views.kept_here': 'Conservées dans ce navigateur. Quiconque reçoit l’adresse voit la même liste.',
  'filter.clear': 'Retirer {name}',
  'filter.all_states': 'Tous les états',
  'filter.all_providers': 'Tous les fournisseurs',
  'filter.state': 'État',
  'filter.provider': 'Fournisseur',
  'filter.zone': 'Zone : {value}',
  'filter.model': 'Modèle : {value}',
  'filter.instance_type': 'Machine : {value}',
  'filter.project_id': 'Projet : {value}',
  'filter.to_model': 'Afficher seulement {value}',
  'list.loading_row': 'Chargement',
};
