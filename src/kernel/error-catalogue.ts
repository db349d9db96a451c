import { CATALOGUE_ERRORS } from './catalogue-errors.ts';
import type { CatalogueEntry } from './error-kinds.ts';
import { EVENT_ERRORS } from './event-errors.ts';
import { HOST_ERRORS } from './host-errors.ts';
import { MARKET_ERRORS } from './market-errors.ts';
import { WORKBENCH_ERRORS } from './workbench-errors.ts';

export type { ErrorKind } from './error-kinds.ts';

/** Every error a client can see. Described in docs/reference/errors.md; a test keeps the two alike. */
export const ERROR_CATALOGUE = {
  'request.invalid': {
    kind: 'invalid',
    message: 'The request does not have the expected form. See `errors` for each field.',
  },
  'request.malformed': { kind: 'invalid', message: 'The body is not valid JSON.' },
  'request.too_large': { kind: 'invalid', message: 'The body is larger than this route accepts.' },
  'request.idempotency_mismatch': {
    kind: 'conflict',
    message: 'This Idempotency-Key was used with another request. Use a new key.',
  },
  'request.idempotency_in_progress': {
    kind: 'conflict',
    message: 'A request with this Idempotency-Key is still running. Try again shortly.',
  },
  'request.foreign_origin': {
    kind: 'forbidden',
    message: 'This request comes from another web site and was refused.',
  },
  'request.unsupported_media_type': {
    kind: 'invalid',
    message: 'Send the body as JSON, with `Content-Type: application/json`.',
  },
  'request.csrf_header_missing': {
    kind: 'forbidden',
    message: 'Send the header `X-Inventiv-Csrf: 1` with every request that changes something.',
  },
  'route.method_not_allowed': {
    kind: 'invalid',
    message: 'This address does not take this method. See the `Allow` header.',
  },
  'route.not_found': { kind: 'not_found', message: 'There is nothing at this address.' },
  'auth.required': { kind: 'unauthenticated', message: 'Sign in first.' },
  'auth.bad_credentials': { kind: 'unauthenticated', message: 'The login or the password is wrong.' },
  'auth.too_many_attempts': {
    kind: 'limited',
    message: 'Too many failed sign-ins. Wait a moment and try again.',
  },
  'auth.code_required': {
    kind: 'unauthenticated',
    message: 'Send the six digits of your authenticator app, or a recovery code, as `code`.',
  },
  'auth.bad_code': {
    kind: 'unauthenticated',
    message: 'This code is wrong or was used already. Wait for the next one.',
  },
  'auth.wrong_password': { kind: 'forbidden', message: 'The present password is wrong.' },
  'auth.sign_in_again': {
    kind: 'forbidden',
    message: 'This needs a recent sign-in. Sign out, sign in again, and repeat it.',
  },
  'auth.invalid_api_key': { kind: 'unauthenticated', message: 'The API key is unknown, revoked or expired.' },
  'auth.ambiguous': { kind: 'invalid', message: 'Send one credential, not several.' },
  'auth.forbidden': { kind: 'forbidden', message: 'Your role in this organisation does not allow this.' },
  'session.not_found': { kind: 'not_found', message: 'You have no such session, or it has ended.' },
  'account.link_invalid': {
    kind: 'invalid',
    message: 'This link was used or replaced, or its time is over. Ask for a new one.',
  },
  'account.username_taken': {
    kind: 'conflict',
    message: 'Somebody has this user name already. Choose another one.',
  },
  'account.email_taken': { kind: 'conflict', message: 'An account with this address exists already.' },
  'totp.already_on': {
    kind: 'conflict',
    message: 'One-time codes are on already. Turn them off first to set them up anew.',
  },
  'totp.not_on': { kind: 'conflict', message: 'One-time codes are not set up. Begin with their set-up.' },
  'user.not_found': { kind: 'not_found', message: 'There is no such user.' },
  'user.last_admin': {
    kind: 'conflict',
    message: 'This is the last platform administrator. Make somebody else one first.',
  },
  'user.is_disabled': {
    kind: 'conflict',
    message: 'This user is disabled. Enable the account first.',
  },
  'oidc.off': { kind: 'not_found', message: 'Single sign-on is not set up here.' },
  'oidc.failed': { kind: 'unauthenticated', message: 'The single sign-on failed. Try it again.' },
  'oidc.unavailable': {
    kind: 'unavailable',
    message: 'The provider of the single sign-on does not answer. Try again shortly.',
  },
  'oidc.email_unverified': {
    kind: 'forbidden',
    message: 'The provider has not verified your address. Have it verified there first.',
  },
  'oidc.domain_refused': {
    kind: 'forbidden',
    message: 'People with an address in this domain may not sign in here.',
  },
  'oidc.account_exists': {
    kind: 'conflict',
    message:
      'An account with your address exists already. Sign in with its password and link the single sign-on there.',
  },
  'oidc.no_account': {
    kind: 'forbidden',
    message: 'You have no account here. Ask an administrator for one.',
  },
  'oidc.not_linked': { kind: 'not_found', message: 'Your account is not linked with this provider.' },
  'oidc.only_way': {
    kind: 'conflict',
    message: 'This is the only way in which you sign in. Set a password first.',
  },
  'oidc.linked_elsewhere': {
    kind: 'conflict',
    message: 'This identity belongs to another account already.',
  },
  'organisation.not_found': {
    kind: 'not_found',
    message: 'There is no such organisation, or you are not a member of it.',
  },
  'organisation.slug_taken': {
    kind: 'conflict',
    message: 'This short name is or was that of another organisation. Choose another one.',
  },
  'organisation.slug_reserved': {
    kind: 'invalid',
    message: 'This short name is kept for the platform. Choose another one.',
  },
  'organisation.creation_off': {
    kind: 'forbidden',
    message: 'On this installation only a platform administrator creates organisations. Ask one.',
  },
  'organisation.deleting': {
    kind: 'conflict',
    message:
      'This organisation is being deleted, so nothing new begins in it. An owner may cancel the deletion until it is done.',
  },
  'organisation.not_deleting': {
    kind: 'conflict',
    message: 'This organisation is not being deleted, or it is gone already.',
  },
  'organisation.last_owner': {
    kind: 'conflict',
    message: 'An organisation keeps at least one owner. Make another member an owner first.',
  },
  'organisation.personal': {
    kind: 'conflict',
    message:
      'A personal workspace belongs to one person: nobody joins it, and it is not deleted. Use an organisation.',
  },
  'member.not_found': {
    kind: 'not_found',
    message: 'There is no such member in this organisation.',
  },
  'member.exists': {
    kind: 'conflict',
    message: 'This person is a member of the organisation already.',
  },
  'member.beyond_role': {
    kind: 'forbidden',
    message: 'Your role does not allow you to do this to this member or with this role. Ask an owner.',
  },
  'invitation.not_found': {
    kind: 'not_found',
    message: 'There is no such open invitation in this organisation.',
  },
  'invitation.exists': {
    kind: 'conflict',
    message: 'This address has an open invitation already. Send it again, or revoke it first.',
  },
  'invitation.invalid': {
    kind: 'not_found',
    message: 'This invitation was used, revoked or replaced, or it has expired. Ask for a new one.',
  },
  'invitation.other_address': {
    kind: 'forbidden',
    message: 'This invitation was sent to another e-mail address. Sign in with the account of that address.',
  },
  'invitation.account_exists': {
    kind: 'conflict',
    message: 'There is an account with the address of this invitation. Sign in with it, then accept.',
  },
  'invitation.too_many': {
    kind: 'limited',
    message: 'Too many invitations were sent. Wait a while, then try again.',
  },
  'project.not_found': {
    kind: 'not_found',
    message: 'There is no such project in this organisation.',
  },
  'project.slug_taken': {
    kind: 'conflict',
    message: 'A project with this short name exists already. Choose another one.',
  },
  'project.archived': {
    kind: 'conflict',
    message: 'This project is archived. Restore it first, or choose another one.',
  },
  'api_key.not_found': { kind: 'not_found', message: 'There is no such API key in this organisation.' },
  'api_key.scope_missing': {
    kind: 'forbidden',
    message: 'This API key has not the scope that this address needs.',
  },
  'api_key.model_not_allowed': {
    kind: 'forbidden',
    message: 'This API key may not call this model. GET /v1/models lists those that it may.',
  },
  'api_key.suspended': {
    kind: 'forbidden',
    message:
      'The person who vouches for this API key may not have it any more. An owner or administrator can take it over.',
  },
  'api_key.ended': { kind: 'conflict', message: 'This API key was revoked or has expired. Make a new one.' },
  'api_key.rotation_running': {
    kind: 'conflict',
    message:
      'The secret that was replaced last still works. End it with DELETE /api/v1/api-keys/{id}/previous-secret, or wait.',
  },
  'api_key.budget_reached': { kind: 'limited', message: 'The budget of this API key is used up.' },
  'api_key.price_unknown': {
    kind: 'forbidden',
    message:
      'This API key has a budget, and this model has no price to count it by. An owner or manager sets one with PUT /api/v1/usage-prices.',
  },
  'activation.missing': {
    kind: 'forbidden',
    message: 'This does not work yet: a technical or an economic activation is missing.',
  },
  'activation.resource_not_found': {
    kind: 'not_found',
    message: 'There is nothing of this kind with this id in this organisation.',
  },
  'model.not_found': { kind: 'not_found', message: 'There is no such model in the catalogue.' },
  'model.required': {
    kind: 'invalid',
    message: 'Choose a model: `model_id` is mandatory. GET /api/v1/models lists them.',
  },
  'model.inactive': { kind: 'invalid', message: 'This model is inactive and cannot be deployed.' },
  'model.does_not_fit': {
    kind: 'invalid',
    message: 'The model does not fit the GPU memory of this instance type.',
  },
  'model.config_invalid': {
    kind: 'invalid',
    message: 'The configuration of the model cannot be read. Post its config.json as it was published.',
  },
  'model.name_taken': {
    kind: 'conflict',
    message: 'There is a model of this name already. Change that one, or choose another name.',
  },
  'model.in_use': {
    kind: 'conflict',
    message: 'Deployments need the model as it is. End them first, or leave it as it is.',
  },
  'model.not_own': {
    kind: 'forbidden',
    message:
      'This model belongs to the whole installation. Make one of your own, or ask an administrator of the installation.',
  },
  'model.not_served': { kind: 'not_found', message: 'No such model is served now.' },
  'model.not_ready': {
    kind: 'unavailable',
    message: 'The model has no ready worker yet. Try again shortly.',
  },
  'response.not_stored': {
    kind: 'not_found',
    message: 'Responses are not stored. Send what was said before in `input` of the next request.',
  },
  'model.starting': {
    kind: 'unavailable',
    message: 'The model is starting. Try again after `Retry-After`, or wait for it with `x-inventiv-wait`.',
  },
  'limit.exceeded': {
    kind: 'limited',
    message: 'A limit of this API key or organisation is reached. Try again after `Retry-After`.',
  },
  'limit.request_too_large': {
    kind: 'invalid',
    message: 'The request needs more tokens than a limit of this API key or organisation ever allows.',
  },
  'queue.full': {
    kind: 'limited',
    message: 'Too many requests wait for this model. Try again after `Retry-After`.',
  },
  'queue.timeout': {
    kind: 'limited',
    message: 'No worker of this model had room in time. Try again after `Retry-After`.',
  },
  ...CATALOGUE_ERRORS,
  'provider.not_enabled': { kind: 'invalid', message: 'This provider is not enabled.' },
  'control_url.local': {
    kind: 'conflict',
    message:
      'Machines elsewhere cannot reach this installation. Set PUBLIC_URL to an address that they reach.',
  },
  'control_url.unencrypted': {
    kind: 'conflict',
    message:
      'Machines would speak to us over a public network without encryption. Set PUBLIC_URL to an https:// address.',
  },
  'control_url.unreachable': {
    kind: 'conflict',
    message: 'This installation does not find itself at PUBLIC_URL. See that the address leads here.',
  },
  'provider.refused': { kind: 'no_capacity', message: 'The provider refused the order.' },
  'provider_account.not_found': {
    kind: 'not_found',
    message: 'There is no such provider account in this organisation.',
  },
  'provider_account.name_taken': {
    kind: 'conflict',
    message: 'An account of this name exists already on this provider. Choose another name.',
  },
  'provider_account.in_use': {
    kind: 'conflict',
    message: 'Machines or their parts still need this account. Terminate them first.',
  },
  'provider_account.choice_required': {
    kind: 'invalid',
    message: 'This organisation has several accounts on this provider: name one of them as `account_id`.',
  },
  'provider_account.unusable': {
    kind: 'conflict',
    message:
      'The last check of this account says that machines cannot be ordered on it. Mend it, then test it.',
  },
  'provider_account.bad_credential': {
    kind: 'invalid',
    message: 'The credential does not have the form that this provider needs.',
  },
  'setting.not_found': {
    kind: 'not_found',
    message: 'There is no such setting. GET /api/v1/settings/definitions lists them.',
  },
  'setting.bad_value': { kind: 'invalid', message: 'The value is outside of what this setting allows.' },
  'setting.not_per_organisation': {
    kind: 'invalid',
    message: 'This setting has one value for all organisations: a platform administrator changes it.',
  },
  'setting.not_per_provider': {
    kind: 'invalid',
    message: 'This setting is the same for all providers: leave `provider` out.',
  },
  'setting.conflict': { kind: 'invalid', message: 'Another setting forbids this value.' },
  'deployment.not_found': { kind: 'not_found', message: 'There is no such deployment in this organisation.' },
  'deployment.name_taken': {
    kind: 'conflict',
    message: 'A deployment of this name exists already. Choose another name.',
  },
  'instance.not_found': { kind: 'not_found', message: 'There is no such instance in this organisation.' },
  'instance.illegal_transition': {
    kind: 'conflict',
    message: 'The instance cannot do this in its present state.',
  },
  'instance.stale': {
    kind: 'conflict',
    message: 'The instance changed meanwhile. Read it again and repeat.',
  },
  'volume.not_found': { kind: 'not_found', message: 'There is no such volume in this organisation.' },
  'volume.boot': { kind: 'conflict', message: 'A boot volume ends with its server and cannot be kept.' },
  'volume.ending': {
    kind: 'conflict',
    message: 'The volume is being deleted; it is too late to change that.',
  },
  'volume.in_use': {
    kind: 'conflict',
    message: 'The volume belongs to an instance that has not ended. Terminate the instance first.',
  },
  'volume.not_attachable': {
    kind: 'invalid',
    message: 'The volume cannot be attached to this machine.',
  },
  'sweep.round_not_found': {
    kind: 'not_found',
    message: 'There is no such round of the sweep. GET /api/v1/sweep lists them.',
  },
  'sweep.nothing_to_confirm': {
    kind: 'conflict',
    message: 'This account waits for no confirmation. GET /api/v1/sweep lists the rounds that do.',
  },
  'catalogue.sync_not_found': { kind: 'not_found', message: 'There is no such SYNC_CATALOG.' },
  'reconcile.not_found': { kind: 'not_found', message: 'There is no such RECONCILE.' },
  'worker.bad_token': {
    kind: 'unauthenticated',
    message: 'The worker token is unknown, used up, expired or revoked.',
  },
  'worker.wrong_instance': { kind: 'forbidden', message: 'A worker may speak only for its own instance.' },
  'worker.superseded': { kind: 'conflict', message: 'A newer worker took over this instance.' },
  'worker.revoked': {
    kind: 'conflict',
    message: 'This worker was shut out or its machine is to go. Reinstall the instance to let it in again.',
  },
  'worker.too_many_beats': {
    kind: 'limited',
    message: 'This worker reports too often. It is heard again in a moment.',
  },
  'worker.logs_limited': {
    kind: 'limited',
    message: 'This worker sends more log than is taken. Send it again after `Retry-After`.',
  },
  'worker.bundle_not_found': { kind: 'not_found', message: 'There is no worker bundle with this checksum.' },
  'job.not_dead': {
    kind: 'not_found',
    message: 'There is no such dead letter. GET /api/v1/jobs/dead lists them.',
  },
  'file.not_found': { kind: 'not_found', message: 'There is no such file. GET /v1/files lists them.' },
  'file.too_large': {
    kind: 'invalid',
    message: 'The file is larger than is accepted. Send it in several parts.',
  },
  'file.storage_full': {
    kind: 'conflict',
    message: 'The files of this organisation take up all the room they may. Delete some of them.',
  },
  'file.in_use': {
    kind: 'conflict',
    message: 'A batch that is not over uses this file. Cancel it, or wait for its end.',
  },
  'batch.not_found': { kind: 'not_found', message: 'There is no such batch. GET /v1/batches lists them.' },
  'batch.key_required': {
    kind: 'forbidden',
    message: 'Batches are made with an API key, whose limits and account they use. Sign-ins make none.',
  },
  'batch.too_many': {
    kind: 'limited',
    message: 'Too many batches of this organisation are open. Wait until some are over, or cancel them.',
  },
  'batch.not_cancellable': { kind: 'conflict', message: 'This batch is over and cannot be cancelled.' },
  'batch.line_running': { kind: 'conflict', message: 'This line of a batch is being answered already.' },
  ...MARKET_ERRORS,
  'webhook.not_found': { kind: 'not_found', message: 'There is no such webhook in this organisation.' },
  'webhook.delivery_not_found': {
    kind: 'not_found',
    message: 'There is no such delivery of this webhook, or it is too old to be kept.',
  },
  'webhook.bad_url': { kind: 'invalid', message: 'This address cannot be used for a webhook.' },
  'webhook.too_many': {
    kind: 'conflict',
    message: 'This organisation has as many webhooks as it may. Remove one of them.',
  },
  'webhook.disabled': { kind: 'conflict', message: 'This webhook is off. Turn it on first.' },
  'webhook.delivery_pending': {
    kind: 'conflict',
    message: 'This delivery is not over: it will be sent by itself.',
  },
  ...WORKBENCH_ERRORS,
  ...EVENT_ERRORS,
  ...HOST_ERRORS,
  'upstream.failed': { kind: 'unavailable', message: 'The worker failed before it answered. Try again.' },
  'upstream.broken_stream': {
    kind: 'unavailable',
    message: 'The worker broke off in the middle of the answer.',
  },
  'upstream.timeout': { kind: 'timeout', message: 'The worker did not answer in time.' },
  'gateway.overloaded': {
    kind: 'unavailable',
    message: 'The gateway cannot take more requests now. Try again shortly.',
  },
  'gateway.journal_full': {
    kind: 'unavailable',
    message: 'Usage cannot be recorded, so no request is accepted. Free disk space.',
  },
  'database.unavailable': {
    kind: 'unavailable',
    message: 'The database does not answer. Try again shortly.',
  },
  'internal.unexpected': {
    kind: 'internal',
    message: 'Something went wrong on our side. Quote the request id when you report it.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
