/** Mails that the platform sends. What a domain wants said; how it is worded and sent is the mail room's. */
import * as z from 'zod';

/** One template each, in each language. */
export const MAIL_TEMPLATES = [
  'invitation',
  'password_reset',
  'password_changed',
  'email_changed',
  'account_created',
] as const;
export const mailTemplateSchema = z.enum(MAIL_TEMPLATES);
export type MailTemplate = z.infer<typeof mailTemplateSchema>;

export interface NewMail {
  readonly to: string;
  readonly template: MailTemplate;
  readonly language: 'en' | 'fr';
  /** What the template fills in, such as `link`, `organisation` or `invited_by`; plain text. */
  readonly values: Readonly<Record<string, string>>;
}
