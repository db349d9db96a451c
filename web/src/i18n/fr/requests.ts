import type { requests as en } from '../en/requests.ts';

export const requests: Record<keyof typeof en, string> = {
  'common.export_csv': 'Exporter en CSV',
  'chart.others': 'Autres',
  'chart.whole_time': 'Toute la période',
  'requests.title': 'Requêtes',
  'requests.text':
    'Chaque requête reçue par la passerelle, refus compris. Les questions et les réponses ne sont pas conservées.',
  'requests.text_own':
    'Vos propres requêtes, refus compris. Les questions et les réponses ne sont pas conservées.',
  'requests.show': 'Quelles requêtes',
  'requests.show_all': 'Toutes',
  'requests.show_failed': 'Échouées',
  'requests.show_answered': 'Abouties',
  'requests.all_time': 'Tout',
  'requests.find': 'Identifiant, code d’erreur ou modèle',
  'requests.count': '{count, plural, one {# requête} other {{shown} requêtes}}',
  'requests.any_model': 'Tous les modèles',
  'requests.any_key': 'Toutes les clés',
  'requests.any_person': 'Tout le monde',
  'requests.any_endpoint': 'Tous les points d’accès',
  'requests.only_status': 'Statut',
  'requests.only_error': 'Erreur',
  'requests.only_instance': 'Instance',
  'requests.clear': 'Effacer les filtres',
  'requests.none': 'Aucune requête ces dernières 24 heures',
  'requests.none_text':
    'Créez une clé d’API et appelez un modèle, ou discutez avec lui : la ligne apparaît ici en une seconde.',
  'requests.none_match': 'Aucune requête ne correspond',
  'requests.none_match_text': 'Choisissez une période plus longue ou effacez les filtres.',
  'requests.get_key': 'Obtenir une clé d’API',
  'request.title': 'Requête',
  'request.open': 'Détails de la requête du {at}',
  'request.gone':
    'Cette requête n’est pas dans le journal. Elle est peut-être trop ancienne ou appartient à quelqu’un d’autre.',
  'request.at': 'Heure',
  'request.outcome': 'Issue',
  'request.model': 'Modèle',
  'request.no_model': 'Aucun modèle nommé',
  'request.key': 'Clé d’API',
  'request.by_session': 'Tableau de bord',
  'request.person': 'Personne',
  'request.of_organisation': 'L’organisation',
  'request.ttft': 'Premier token',
  'request.duration': 'Durée totale',
  'request.tokens': 'Tokens',
  'request.tokens_short': 'Tokens entrée → sortie',
  'request.tokens_of': '{input} en entrée ({cached} du cache) · {output} en sortie',
  'request.endpoint': 'Point d’accès',
  'request.streamed': 'en flux',
  'request.whole': 'd’un seul bloc',
  'request.instance': 'Instance',
  'request.no_instance': 'Aucune n’a été atteinte',
  'request.correlation': 'Identifiant du client',
  'request.no_correlation': 'Aucun n’a été envoyé',
  'request.copy_correlation': 'Copier l’identifiant du client',
  'request.timing': 'Où le temps est passé',
  'request.stage.queue': 'Attente d’une machine',
  'request.stage.first_token': 'Jusqu’au premier token',
  'request.stage.answer': 'Réponse',
  'request.stage.whole': 'Total',
  'request.outcome.answered': 'Aboutie',
  'request.outcome.left': 'Client parti',
  'request.outcome.refused': 'Refusée',
  'request.outcome.broken': 'Interrompue',
  'request.outcome.failed': 'Échouée',
  'request.why.left':
    'Le client a fermé la connexion avant la fin. Les tokens produits jusque-là sont comptés.',
  'request.why.refused':
    'La requête a été refusée avant d’atteindre une machine. Le code d’erreur dit ce que le client doit changer.',
  'request.why.broken':
    'La réponse avait commencé et s’est interrompue. Ce qui est arrivé est compté ; renvoyez la requête.',
  'request.why.failed':
    'L’échec vient de chez nous. Renvoyez-la ; si cela continue, regardez l’instance qui l’a servie.',
  'request.why.not_served':
    'Aucune instance ne sert de modèle de ce nom. Déployez-le, ou corrigez le nom envoyé par le client.',
  'request.why.not_ready':
    'Le modèle démarrait encore. Un client peut l’attendre avec l’en-tête x-inventiv-wait.',
  'request.why.limit':
    'Une limite de la clé ou de l’organisation est atteinte. Ralentissez le client ou relevez la limite.',
  'request.why.too_large':
    'La requête demande à elle seule plus de tokens qu’une limite n’en permet. Relevez la limite ou demandez moins.',
  'request.why.queue':
    'Toutes les machines de ce modèle étaient occupées trop longtemps. Ajoutez des répliques ou envoyez moins vite.',
  'request.why.budget':
    'Le budget de la clé est épuisé. Relevez-le sur la page des clés d’API, ou attendez le jour ou le mois suivant.',
  'request.why.no_price':
    'La clé a un budget, mais le modèle n’a pas de prix pour le compter. Un propriétaire ou gestionnaire le fixe.',
  'request.why.upstream': 'La machine a échoué pendant la requête. Ses journaux en disent plus.',
  'request.why.upstream_timeout':
    'La machine a mis trop de temps. Elle est peut-être surchargée ; ses mesures en disent plus.',
  'request.why.not_entitled':
    'L’organisation ne peut pas utiliser cette offre. Un propriétaire ou gestionnaire peut demander l’accès.',
  'request.why.wallet': 'Le portefeuille était vide. Les requêtes reprennent dès qu’il est approvisionné.',
};
