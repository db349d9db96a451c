/** What each mail says, in each language. Values are plain text here; the renderer escapes them. */
import type { MailTemplate, NewMail } from '#contracts/mail.ts';

export interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** What the link of the mail does; mails without a link have none. */
  readonly action?: string;
  readonly afterwards?: readonly string[];
}

type Values = Readonly<Record<string, string | undefined>>;
type Letters = Readonly<Record<MailTemplate, (values: Values) => Letter>>;

const EN: Letters = {
  invitation: ({ organisation = 'an organisation', invited_by: by = 'Somebody', role }) => ({
    subject: `Invitation to ${organisation}`,
    paragraphs: [`${by} invites you to ${organisation}${role ? `, as ${role}` : ''}.`],
    action: 'Accept the invitation',
    afterwards: ['If you do not know what this is about, do nothing: the invitation ends by itself.'],
  }),
  account_created: ({ username = '' }) => ({
    subject: 'Your account',
    paragraphs: [`An account was made for you. Your user name is ${username}.`],
    action: 'Choose a password',
    afterwards: ['The link works once, for three days. After that, ask for a new password at the sign-in.'],
  }),
  password_reset: ({ username = '' }) => ({
    subject: 'A new password',
    paragraphs: [`Somebody, probably you, asked for a new password for ${username}.`],
    action: 'Choose a new password',
    afterwards: [
      'The link works once, for an hour. When it is used, all devices are signed out.',
      'If it was not you, do nothing: your password stays as it is.',
    ],
  }),
  password_changed: ({ username = '' }) => ({
    subject: 'Your password was changed',
    paragraphs: [
      `The password of ${username} was changed, and all other devices were signed out.`,
      'If it was not you, ask for a new password at the sign-in now, and tell your administrator.',
    ],
  }),
  email_changed: ({ username = '', new_email: email = '', link }) =>
    link
      ? {
          subject: 'Confirm your address',
          paragraphs: [`${username} wants to be reached under ${email}.`],
          action: 'Confirm this address',
          afterwards: ['The link works once, for a day. If it was not you, do nothing.'],
        }
      : {
          subject: 'Your address was changed',
          paragraphs: [
            `${username} is now reached under ${email}. This address is not used any more.`,
            'If it was not you, tell your administrator at once.',
          ],
        },
};

const FR: Letters = {
  invitation: ({ organisation = 'une organisation', invited_by: by = 'Quelqu’un', role }) => ({
    subject: `Invitation à rejoindre ${organisation}`,
    paragraphs: [`${by} vous invite à rejoindre ${organisation}${role ? ` (rôle : ${role})` : ''}.`],
    action: 'Accepter l’invitation',
    afterwards: [
      'Si vous ne savez pas de quoi il s’agit, ne faites rien : l’invitation expirera d’elle-même.',
    ],
  }),
  account_created: ({ username = '' }) => ({
    subject: 'Votre compte',
    paragraphs: [`Un compte a été créé pour vous. Votre nom d’utilisateur est ${username}.`],
    action: 'Choisir un mot de passe',
    afterwards: [
      'Le lien sert une seule fois, pendant trois jours. Ensuite, demandez un nouveau mot de passe à la connexion.',
    ],
  }),
  password_reset: ({ username = '' }) => ({
    subject: 'Nouveau mot de passe',
    paragraphs: [`Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour ${username}.`],
    action: 'Choisir un nouveau mot de passe',
    afterwards: [
      'Le lien sert une seule fois, pendant une heure. Son usage déconnecte tous les appareils.',
      'Si ce n’était pas vous, ne faites rien : votre mot de passe reste inchangé.',
    ],
  }),
  password_changed: ({ username = '' }) => ({
    subject: 'Votre mot de passe a été modifié',
    paragraphs: [
      `Le mot de passe de ${username} a été modifié, et tous les autres appareils ont été déconnectés.`,
      'Si ce n’était pas vous, demandez tout de suite un nouveau mot de passe à la connexion et prévenez votre administrateur.',
    ],
  }),
  email_changed: ({ username = '', new_email: email = '', link }) =>
    link
      ? {
          subject: 'Confirmez votre adresse',
          paragraphs: [`${username} souhaite être joint à l’adresse ${email}.`],
          action: 'Confirmer cette adresse',
          afterwards: [
            'Le lien sert une seule fois, pendant un jour. Si ce n’était pas vous, ne faites rien.',
          ],
        }
      : {
          subject: 'Votre adresse a été modifiée',
          paragraphs: [
            `${username} est désormais joint à l’adresse ${email}. Celle-ci n’est plus utilisée.`,
            'Si ce n’était pas vous, prévenez tout de suite votre administrateur.',
          ],
        },
};

export function writeLetter(
  template: MailTemplate,
  language: NewMail['language'],
  values: NewMail['values'],
): Letter {
  return { en: EN, fr: FR }[language][template](values);
}
