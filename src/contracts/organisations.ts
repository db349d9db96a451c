/** Organisations, their members, invitations and projects, as /api/v1 takes and shows them. */
import * as z from 'zod';
import { ORGANISATION_ROLES, pageQuerySchema, roleSchema } from './management.ts';

/** What would be taken for a part of an address, or for the platform itself. */
export const RESERVED_SLUGS: readonly string[] = [
  ...['about', 'account', 'admin', 'administrator', 'anonymous', 'api', 'app', 'assets', 'auth', 'billing'],
  ...[
    'blog',
    'dashboard',
    'default',
    'docs',
    'help',
    'internal',
    'inventiv',
    'inventiv-agents',
    'invitation',
  ],
  ...['invitations', 'login', 'logout', 'me', 'metrics', 'new', 'none', 'null', 'oauth', 'organisation'],
  ...['organisations', 'organization', 'organizations', 'platform', 'public', 'root', 'security', 'self'],
  ...[
    'settings',
    'shared',
    'signup',
    'status',
    'support',
    'system',
    'undefined',
    'user',
    'users',
    'v1',
    'www',
  ],
];

/** Personal workspaces are called so. */
export const RESERVED_SLUG_PREFIX = 'personal-';

const SLUG = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
/** Names go into mails and headings: one line of visible text. */
const LINE = /^\S(?:[^\p{Cc}\p{Cf}\u2028\u2029]*\S)?$/u;
const SLUG_HINT = 'lower-case letters, digits and hyphens';

const name = z.string().min(1).max(100).regex(LINE, 'one line without blanks around it');
const projectSlug = z.string().min(1).max(40).regex(SLUG, SLUG_HINT);
const organisationSlug = z.string().min(2).max(40).regex(SLUG, SLUG_HINT);
export const colourSchema = z
  .string()
  .regex(/^#[0-9a-f]{6}$/, 'six hexadecimal digits in lower case, such as #2f6fde')
  .nullable();
const language = z.enum(['en', 'fr']);
const email = z.email().max(255);

export const organisationNameSchema = name;

// Organisations
export const createOrganisationSchema = z.strictObject({
  name,
  slug: organisationSlug.describe('Short name in addresses and model names; it never changes'),
  colour: colourSchema.default(null),
  owner_id: z
    .string()
    .max(100)
    .optional()
    .describe('First owner, when a platform administrator creates it for somebody; else whoever asks'),
});

/** How far the end of an organisation is. */
export const deletionSchema = z.object({
  asked_at: z.iso.datetime(),
  asked_by: z.string(),
  /** Machines that are not proven gone. */
  machines_left: z.int(),
  /** Volumes that are not proven gone. */
  volumes_left: z.int(),
});
export type DeletionView = z.infer<typeof deletionSchema>;

export const myOrganisationSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  colour: z.string().nullable(),
  role: roleSchema,
  is_deleting: z.boolean(),
  created_at: z.iso.datetime(),
});
export type MyOrganisation = z.infer<typeof myOrganisationSchema>;

export const listedOrganisationSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  members: z.int(),
  state: z.enum(['active', 'deleting', 'deleted']),
  created_at: z.iso.datetime(),
  deletion_asked_at: z.iso.datetime().nullable(),
  deleted_at: z.iso.datetime().nullable(),
});
export type ListedOrganisation = z.infer<typeof listedOrganisationSchema>;

export const organisationsQuerySchema = pageQuerySchema.extend({
  search: z.string().max(100).optional().describe('Part of the name or short name'),
  state: z.enum(['active', 'deleting', 'deleted']).optional(),
});

/** Said again, so that it is not deleted by a slip. */
export const confirmSlugSchema = z.object({
  confirm: z.string().max(100).describe('Short name of the organisation'),
});

// Members
export const memberSchema = z.object({
  user_id: z.string(),
  username: z.string(),
  /** Null for those who do not look after members. */
  email: z.string().nullable(),
  role: roleSchema,
  joined_at: z.iso.datetime(),
  /** Roles that you may give them. */
  may_become: z.array(z.enum(ORGANISATION_ROLES)),
  may_remove: z.boolean(),
});
export type MemberView = z.infer<typeof memberSchema>;

export const MEMBER_SORTS = ['username', 'joined_at', 'role'] as const;
export type MemberSort = (typeof MEMBER_SORTS)[number];
export const INVITATION_SORTS = ['created_at', 'email'] as const;
export type InvitationSort = (typeof INVITATION_SORTS)[number];

export const changeMemberSchema = z.strictObject({ role: roleSchema });

/** What ended with the membership. */
export const removedMemberSchema = z.object({
  user_id: z.string(),
  /** Keys of that person in this organisation; they stopped working at once. */
  revoked_api_keys: z.int(),
});
export type RemovedMember = z.infer<typeof removedMemberSchema>;

// Invitations
export const createInvitationSchema = z.strictObject({
  email,
  role: roleSchema.default('user'),
  language: language.default('en').describe('Of the mail'),
});

export const invitationSchema = z.object({
  id: z.string(),
  email: z.string(),
  role: roleSchema,
  state: z.enum(['open', 'expired', 'accepted', 'revoked']),
  invited_by: z.string(),
  created_at: z.iso.datetime(),
  /** When its link was mailed last. */
  sent_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});
export type InvitationView = z.infer<typeof invitationSchema>;

const token = z.string().min(1).max(200).describe('From the link in the mail');
export const invitationTokenSchema = z.strictObject({ token });

export const openedInvitationSchema = z.object({
  organisation: z.object({ name: z.string(), slug: z.string(), colour: z.string().nullable() }),
  email: z.string(),
  role: roleSchema,
  invited_by: z.string(),
  expires_at: z.iso.datetime(),
  /** Whether the address has an account: sign in with it, or make one. */
  has_account: z.boolean(),
});
export type OpenedInvitation = z.infer<typeof openedInvitationSchema>;

export const joinSchema = z.strictObject({
  token,
  username: z
    .string()
    .min(2)
    .max(60)
    .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])$/, 'letters, digits, dots, hyphens and underscores'),
  password: z.string().min(12, 'at least 12 characters').max(1024),
});

export const acceptedInvitationSchema = z.object({
  organisation_id: z.string(),
  role: roleSchema,
  username: z.string(),
});
export type AcceptedInvitation = z.infer<typeof acceptedInvitationSchema>;

// Projects
export const createProjectSchema = z.strictObject({ name, slug: projectSlug });
export const changeProjectSchema = z
  .strictObject({
    name: name.optional(),
    archived: z.boolean().optional().describe('Archived ones are not offered; what they had stays theirs'),
  })
  .refine((change) => Object.keys(change).length > 0, 'name at least one change');
export const projectSchema = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  created_at: z.iso.datetime(),
  archived_at: z.iso.datetime().nullable(),
});
export type ProjectView = z.infer<typeof projectSchema>;

/** Which project's figures are asked for. */
export const projectFilterSchema = z
  .string()
  .max(100)
  .optional()
  .describe('Only those of this project; `none`: only those of no project');

/** One row each; `project_id` is null for what belongs to no project. */
export const usageByProjectSchema = z.object({
  data: z.array(
    z.object({
      project_id: z.string().nullable(),
      requests: z.int(),
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      cached_tokens: z.int(),
    }),
  ),
});
export const costsByProjectSchema = z.object({
  data: z.array(z.object({ project_id: z.string().nullable(), micros: z.int() })),
});

export const projectIdSchema = z
  .string()
  .max(100)
  .nullable()
  .describe('Project of the organisation that it belongs to; null is none');
