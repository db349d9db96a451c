import * as z from 'zod';
import { type Route, route } from './route.ts';

export const versionSchema = z.object({
  version: z.string(),
  worker_version: z.string().nullable(),
  worker_sha256: z.string().nullable(),
  /** Where SDKs find `/v1`; null when it is this origin. */
  gateway_url: z.string().nullable(),
});
export type VersionView = z.infer<typeof versionSchema>;

export function versionRoutes(readVersion: () => VersionView): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/version',
      name: 'system.version',
      summary: 'What runs here, and where inference is reached',
      policy: { allow: 'anyone', because: 'the sign-in page and the command line show it' },
      success: { status: 200, body: versionSchema },
      handler: async () => readVersion(),
    }),
  ];
}
