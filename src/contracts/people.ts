/** Bodies of accounts, sessions and sign-in. */
import * as z from 'zod';
import { pageQuerySchema, roleSchema } from './management.ts';

export const LANGUAGES = ['en', 'fr'] as const;
export const languageSchema = z.enum(LANGUAGES);
export type Language = z.infer<typeof languageSchema>;

export const usernameSchema = z
  .string()
  .min(2)
  .max(60)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/, 'letters, digits, and . _ - between them');
export const emailSchema = z.email().max(254);
/** Of a new one. No demands on its signs: length is what counts. */
export const newPasswordSchema = z.string().min(12, 'at least 12 characters').max(1024);
const presentPassword = z.string().min(1).max(1024);
const code = z.string().min(1).max(40);

export const sessionItemSchema = z.object({
  id: z.string(),
  /** The one that asks. */
  is_current: z.boolean(),
  method: z.enum(['password', 'oidc']),
  /** As the browser names itself; null when it did not. */
  user_agent: z.string().nullable(),
  /** From where it was begun. */
  address: z.string().nullable(),
  organisation: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
  created_at: z.iso.datetime(),
  last_seen_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
export type SessionItem = z.infer<typeof sessionItemSchema>;
export const sessionListSchema = z.object({ data: z.array(sessionItemSchema) });
export const endedSessionsSchema = z.object({ ended: z.int() });
export const switchOrganisationSchema = z.object({ organisation_id: z.string().max(100) });

export const accountSchema = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string(),
  /** Waits for the link in a mail to be opened. */
  pending_email: z.string().nullable(),
  language: languageSchema,
  is_platform_admin: z.boolean(),
  has_password: z.boolean(),
  totp: z.object({ is_on: z.boolean(), recovery_codes_left: z.int() }),
  /** Providers of identities with which this account signs in. */
  identities: z.array(
    z.object({ issuer: z.string(), created_at: z.iso.datetime(), last_used_at: z.iso.datetime() }),
  ),
  organisations: z.array(
    z.object({
      id: z.string(),
      slug: z.string(),
      name: z.string(),
      kind: z.enum(['team', 'personal']),
      role: roleSchema,
    }),
  ),
  created_at: z.iso.datetime(),
});
export type AccountView = z.infer<typeof accountSchema>;

export const changeAccountSchema = z.strictObject({
  username: usernameSchema.optional(),
  email: emailSchema.optional().describe('Becomes the address when the link in the mail to it is opened'),
  language: languageSchema.optional(),
  password: presentPassword.optional().describe('The present one; needed for another address'),
});
export const changePasswordSchema = z.object({
  current_password: presentPassword,
  new_password: newPasswordSchema,
});
export const requestPasswordResetSchema = z.object({
  login: z.string().min(1).max(255).describe('User name or e-mail address'),
});
export const linkTokenSchema = z.string().min(1).max(200);
export const setPasswordSchema = z.object({ token: linkTokenSchema, password: newPasswordSchema });
export const confirmEmailSchema = z.object({ token: linkTokenSchema });

export const confirmByPasswordSchema = z.object({
  password: presentPassword.optional().describe('The present one; without one, sign in again before'),
});
export const unlinkIdentitySchema = confirmByPasswordSchema.extend({ issuer: z.string().min(1).max(1_000) });
export const startedTotpSchema = z.object({
  /** In base 32, to type in. */
  secret: z.string(),
  /** `otpauth://`, to show as a picture. */
  uri: z.string(),
});
export const totpCodeSchema = z.object({ code });
export const recoveryCodesSchema = z.object({ recovery_codes: z.array(z.string()) });

export const userSchema = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string(),
  language: languageSchema,
  is_platform_admin: z.boolean(),
  is_disabled: z.boolean(),
  has_password: z.boolean(),
  has_totp: z.boolean(),
  created_at: z.iso.datetime(),
  /** When one of their sessions was used last; null when none is remembered. */
  last_seen_at: z.iso.datetime().nullable(),
});
export type UserView = z.infer<typeof userSchema>;
export const usersQuerySchema = pageQuerySchema.extend({
  search: z.string().max(100).optional().describe('Part of the user name or the address'),
  state: z.enum(['enabled', 'disabled']).optional(),
});
export const createUserSchema = z.strictObject({
  username: usernameSchema,
  email: emailSchema,
  language: languageSchema.default('en'),
  is_platform_admin: z.boolean().default(false),
});
export const changeUserSchema = z.strictObject({
  is_disabled: z.boolean().optional(),
  is_platform_admin: z.boolean().optional(),
});

export const accountEntrySchema = z.object({
  id: z.string(),
  actor: z.string(),
  action: z.string(),
  details: z.record(z.string(), z.unknown()),
  at: z.iso.datetime(),
});
export type AccountEntry = z.infer<typeof accountEntrySchema>;

export const loginMethodsSchema = z.object({
  password: z.literal(true),
  oidc: z.object({ start_url: z.string() }).nullable(),
});
