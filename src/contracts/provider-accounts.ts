/** Accounts on providers that an organisation brings; their credentials are written and never read back. */
import * as z from 'zod';

const name = z.string().trim().min(1).max(100);
const credential = z
  .record(z.string().max(100), z.union([z.string().max(8_192), z.number(), z.boolean()]))
  .refine((fields) => Object.keys(fields).length <= 50, 'too many fields')
  .describe('What the provider asks for, such as {"token": "..."}; it is sealed and never shown again');

export const createProviderAccountSchema = z.strictObject({
  provider: z.string().max(50),
  name,
  credential,
});

export const changeProviderAccountSchema = z.strictObject({
  name: name.optional(),
  credential: credential.optional(),
});

export const rotateCredentialSchema = z.strictObject({ credential });

/** What the last check saw of the account, in the provider's own words where it has any. */
const inspectionSchema = z.object({
  /** What is billed there. */
  account: z.string(),
  /** Whose credential it is. */
  principal: z.string().nullable(),
  expires_at: z.iso.datetime().nullable(),
  rights: z.array(
    z.object({
      right: z.string(),
      state: z.enum(['granted', 'missing', 'unknown']),
      /** Nothing is ordered on an account that lacks it. */
      is_needed: z.boolean(),
      /** As the provider calls it. */
      name: z.string(),
    }),
  ),
  quotas: z.array(
    z.object({
      resource: z.string(),
      zone: z.string().nullable(),
      limit: z.number(),
      used: z.number().nullable(),
    }),
  ),
  zones: z.array(z.object({ zone: z.string(), is_reachable: z.boolean(), error: z.string().nullable() })),
});

export const providerAccountSchema = z.object({
  id: z.string(),
  provider: z.string(),
  name: z.string(),
  /** One up with each new credential. */
  version: z.int(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  check: z.object({
    /** `none`: this credential was never tried. */
    state: z.enum(['none', 'pending', 'ok', 'failed']),
    checked_at: z.iso.datetime().nullable(),
    /** Kind of the provider's refusal, such as `auth`. */
    error: z.string().nullable(),
    message: z.string().nullable(),
    /** Null where the provider was not reached or refused the credential. */
    inspection: inspectionSchema.nullable(),
  }),
  /** The last credential that was to replace the one before it. */
  rotation: z.object({
    /** `testing`: the former one is in use until the new one has proved itself. */
    state: z.enum(['none', 'testing', 'refused', 'done']),
    at: z.iso.datetime().nullable(),
    /** Why it was refused. */
    error: z.string().nullable(),
    message: z.string().nullable(),
    /** What began before goes on with the former credential: revoke it at the provider after this. */
    former_until: z.iso.datetime().nullable(),
  }),
});
export type ProviderAccountView = z.infer<typeof providerAccountSchema>;

/** One input of the form in which a provider takes a credential. */
export const credentialFieldSchema = z.object({
  name: z.string(),
  kind: z.enum(['text', 'secret', 'number', 'boolean', 'choice']),
  is_required: z.boolean(),
  /** Of a `choice`. */
  choices: z.array(z.string()).nullable(),
  about: z.string().nullable(),
});
export type CredentialField = z.infer<typeof credentialFieldSchema>;

/** A provider on which an organisation may bring accounts of its own. */
export const providerKindSchema = z.object({
  provider: z.string(),
  /** Ways to give a credential, of which one is filled in. */
  forms: z.array(z.object({ fields: z.array(credentialFieldSchema) })),
});
export type ProviderKindView = z.infer<typeof providerKindSchema>;
