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
  }),
});
export type ProviderAccountView = z.infer<typeof providerAccountSchema>;
