/** The providers that this release knows, and how each is spoken to: named here and nowhere else. */
import type * as z from 'zod';
import { type Config, ConfigError } from '#config/config.ts';
import { readOptionalSecret, readSecret } from '#config/secrets.ts';
import { type HostBookDeps, openHostBook } from '#hosts/host-book.ts';
import type { Env } from '#kernel/env.ts';
import { Secret } from '#kernel/secret.ts';
import {
  type AwsCredential,
  awsCredentialSchema,
  optionsOf as awsOptionsOf,
} from '#providers/aws/credential.ts';
import { AwsProvider } from '#providers/aws/provider.ts';
import { BareMetalProvider } from '#providers/bare-metal/provider.ts';
import { BARE_METAL } from '#providers/host-book.ts';
import { mockCredentialSchema } from '#providers/mock/credential.ts';
import { MOCK_PARTS, MockProvider } from '#providers/mock/provider.ts';
import type { Provider } from '#providers/provider.ts';
import {
  optionsOf,
  type ScalewayCredential,
  scalewayCredentialSchema,
} from '#providers/scaleway/credential.ts';
import { ScalewayProvider } from '#providers/scaleway/provider.ts';
import type { Credential } from '#settings/account-directory.ts';

interface ProviderKind {
  /** A machine can be made with a volume that outlived another. */
  readonly attachesVolumes: boolean;
  /** The form of an account's credential; undefined where there are no accounts. */
  readonly credential?: z.ZodType;
  /** With an account's credential, which has that form. */
  readonly forAccount: (env: Env, config: Config, credential: Secret<Credential>) => Provider;
  /** With the installation's own credentials; undefined where it has none and only organisations bring theirs. */
  readonly own: (env: Env, config: Config, hosts?: HostBookDeps) => Provider | undefined;
}

const KINDS: ReadonlyMap<string, ProviderKind> = new Map<string, ProviderKind>([
  [
    'mock',
    {
      attachesVolumes: true,
      credential: mockCredentialSchema,
      forAccount: (env, config, credential) => mock(env, config, tokenOf(credential)),
      own: (env, config) => mock(env, config, readSecret(config, 'mock_cloud_token')),
    },
  ],
  [
    BARE_METAL,
    {
      attachesVolumes: false,
      forAccount: () => {
        throw new ConfigError(`${BARE_METAL} has no accounts: machines are registered one by one`);
      },
      own: (env, _config, hosts) =>
        hosts && new BareMetalProvider({ book: openHostBook(hosts), clock: env.clock }),
    },
  ],
  [
    'aws',
    {
      // EC2 makes a machine with new disks, or those of a snapshot; another's disk comes when it runs already.
      attachesVolumes: false,
      credential: awsCredentialSchema,
      forAccount: (env, config, credential) =>
        aws(env, config, awsCredentialSchema.parse(credential.reveal())),
      own: (env, config) => {
        const credential = ownAws(config);
        return credential && aws(env, config, credential);
      },
    },
  ],
  [
    'scaleway',
    {
      attachesVolumes: true,
      credential: scalewayCredentialSchema,
      forAccount: (env, config, credential) =>
        scaleway(env, config, scalewayCredentialSchema.parse(credential.reveal())),
      own: (env, config) => {
        const credential = ownScaleway(config);
        return credential && scaleway(env, config, credential);
      },
    },
  ],
]);

export const PROVIDER_KINDS: readonly string[] = [...KINDS.keys()];

export function credentialOf(providerId: string): z.ZodType | undefined {
  return KINDS.get(providerId)?.credential;
}

export function attachesVolumes(providerId: string): boolean {
  return KINDS.get(providerId)?.attachesVolumes ?? false;
}

/**
 * Every enabled provider on which the installation itself has an account. Machines that organisations own are known
 * by a database alone, so without one they are not among them. @throws ConfigError
 */
export function ownProviders(env: Env, config: Config, hosts?: HostBookDeps): Provider[] {
  return config.enabledProviders.flatMap((id) => kindOf(id).own(env, config, hosts) ?? []);
}

/** An owner's machine is never switched off by its agent. */
export function mayPowerOff(providerId: string): boolean {
  return providerId !== BARE_METAL;
}

export function accountProvider(
  env: Env,
  config: Config,
  providerId: string,
  credential: Secret<Credential>,
): Provider {
  return kindOf(providerId).forAccount(env, config, credential);
}

function kindOf(providerId: string): ProviderKind {
  const kind = KINDS.get(providerId);
  if (!kind) throw new ConfigError(`ENABLED_PROVIDERS names ${providerId}, which has no adapter`);
  return kind;
}

function mock(env: Env, config: Config, token: Secret): Provider {
  return new MockProvider({
    baseUrl: `http://127.0.0.1:${config.ports.mockCloud}`,
    token,
    clock: env.clock,
    parts: MOCK_PARTS[config.values.MOCK_PARTS] ?? [],
  });
}

function tokenOf(credential: Secret<Credential>): Secret {
  return new Secret(mockCredentialSchema.parse(credential.reveal()).token);
}

/** Its SDK is loaded with its first call. */
function aws(env: Env, config: Config, credential: AwsCredential): AwsProvider {
  return new AwsProvider({
    ...awsOptionsOf(credential),
    baseUrl: config.values.AWS_API_URL || undefined,
    accessKeyId: credential.access_key_id,
    secretAccessKey: new Secret(credential.secret_access_key),
    sessionToken: credential.session_token === undefined ? undefined : new Secret(credential.session_token),
    clock: env.clock,
  });
}

/** @throws ConfigError when it is there in part, or in a wrong form; the secret is not in its message */
function ownAws(config: Config): AwsCredential | undefined {
  const secret = readOptionalSecret(config, 'aws_secret_access_key');
  const { AWS_OWN_KEY_ID: id, AWS_ZONES: zones } = config.values;
  if (!secret && id === '') return undefined;
  const given = { access_key_id: id, secret_access_key: secret?.reveal() ?? '', zones };
  const read = awsCredentialSchema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const what = { secret_access_key: 'the secret file aws_secret_access_key', zones: 'AWS_ZONES' }[
    String(issue?.path[0])
  ];
  throw new ConfigError(`${what ?? 'AWS_OWN_KEY_ID'} cannot be used: ${issue?.message}`);
}

function scaleway(env: Env, config: Config, credential: ScalewayCredential): ScalewayProvider {
  return new ScalewayProvider({
    ...optionsOf(credential),
    baseUrl: config.values.SCALEWAY_API_URL,
    secretKey: new Secret(credential.secret_key),
    clock: env.clock,
  });
}

/** @throws ConfigError when it is there in part, or in a wrong form; the secret is not in its message */
function ownScaleway(config: Config): ScalewayCredential | undefined {
  const secretKey = readOptionalSecret(config, 'scaleway_secret_key');
  const { SCALEWAY_PROJECT_ID: project, SCALEWAY_ZONES: zones } = config.values;
  if (!secretKey && project === '') return undefined;
  const given = { secret_key: secretKey?.reveal() ?? '', project_id: project, zones };
  const read = scalewayCredentialSchema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const what = { secret_key: 'the secret file scaleway_secret_key', zones: 'SCALEWAY_ZONES' }[
    String(issue?.path[0])
  ];
  throw new ConfigError(`${what ?? 'SCALEWAY_PROJECT_ID'} cannot be used: ${issue?.message}`);
}
