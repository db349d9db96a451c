/**
 * A machine is registered: its credential is sealed and never leaves again, and it is looked at for the first time by
 * the orchestrator. Without a pinned key that look stops at the machine's own key, which then waits for a person.
 */
import ssh2 from 'ssh2';
import type { HostCredentialInput, RegisterHost } from '#contracts/hosts.ts';
import { constraintOf, type Transaction } from '#database/database.ts';
import { requireLiving } from '#identity/organisations/queries.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type HostId, newId, type OrgId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { BARE_METAL } from '#providers/host-book.ts';
import { newKeyPair } from '#providers/host-key-pair.ts';
import type { HostCredential } from '#providers/host-ssh.ts';
import { announceHost } from '../announce-hosts.ts';
import { askForProbe, type CredentialKind, countHosts, insertHost } from '../host-store.ts';
import { credentialPlace } from '../sealed-hosts.ts';

export const PROBE_HOST = 'probe-host';
export const HOSTS_MAX = 2_000;

export interface HostRules {
  readonly env: Pick<Env, 'clock' | 'random'>;
  readonly sealer: Sealer;
  readonly enabledProviders: readonly string[];
}

export interface SealedCredential {
  readonly kind: CredentialKind;
  readonly sealed: string;
  readonly publicKey: string | null;
}

/** @throws organisation.deleting, provider.not_enabled, host.bad_credential, host.name_taken, host.address_taken, host.too_many */
export async function registerHost(
  rules: HostRules,
  tx: Transaction,
  scope: OrgScope,
  wanted: RegisterHost,
  by: Actor,
): Promise<HostId> {
  await requireLiving(tx, scope);
  if (!rules.enabledProviders.includes(BARE_METAL)) {
    throw new AppError('provider.not_enabled', {
      publicMessage: `Own machines are not enabled here: an administrator adds ${BARE_METAL} to ENABLED_PROVIDERS.`,
    });
  }
  if ((await countHosts(tx, scope)) >= HOSTS_MAX) throw new AppError('host.too_many');
  const id = newId(rules.env, 'host');
  const credential = sealHostCredential(
    rules,
    { orgId: scope.orgId, id, name: wanted.name },
    wanted.credential,
  );
  await named(() =>
    insertHost(tx, scope, {
      id,
      name: wanted.name,
      address: wanted.address,
      port: wanted.port,
      username: wanted.username,
      zone: zoneOf(scope.orgId),
      price: wanted.price,
      credentialKind: credential.kind,
      publicKey: credential.publicKey,
      credential: credential.sealed,
      hostKey: wanted.host_key ?? null,
      createdBy: by.actor,
    }),
  );
  await requestProbe(tx, scope, id, by);
  return id;
}

/** The orchestrator looks at it; what it finds appears on the host. */
export async function requestProbe(tx: Transaction, scope: OrgScope, id: HostId, by: Actor): Promise<void> {
  await askForProbe(tx, scope, id);
  const job = { kind: PROBE_HOST, subjectId: id, orgId: scope.orgId, correlationId: by.correlationId };
  await enqueue(tx, job);
  await announceHost(tx, scope, id, by.correlationId);
}

/** @throws host.bad_credential */
export function sealHostCredential(
  { sealer }: Pick<HostRules, 'sealer'>,
  host: { readonly orgId: string; readonly id: string; readonly name: string },
  input: HostCredentialInput,
): SealedCredential {
  const made = credentialOf(host.name, input);
  const text = new Secret(JSON.stringify(made.credential));
  return { kind: input.kind, publicKey: made.publicKey, sealed: sealer.seal(text, credentialPlace(host)) };
}

/** A conflict says which of the two it is. */
export async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint === 'hosts_name') throw new AppError('host.name_taken', { cause: error });
    if (constraint === 'hosts_address') throw new AppError('host.address_taken', { cause: error });
    throw error;
  }
}

/** A zone of its own for each organisation; the random part of its id tells them apart. */
export function zoneOf(orgId: OrgId): string {
  return `hosts-${orgId.slice(-16)}`;
}

function credentialOf(
  name: string,
  input: HostCredentialInput,
): { credential: HostCredential; publicKey: string | null } {
  switch (input.kind) {
    case 'password':
      return { credential: { kind: 'password', secret: input.password }, publicKey: null };
    case 'private_key': {
      requireReadable(input.private_key, input.passphrase);
      const { private_key: secret, passphrase } = input;
      return { credential: { kind: 'private_key', secret, passphrase }, publicKey: null };
    }
    case 'generated': {
      const comment = `inventiv-${name.replace(/[^A-Za-z0-9.-]/g, '-')}`;
      const pair = newKeyPair(comment);
      return { credential: { kind: 'generated', secret: pair.private }, publicKey: pair.public.trim() };
    }
  }
}

function requireReadable(key: string, passphrase: string | undefined): void {
  const parsed = ssh2.utils.parseKey(key, passphrase);
  const [first] = Array.isArray(parsed) ? parsed : [parsed];
  if (first instanceof Error) {
    const isLocked = /encrypted|passphrase/i.test(first.message);
    throw badCredential(
      isLocked
        ? 'The private key is encrypted: give its right passphrase too.'
        : 'This is no private key that can be read. Give the whole file, in OpenSSH or PEM form.',
    );
  }
  if (first?.isPrivateKey() !== true) {
    throw badCredential('This is a public key. Give the private one, the file without .pub.');
  }
}

function badCredential(message: string): AppError {
  return new AppError('host.bad_credential', {
    publicMessage: message,
    details: { errors: [{ path: 'credential.private_key', message }] },
  });
}
