/** Machines that an organisation owns and lends to its own deployments. Credentials are written and never read back. */
import * as z from 'zod';

/**
 * What can be done with a host. `unconfirmed`: nobody has said yet that its host key is right. `unprobed`: it was not
 * looked at. `failed`: it could not be worked on, see `probe`. `silent`: its agent does not ask any more. Only a
 * `free` one is offered.
 */
export const HOST_STATES = [
  'unconfirmed',
  'unprobed',
  'failed',
  'silent',
  'free',
  'claimed',
  'out_of_service',
] as const;
export type HostState = (typeof HOST_STATES)[number];

/** `agent`: nobody dials it; an agent on it asks what to do. */
export const HOST_REACHES = ['ssh', 'agent'] as const;

export const INVENTORY_FORMATS = ['csv', 'json_lines', 'ansible_ini', 'ansible_yaml'] as const;
export type InventoryFormat = (typeof INVENTORY_FORMATS)[number];

const ADDRESS = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45})$/;
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

const name = z.string().trim().min(1).max(100);
const address = z
  .string()
  .trim()
  .regex(ADDRESS, 'an IP address or a host name')
  .describe('Address or host name');
const port = z.int().min(1).max(65_535);
const username = z.string().trim().regex(USER, 'the name of a user on the machine');
const hostKey = z
  .string()
  .trim()
  .regex(FINGERPRINT, 'as `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` shows it: SHA256:...');
export const hostPriceSchema = z
  .strictObject({
    nanos_per_hour: z.int().min(0).max(1e15),
    currency: z.string().regex(/^[A-Z]{3}$/),
  })
  .describe('What an hour of it counts for; 0 is free');

export const hostCredentialSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('private_key'),
    private_key: z.string().min(1).max(16_384),
    passphrase: z.string().max(1_024).optional(),
  }),
  z.strictObject({ kind: z.literal('password'), password: z.string().min(1).max(1_024) }),
  /** We make a key pair; its public half is shown, to be put onto the machine. */
  z.strictObject({ kind: z.literal('generated') }),
]);
export type HostCredentialInput = z.infer<typeof hostCredentialSchema>;

export const registerHostSchema = z.strictObject({
  name,
  address,
  port: port.default(22),
  username: username.default('root'),
  host_key: hostKey
    .optional()
    .describe('Pinned; without it the key that is seen first waits to be confirmed'),
  price: hostPriceSchema.nullable().default(null),
  credential: hostCredentialSchema,
});
export type RegisterHost = z.infer<typeof registerHostSchema>;

export const importHostsSchema = z.strictObject({
  format: z.enum(INVENTORY_FORMATS),
  content: z.string().min(1).max(1_000_000),
  /** For what a line does not say itself. */
  defaults: z
    .strictObject({
      port: port.optional(),
      username: username.optional(),
      price: hostPriceSchema.nullable().optional(),
      credential: hostCredentialSchema.optional(),
    })
    .default({}),
});
export type ImportHosts = z.infer<typeof importHostsSchema>;

export const changeHostSchema = z.strictObject({
  name: name.optional(),
  username: username.optional(),
  price: hostPriceSchema.nullable().optional(),
  out_of_service: z.boolean().optional(),
  credential: hostCredentialSchema.optional(),
});
export type ChangeHost = z.infer<typeof changeHostSchema>;

export const confirmHostKeySchema = z.strictObject({ host_key: hostKey });
export const releaseHostSchema = z.strictObject({
  confirm: z.string().max(100).describe('The name of the host, typed again, as proof that it is meant'),
});

const factsSchema = z.object({
  arch: z.string(),
  os: z.string(),
  vcpus: z.int(),
  memory_bytes: z.number(),
  disk_free_bytes: z.number(),
  gpus: z.array(
    z.object({
      kind: z.string(),
      vram_bytes: z.number(),
      driver: z.string(),
      compute_capability: z.string().nullable(),
    }),
  ),
  container_runtime: z.string().nullable(),
  gpu_toolkit: z.string().nullable(),
  /** What a model may miss there, and what to do about it. */
  warnings: z.array(z.string()),
});

export const hostSchema = z.object({
  id: z.string(),
  name: z.string(),
  reached_by: z.enum(HOST_REACHES),
  /** Null where its agent reaches us, as are port, user and credential. */
  address: z.string().nullable(),
  port: z.int().nullable(),
  username: z.string().nullable(),
  state: z.enum(HOST_STATES),
  /** Where its offers are; of this organisation alone. */
  zone: z.string(),
  /** The type under which it is offered; null until it was seen. */
  instance_type: z.string().nullable(),
  price: hostPriceSchema.nullable(),
  credential_kind: z.enum(['private_key', 'password', 'generated']).nullable(),
  /** Of a key that was made here: a line for `authorized_keys`. */
  public_key: z.string().nullable(),
  host_key: z.string().nullable(),
  /** Another key than the confirmed one, which the machine showed last. */
  seen_host_key: z.string().nullable(),
  out_of_service: z.boolean(),
  probe: z.object({
    state: z.enum(['none', 'pending', 'ok', 'failed']),
    at: z.iso.datetime().nullable(),
    error: z.string().nullable(),
    message: z.string().nullable(),
  }),
  facts: factsSchema.nullable(),
  /** Null where the machine is reached by SSH. */
  agent: z
    .object({
      seen_at: z.iso.datetime().nullable(),
      seen_from: z.string().nullable(),
      is_silent: z.boolean(),
      /** Of its program. */
      sha256: z.string().nullable(),
    })
    .nullable(),
  claim: z
    .object({
      instance_id: z.string(),
      claimed_at: z.iso.datetime(),
      /** When the installation was begun there. */
      started_at: z.iso.datetime().nullable(),
      /** It is to be given back, and is when nothing of ours is left on it. */
      release_asked_at: z.iso.datetime().nullable(),
    })
    .nullable(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type HostView = z.infer<typeof hostSchema>;
