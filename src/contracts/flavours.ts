/** Bodies of flavours: with what engines are run, by family of GPU and provider. Nothing in them is secret. */
import * as z from 'zod';
import { FLAVOUR_ORIGINS, type FlavourParts, LOOPBACK } from './flavour-choice.ts';
import { GPU_FAMILIES, GPU_VENDORS, vendorOfFamily } from './gpu-families.ts';

/** Also the names in settings, so they hold no space, comma, equals sign or asterisk. */
export const FLAVOUR_NAME = /^[a-z0-9][a-z0-9._-]{0,59}$/;
const IMAGE =
  /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(@sha256:[0-9a-f]{64})?$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;
const SECRET_NAME = /KEY|SECRET|PASSW|CREDENTIAL|(?:^|_)(?:TOKEN|AUTH)(?:_|$)/i;
const SECRET_VALUE = /^(?:hf_|sk-|ghp_|github_pat_|glpat-|xox[abp]-|AKIA|inv_)|-----BEGIN /;
/** The agent sets these, or they would let other code into the engine or take it away from its GPUs. */
const OWNED_VARIABLE =
  /^(?:PATH|HOME|SHELL|IFS|ENV|BASH_ENV|HF_HOME|HF_ENDPOINT|LD_.*|PYTHON.*|.*_PROXY|VLLM_MEDIA_URL_ALLOW_REDIRECTS|VLLM_PLUGINS|(?:CUDA|HIP|ROCR|NVIDIA)_VISIBLE_DEVICES)$/i;
/** Of the machine: its own, what rules its containers, and what every process shares. */
const SYSTEM_PATHS = [
  ...[
    '/bin',
    '/boot',
    '/dev',
    '/etc',
    '/lib',
    '/lib32',
    '/lib64',
    '/libx32',
    '/proc',
    '/root',
    '/run',
    '/sbin',
  ],
  ...['/sys', '/usr', '/var/run', '/var/lib', '/var/log', '/var/spool', '/opt/inventiv'],
];
const INNER_PATHS = [
  '/bin',
  '/dev',
  '/etc',
  '/lib',
  '/lib64',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/usr',
];
const DEVICE =
  /^\/dev\/(?:infiniband(?:\/[A-Za-z0-9_-]+)?|dri(?:\/(?:card|renderD)\d+)?|kfd|gdrdrv|nvidia[A-Za-z0-9_-]*|nvidia-caps(?:\/[A-Za-z0-9_-]+)?|nvidia-caps-imex-channels(?:\/channel\d+)?)$/;
const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const FOREIGN_NETWORKS = ['host', 'none', 'container', 'ns', 'private', 'default'];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
const plain = /^[^\u0000-\u001f\u007f]*$/;
const name = z
  .string()
  .regex(FLAVOUR_NAME, 'small letters, digits, dots, hyphens and underscores, at most 60')
  .describe('Several records may have one name: one for each family and provider');
const image = z
  .string()
  .max(300)
  .regex(IMAGE, 'the name of an image, such as vllm/vllm-openai:v0.23.0')
  .refine(isPinned, 'must name a version or a digest, and not `latest`: what runs must not change by itself')
  .describe('With its version or digest; the program `vllm` is run in it');
const args = z
  .array(z.string().min(1).max(500).regex(plain, 'must not hold control characters'))
  .max(64)
  .describe('Before those that follow from the model and the machine, which have the last word');
const environment = z
  .record(
    z
      .string()
      .regex(VARIABLE, 'the name of a variable')
      .refine(
        (text) => !SECRET_NAME.test(text),
        'is the name of a secret: an engine gets none, and flavours are read by many. The machine has the token that it needs',
      )
      .refine(
        (text) => !OWNED_VARIABLE.test(text),
        'cannot be set: it belongs to the agent, or would let other code into the engine',
      ),
    z
      .string()
      .max(1_000)
      .regex(plain, 'must not hold control characters')
      .refine((text) => !SECRET_VALUE.test(text), 'looks like a secret, which must not be here'),
  )
  .refine((variables) => Object.keys(variables).length <= 64, 'at most 64 variables')
  .describe('Variables of the engine; no secrets');
const mount = z.strictObject({
  source: path(
    SYSTEM_PATHS,
    'a directory of the machine that belongs to its system is not given to an engine',
  ).describe('A directory of the machine'),
  target: path(INNER_PATHS, 'the container needs this place itself').describe('Where the engine sees it'),
  read_only: z.boolean().default(true),
});
const device = z
  .string()
  .max(100)
  .regex(
    DEVICE,
    'a device for computing, such as /dev/infiniband/uverbs0, /dev/gdrdrv or /dev/dri; disks and memory are not given to an engine',
  );
const network = z
  .string()
  .regex(NETWORK, `\`${LOOPBACK}\`, or the name of a network of the container runtime`)
  .refine(
    (text) => !FOREIGN_NETWORKS.includes(text.toLowerCase()),
    `cannot be used: the engine would stand in the machine's own network. Take \`${LOOPBACK}\`, or a network made for it`,
  )
  .describe('`loopback`: one of its own. Its port is open on the loopback of the machine alone, in either');

const parts = {
  image: image.nullable(),
  args: args.nullable(),
  environment: environment.nullable(),
  mounts: z.array(mount).max(16).nullable(),
  devices: z.array(device).max(32).nullable(),
  network: network.nullable(),
} as const;
const place = {
  name,
  gpu_vendor: z.enum(GPU_VENDORS),
  gpu_family: z.enum(GPU_FAMILIES).nullable().describe('Null: each of the vendor'),
  provider_id: z.string().min(1).max(60).nullable().describe('Null: at each provider'),
} as const;

export const createFlavourSchema = z
  .strictObject({
    ...place,
    gpu_family: place.gpu_family.default(null),
    provider_id: place.provider_id.default(null),
    ...parts,
  })
  .partial({ image: true, args: true, environment: true, mounts: true, devices: true, network: true })
  .refine(
    ({ gpu_vendor: vendor, gpu_family: family }) => family === null || vendorOfFamily(family) === vendor,
    {
      message: 'is of the other vendor',
      path: ['gpu_family'],
    },
  );
export type CreateFlavour = z.infer<typeof createFlavourSchema>;

export const changeFlavourSchema = z
  .strictObject(parts)
  .partial()
  .extend({
    version: z.int().min(1).describe('The one that was read; another change in between is not overwritten'),
  });
export type ChangeFlavour = z.infer<typeof changeFlavourSchema>;

export const flavourSchema = z.object({
  id: z.string(),
  ...place,
  image: z.string().nullable().describe('Null, as in the other parts: what the next place says'),
  args: z.array(z.string()).nullable(),
  environment: z.record(z.string(), z.string()).nullable(),
  mounts: z.array(z.object({ source: z.string(), target: z.string(), read_only: z.boolean() })).nullable(),
  devices: z.array(z.string()).nullable(),
  network: z.string().nullable(),
  is_built_in: z.boolean().describe('Of this release; a record of the same name and family goes before it'),
  version: z.int().describe('Raised by each change; 0 of built-in ones'),
  updated_at: z.iso.datetime().nullable(),
});
export type FlavourView = z.infer<typeof flavourSchema>;

function told<T extends z.ZodType>(value: T) {
  return z.object({
    value,
    origin: z.enum(FLAVOUR_ORIGINS),
    flavour: z.string(),
  });
}

/** With what the engine of an instance is run. */
export const instanceEngineSchema = z.object({
  kind: z.enum(['vllm', 'simulated']),
  is_told: z
    .boolean()
    .describe('Whether its agent was told this when it registered; else it is what one would be told now'),
  gpu: z.object({
    vendor: z.enum(GPU_VENDORS),
    family: z.enum(GPU_FAMILIES).nullable(),
    is_measured: z.boolean().describe('Read on the machine; else as the catalogue has it'),
  }),
  /** Null: nothing fits, and `refusal` says why. */
  flavour: z.string().nullable(),
  refusal: z.string().nullable(),
  parts: z
    .object({
      image: told(z.string()),
      args: told(z.array(z.string())),
      environment: told(z.record(z.string(), z.string())),
      mounts: told(z.array(z.object({ source: z.string(), target: z.string(), read_only: z.boolean() }))),
      devices: told(z.array(z.string())),
      network: told(z.string()),
    })
    .nullable()
    .describe('Each with the place that said it: the nearest to the machine that says something'),
  passed_over: z
    .array(
      z.object({
        origin: z.enum(FLAVOUR_ORIGINS),
        flavour: z.string(),
        because: z.enum(['unknown', 'other_gpus']),
      }),
    )
    .describe('Named, and not used: there is no such flavour, or none of its records is for these GPUs'),
});
export type InstanceEngine = z.infer<typeof instanceEngineSchema>;

/** The parts of a body; what was left out is null. */
export function partsOf(
  given: { readonly [P in keyof FlavourParts]?: FlavourParts[P] | undefined },
): FlavourParts {
  const { image: ofImage = null, args: ofArgs = null, environment: ofEnvironment = null } = given;
  const { mounts = null, devices = null, network: ofNetwork = null } = given;
  return { image: ofImage, args: ofArgs, environment: ofEnvironment, mounts, devices, network: ofNetwork };
}

function isPinned(text: string): boolean {
  const [, tag, digest] = IMAGE.exec(text) ?? [];
  return digest !== undefined || (tag !== undefined && tag.toLowerCase() !== 'latest');
}

/** Neither one of these nor above one nor below one; written the one way that a path can be. */
function path(taken: readonly string[], because: string) {
  return z
    .string()
    .max(500)
    .regex(
      /^(?:\/[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*)+$/,
      'an absolute path without hidden parts, `..`, spaces, colons, commas and a `/` at its end',
    )
    .refine((text) => !/^\/home(?:\/[^/]+)?$/.test(text), 'homes of people are not given to an engine')
    .refine(
      (text) =>
        !taken.some((one) => text === one || text.startsWith(`${one}/`) || one.startsWith(`${text}/`)),
      because,
    );
}
