import type { MessageKey } from '../i18n/en.ts';
import type { Translate } from '../i18n/use-translation.ts';
import { ProblemError } from './problem-error.ts';

interface Description {
  title: string;
  detail: string | null;
  /** True when it will pass, or another choice avoids it. */
  isPassing: boolean;
}

/** Errors that people meet in ordinary use have words of ours in both languages; the rest speak for themselves. */
const KNOWN: Partial<Record<string, MessageKey>> = {
  'network.unreachable': 'error.unreachable',
  'network.timeout': 'error.timeout',
  'auth.bad_credentials': 'error.bad_credentials',
  'auth.too_many_attempts': 'error.too_many_attempts',
  'auth.forbidden': 'error.forbidden',
  'auth.bad_code': 'error.bad_code',
  'auth.wrong_password': 'error.wrong_password',
  'auth.sign_in_again': 'error.sign_in_again',
  'account.link_invalid': 'error.link_invalid',
  'account.username_taken': 'error.username_taken',
  'account.email_taken': 'error.email_taken',
  'oidc.off': 'error.oidc_off',
  'oidc.failed': 'error.oidc_failed',
  'oidc.unavailable': 'error.oidc_unavailable',
  'oidc.email_unverified': 'error.oidc_email_unverified',
  'oidc.domain_refused': 'error.oidc_domain_refused',
  'oidc.account_exists': 'error.oidc_account_exists',
  'oidc.no_account': 'error.oidc_no_account',
  'oidc.only_way': 'error.oidc_only_way',
  'oidc.linked_elsewhere': 'error.oidc_linked_elsewhere',
  'invitation.invalid': 'error.invitation_invalid',
  'invitation.other_address': 'error.invitation_other_address',
  'invitation.account_exists': 'error.invitation_account_exists',
  'invitation.exists': 'error.invitation_exists',
  'invitation.too_many': 'error.invitation_too_many',
  'member.exists': 'error.member_exists',
  'member.beyond_role': 'error.member_beyond_role',
  'organisation.last_owner': 'error.last_owner',
  'organisation.slug_taken': 'error.slug_taken',
  'project.slug_taken': 'error.slug_taken',
  'organisation.slug_reserved': 'error.slug_reserved',
  'organisation.creation_off': 'error.creation_off',
  'organisation.personal': 'error.organisation_personal',
  'activation.missing': 'error.activation_missing',
  'user.last_admin': 'error.last_admin',
  'organisation.deleting': 'error.organisation_deleting',
  'deployment.name_taken': 'error.name_taken',
  'deployment.not_found': 'error.not_found',
  'instance.not_found': 'error.not_found',
  'instance.stale': 'error.stale',
  'instance.illegal_transition': 'error.illegal_transition',
  'workbench.conversation_not_found': 'error.conversation_gone',
  'workbench.not_yours': 'error.not_yours',
  'workbench.too_large': 'error.too_large',
  'workbench.too_many': 'error.too_many_kept',
  'workbench.project_not_found': 'error.chat_project_gone',
  'workbench.project_archived': 'error.chat_project_archived',
  'workbench.prompt_not_found': 'error.prompt_gone',
  'volume.not_found': 'error.not_found',
  'volume.boot': 'error.volume_boot',
  'volume.ending': 'error.volume_ending',
  'volume.in_use': 'error.volume_in_use',
  'volume.not_attachable': 'error.volume_not_attachable',
  'provider_account.choice_required': 'error.account_required',
  'provider_account.not_found': 'error.account_gone',
  'model.does_not_fit': 'error.does_not_fit',
  'model.inactive': 'error.model_inactive',
  'model.required': 'error.model_required',
  'model.not_served': 'error.model_not_served',
  'model.not_ready': 'error.model_not_ready',
  'model.starting': 'error.model_starting',
  'offering.not_entitled': 'error.not_entitled',
  'offering.not_found': 'error.offering_not_found',
  'offering.code_taken': 'error.code_taken',
  'offering.not_priced': 'error.not_priced',
  'entitlement.exists': 'error.entitlement_exists',
  'entitlement.trial_used': 'error.trial_used',
  'entitlement.ended': 'error.agreement_ended',
  'contract.ended': 'error.agreement_ended',
  'contract.overlaps': 'error.contract_overlaps',
  'contract.accepted': 'error.contract_accepted',
  'access_request.open': 'error.request_open',
  'access_request.decided': 'error.request_decided',
  'organisation.not_found': 'error.organisation_not_found',
  'offering.allowance_used': 'error.allowance_used',
  'offering.subscription_unpaid': 'error.subscription_unpaid',
  'wallet.empty': 'error.wallet_empty',
  'limit.exceeded': 'error.limit_exceeded',
  'queue.full': 'error.queue_full',
  'queue.timeout': 'error.queue_full',
  'provider.refused': 'error.no_capacity',
  'catalogue.type_ending': 'error.type_ending',
  'catalogue.type_unavailable': 'error.type_unavailable',
  'gateway.overloaded': 'error.overloaded',
  'gateway.journal_full': 'error.journal_full',
  'upstream.failed': 'error.upstream_failed',
  'upstream.broken_stream': 'error.broken_stream',
  'upstream.timeout': 'error.upstream_timeout',
  'database.unavailable': 'error.unavailable',
  'internal.unexpected': 'error.internal',
};

export function describeProblem(error: unknown, t: Translate): Description {
  if (!(error instanceof ProblemError))
    return { title: t('error.unexpected'), detail: null, isPassing: false };
  const isPassing =
    error.status === 0 || error.status === 429 || error.status >= 502 || error.code === 'provider.refused';
  const known = KNOWN[error.code];
  if (known) return { title: t(known), detail: null, isPassing };
  const detail = error.fields.map(({ path, message }) => `${path}: ${message}`).join(' · ') || error.message;
  return { title: t('error.failed'), detail, isPassing };
}
