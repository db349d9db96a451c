import * as z from 'zod';

/** What an account on the mock cloud is opened with. */
export const mockCredentialSchema = z.strictObject({ token: z.string().min(1).max(1_000) });
