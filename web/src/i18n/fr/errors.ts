import type { errors as en } from '../en/errors.ts';

export const errors: Record<keyof typeof en, string> = {
  'error.request_id': 'Identifiant de la requête',
  'error.copy_request_id': 'Copier l’identifiant de la requête',
  'error.failed': 'L’opération a échoué',
  'error.unexpected': 'Un incident imprévu s’est produit. Rechargez la page ; s’il se répète, signalez-le.',
  'error.unreachable': 'Le serveur est injoignable. Vérifiez la connexion ; cette page continue d’essayer.',
  'error.timeout': 'Le serveur n’a pas répondu à temps. Réessayez.',
  'error.bad_credentials': 'L’identifiant ou le mot de passe est incorrect.',
  'error.too_many_attempts': 'Trop de tentatives infructueuses. Patientez un instant, puis réessayez.',
  'error.forbidden':
    'Votre rôle dans cette organisation ne le permet pas. Adressez-vous à un administrateur.',
  'error.organisation_deleting': 'L’organisation est en cours de suppression. Rien de nouveau n’y commence.',
  'error.name_taken': 'Un déploiement de ce nom existe déjà. Choisissez un autre nom.',
  'error.not_found': 'Cet élément n’existe plus ou appartient à une autre organisation.',
  'error.stale': 'L’état a changé entre-temps. Vérifiez-le, puis recommencez.',
  'error.does_not_fit':
    'Le modèle ne tient pas dans la mémoire GPU de cette machine. Choisissez-en une plus grande.',
  'error.model_inactive': 'Ce modèle est désactivé et ne peut pas être déployé.',
  'error.model_required': 'Choisissez d’abord un modèle.',
  'error.model_not_served': 'Aucune instance ne sert ce modèle. Déployez-le ou choisissez-en un autre.',
  'error.model_not_ready': 'Le modèle n’est pas encore prêt. Réessayez dans un instant.',
  'error.model_starting': 'Le modèle démarre. Réessayez quand il sera prêt.',
  'error.not_entitled':
    'Votre organisation ne peut pas utiliser ce modèle. Demandez-le à un propriétaire ou gestionnaire.',
  'error.allowance_used':
    'Les tokens de cet essai ou de ce mois sont épuisés. Adressez-vous à un propriétaire ou gestionnaire.',
  'error.subscription_unpaid':
    'Ce mois d’abonnement n’est pas payé. Adressez-vous à un propriétaire ou gestionnaire.',
  'error.wallet_empty':
    'Le portefeuille de votre organisation est vide. Demandez à un propriétaire ou gestionnaire de le recharger.',
  'error.limit_exceeded': 'Une limite de votre organisation est atteinte. Réessayez dans un instant.',
  'error.queue_full': 'Toutes les machines de ce modèle sont occupées. Réessayez dans un instant.',
  'error.no_capacity':
    'Le fournisseur n’a plus de machine de ce type. Choisissez un autre type ou une autre zone.',
  'error.type_ending': 'Son fournisseur abandonne cette machine dans cette zone. Choisissez-en une autre.',
  'error.type_unavailable': 'Cette machine n’est pas proposée dans cette zone. Choisissez-en une autre.',
  'error.overloaded': 'Trop de requêtes à la fois. Réessayez dans un instant.',
  'error.journal_full':
    'La consommation ne peut plus être enregistrée : aucune requête n’est acceptée. Un administrateur doit libérer de l’espace disque.',
  'error.upstream_failed': 'L’instance a échoué avant de répondre. Réessayez.',
  'error.broken_stream': 'La réponse s’est interrompue. Ce qui était arrivé est conservé ci-dessus.',
  'error.upstream_timeout': 'L’instance n’a pas répondu à temps. Réessayez.',
  'error.unavailable': 'Le service est momentanément indisponible. Réessayez sous peu.',
  'error.internal':
    'Une erreur s’est produite de notre côté. Indiquez l’identifiant de la requête si vous la signalez.',
  'error.conversation_gone': 'Cette discussion n’existe plus, ou n’est pas partagée avec vous.',
  'error.not_yours': 'Cela appartient à quelqu’un d’autre, qui seul peut le modifier. Faites-en une copie.',
  'error.too_large':
    'Ce texte dépasse ce que l’atelier conserve. Raccourcissez-le, ou commencez une nouvelle discussion.',
  'error.too_many_kept':
    'Vous en avez autant que permis. Supprimez-en ; d’ici là, rien de nouveau n’est conservé.',
  'error.chat_project_gone': 'Ce projet de discussion n’existe plus, ou n’est pas partagé avec vous.',
  'error.chat_project_archived':
    'Ce projet de discussion est archivé et ne reçoit plus rien. Rétablissez-le, ou choisissez-en un autre.',
  'error.prompt_gone': 'Ce prompt système n’existe plus. Choisissez-en un autre.',
  'error.illegal_transition':
    'C’est impossible dans son état actuel. Vérifiez l’état, puis choisissez à nouveau.',
  'error.volume_boot': 'Un volume de démarrage disparaît avec son serveur et ne peut pas être conservé.',
  'error.volume_ending':
    'Le volume est en cours de suppression, ou sa machine a pris fin : il est trop tard pour changer cela.',
  'error.volume_in_use': 'Le volume appartient à une machine encore présente. Supprimez d’abord la machine.',
  'error.volume_not_attachable':
    'Ce volume ne peut pas être attaché à cette machine. Choisissez une machine dans sa zone, ou aucun volume.',
  'error.account_required':
    'Votre organisation a plusieurs comptes chez ce fournisseur. Choisissez celui qui passe la commande.',
  'error.account_gone': 'Ce compte chez le fournisseur n’existe plus. Choisissez-en un autre.',
};
