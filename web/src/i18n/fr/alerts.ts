import type { alerts as en } from '../en/alerts.ts';

export const alerts: Record<keyof typeof en, string> = {
  'alerts.title': 'Alertes ouvertes',
  'alerts.open_count':
    '{count, plural, =0 {Aucune alerte ouverte} one {# alerte ouverte} other {# alertes ouvertes}}',
  'alerts.none': 'Il n’y a aucune alerte ouverte.',
  'alerts.since': 'depuis {age}',
  'alert_severity.warning': 'Avertissement',
  'alert_severity.critical': 'Critique',
  'alert.provisioning_failed': 'Le fournisseur n’a pas livré de machine',
  'alert.startup_failed': 'Le modèle n’a pas démarré sur sa machine',
  'alert.worker_dead': 'Un agent est silencieux ; sa machine coûte encore',
  'alert.worker_unavailable': 'Une machine est indisponible depuis longtemps',
  'alert.worker_version_mismatch': 'Un agent n’est pas de la version installée',
  'alert.create_unresolved': 'On ignore si une commande a été exécutée',
  'alert.start_stalled': 'Un démarrage dure anormalement longtemps',
  'alert.termination_stalled': 'Une suppression n’aboutit pas ; la machine peut encore coûter',
  'alert.evictions_frozen':
    'Aucun agent n’est abandonné pour l’instant : trop sont silencieux, ou le plan de contrôle était absent',
  'alert.sweep_breaker':
    'Plus de machines inconnues ont été trouvées qu’il n’est permis d’en supprimer sans demander',
  'alert.sweep_restored': 'Le fournisseur a des commandes que cette base de données ne connaît pas',
  'alert.sweep_window_short': 'Le fournisseur montre les nouveautés plus tard que prévu',
  'alert.sweep_stuck': 'Une suppression chez le fournisseur n’aboutit pas',
  'alert.sweep_blind': 'Ce qui existe chez un fournisseur n’a pas été vu depuis longtemps',
  'alert.mail_not_sent': 'Les e-mails ne partent pas : le serveur de messagerie ne les accepte pas',
  'alert.mail_undeliverable': 'Un e-mail n’a pas pu être remis et a été abandonné',
  'alert.expiry_not_renewed': 'L’échéance d’une ressource utilisée n’a pas pu être prolongée',
  'alert.webhook_disabled': 'Un webhook a été désactivé car rien n’y arrivait',
};
