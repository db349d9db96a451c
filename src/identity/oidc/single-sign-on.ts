/**
 * Signing in with a provider of identities: OpenID Connect, authorisation code with PKCE, state and nonce.
 *
 * What belongs to one attempt lies sealed in a cookie of the browser that began it, for ten minutes. So a callback
 * that another browser was given, or that nobody asked for, leads nowhere; and nothing is stored for strangers.
 */
import * as client from 'openid-client';
import * as z from 'zod';
import type { Language } from '#contracts/people.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import type { SealedPlace, Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { isLoopback, type OidcConfig, type SignInRules } from './oidc-config.ts';

/** Whom the provider vouches for. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
  readonly preferredUsername: string | undefined;
  readonly language: Language;
  readonly groups: readonly string[];
}

export interface Attempt {
  /** A path of our own. */
  readonly returnTo: string;
  /** Set where somebody who is signed in adds this way to their account. */
  readonly linkTo: string | undefined;
}

export interface SingleSignOn {
  readonly rules: SignInRules;
  /** Where the browser goes, and what it keeps until it comes back. @throws oidc.unavailable */
  begin(attempt: Attempt): Promise<{ readonly url: string; readonly kept: string }>;
  /** @throws oidc.failed, oidc.unavailable */
  finish(
    answer: URLSearchParams,
    kept: string | undefined,
  ): Promise<{ readonly person: Person; readonly attempt: Attempt }>;
}

export const ATTEMPT_TTL_MS = 600_000;

const PLACE: SealedPlace = { table: 'oidc', orgId: '', rowId: 'attempt', column: 'cookie' };
const CONFIGURATION_TTL_MS = 3_600_000;
const TIMEOUT_SECONDS = 10;
const CLOCK_TOLERANCE_SECONDS = 30;
const GROUPS_MAX = 2_000;

const keptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  linkTo: z.string().optional(),
  expiresAtMs: z.number(),
});
type Kept = z.output<typeof keptSchema>;

export function openSingleSignOn(
  deps: { readonly env: Env; readonly sealer: Sealer },
  config: OidcConfig,
): SingleSignOn {
  return new OidcSignOn(deps.env, deps.sealer, config);
}

class OidcSignOn implements SingleSignOn {
  readonly #env: Env;
  readonly #sealer: Sealer;
  readonly #config: OidcConfig;
  #configuration: { readonly value: Promise<client.Configuration>; readonly untilMs: number } | undefined;

  constructor(env: Env, sealer: Sealer, config: OidcConfig) {
    this.#env = env;
    this.#sealer = sealer;
    this.#config = config;
  }

  get rules(): SignInRules {
    return this.#config.rules;
  }

  async begin({ returnTo, linkTo }: Attempt): Promise<{ url: string; kept: string }> {
    const configuration = await this.#discover();
    const kept: Kept = {
      state: this.#randomText(),
      nonce: this.#randomText(),
      verifier: this.#randomText(),
      returnTo,
      ...(linkTo === undefined ? {} : { linkTo }),
      expiresAtMs: this.#env.clock.now() + ATTEMPT_TTL_MS,
    };
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#config.redirectUri,
      scope: this.#config.scope,
      state: kept.state,
      nonce: kept.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(kept.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, kept: this.#sealer.seal(new Secret(JSON.stringify(kept)), PLACE) };
  }

  async finish(
    answer: URLSearchParams,
    text: string | undefined,
  ): Promise<{ person: Person; attempt: Attempt }> {
    const kept = this.#readKept(text);
    if (!kept)
      throw new AppError('oidc.failed', { cause: new Error('no attempt of this browser is under way') });
    const configuration = await this.#discover();
    const callback = new URL(this.#config.redirectUri);
    callback.search = answer.toString();
    try {
      const tokens = await client.authorizationCodeGrant(configuration, callback, {
        pkceCodeVerifier: kept.verifier,
        expectedState: kept.state,
        expectedNonce: kept.nonce,
        idTokenExpected: true,
      });
      const person = await this.#readPerson(configuration, tokens);
      return { person, attempt: { returnTo: kept.returnTo, linkTo: kept.linkTo } };
    } catch (error) {
      throw translate(error);
    }
  }

  /** Claims of the ID token, which is signed; what it leaves out is asked of the provider. */
  async #readPerson(
    configuration: client.Configuration,
    tokens: Awaited<ReturnType<typeof client.authorizationCodeGrant>>,
  ): Promise<Person> {
    const claims = tokens.claims();
    if (!claims) throw new Error('the provider gave no ID token');
    const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
    const more = hasMore ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
    return readPerson({ ...more, ...claims }, this.#config.groupsClaim);
  }

  #readKept(text: string | undefined): Kept | undefined {
    if (text === undefined) return undefined;
    try {
      const kept = keptSchema.parse(JSON.parse(this.#sealer.open(text, PLACE).reveal()));
      return kept.expiresAtMs > this.#env.clock.now() ? kept : undefined;
    } catch {
      // Not ours, or sealed under another key: the same as nothing.
      return undefined;
    }
  }

  /** What the provider says of itself, kept for an hour; a failure is not kept. */
  async #discover(): Promise<client.Configuration> {
    const nowMs = this.#env.clock.now();
    if (!this.#configuration || this.#configuration.untilMs <= nowMs) {
      this.#configuration = { value: this.#askProvider(), untilMs: nowMs + CONFIGURATION_TTL_MS };
    }
    const asked = this.#configuration;
    try {
      return await asked.value;
    } catch (error) {
      if (this.#configuration === asked) this.#configuration = undefined;
      throw new AppError('oidc.unavailable', { cause: error });
    }
  }

  #askProvider(): Promise<client.Configuration> {
    const { issuer, clientId, clientSecret } = this.#config;
    const authentication = clientSecret ? client.ClientSecretPost(clientSecret.reveal()) : client.None();
    const metadata = { [client.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    return client.discovery(issuer, clientId, metadata, authentication, {
      timeout: TIMEOUT_SECONDS,
      // Signatures are checked although the token comes from the provider itself. Without TLS only on this machine.
      execute: [
        client.enableNonRepudiationChecks,
        ...(isLoopback(issuer) ? [client.allowInsecureRequests] : []),
      ],
    });
  }

  #randomText(): string {
    return Buffer.from(this.#env.random.bytes(32)).toString('base64url');
  }
}

/** @throws where the provider says that it left the groups out: none is not the same as unknown */
export function readPerson(claims: Readonly<Record<string, unknown>>, groupsClaim: string): Person {
  const elsewhere = claims['_claim_names'];
  if (typeof elsewhere === 'object' && elsewhere !== null && groupsClaim in elsewhere) {
    throw new Error(`the provider left out ${groupsClaim}, because there are too many`);
  }
  const groups = claims[groupsClaim];
  return {
    issuer: String(claims['iss']),
    subject: String(claims['sub']),
    email: textOf(claims['email']),
    isEmailVerified: claims['email_verified'] === true || claims['email_verified'] === 'true',
    preferredUsername: textOf(claims['preferred_username']),
    language: /^fr\b/i.test(String(claims['locale'])) ? 'fr' : 'en',
    groups: (Array.isArray(groups) ? groups : [groups])
      .filter((group): group is string => typeof group === 'string')
      .slice(0, GROUPS_MAX),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 254 && !/\p{Cc}/u.test(value)
    ? value
    : undefined;
}

function translate(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = (error as { code?: unknown }).code;
  const isAway =
    code === 'OAUTH_TIMEOUT' || (error instanceof TypeError && /fetch failed/.test(messageOf(error)));
  return new AppError(isAway ? 'oidc.unavailable' : 'oidc.failed', { cause: error });
}
