import type { signals as en } from '../en/signals.ts';

export const signals: Record<keyof typeof en, string> = {
  'signals.title': 'Observabilité',
  'signals.text':
    'Comment se portent les requêtes à chaque modèle : combien, combien échouent et pourquoi, combien de temps on attend.',
  'signals.models': 'Modèles',
  'signals.models_note': 'p95 : 19 requêtes sur 20 ont été au moins aussi rapides',
  'signals.unknown_models': 'Modèles que personne ne sert',
  'signals.now': 'Sur les machines à présent',
  'signals.now_of':
    '{running} en cours, {waiting} en attente sur {machines, plural, one {# machine} other {# machines}}',
  'signals.failed': 'Échouées',
  'signals.ttft': 'Délai du premier token',
  'signals.ttft_p50': 'Premier token p50',
  'signals.ttft_p95': 'Premier token p95',
  'signals.queue_p95': 'Attente d’une machine p95',
  'signals.total_p95': 'Total p95',
  'signals.requests_per': 'Requêtes par {step}',
  'signals.errors': 'Pourquoi des requêtes ont échoué',
  'signals.errors_note': 'Un code mène à ses requêtes',
  'signals.engine_error': 'refusée par le moteur',
  'signals.none': 'Aucune requête sur cette période',
  'signals.none_text':
    'Choisissez une période plus longue, ou posez une question à un modèle : ses chiffres apparaissent ici en une seconde.',
};
