import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeFlavourSchema, createFlavourSchema } from './flavours.ts';

const NAMED = { name: 'fast', gpu_vendor: 'nvidia' };

/** The part that is refused, and undefined when all is right. */
function refused(body: object): string | undefined {
  const read = createFlavourSchema.safeParse({ ...NAMED, ...body });
  return read.success ? undefined : String(read.error.issues[0]?.path[0] ?? read.error.issues[0]?.code);
}

test('what is usual is taken', () => {
  assert.equal(refused({}), undefined);
  assert.equal(
    refused({
      gpu_family: 'blackwell',
      provider_id: 'scaleway',
      image: 'registry.example.com:5000/team/vllm-openai:v0.23.0-cu130',
      args: ['--max-num-seqs', '64'],
      environment: { VLLM_ATTENTION_BACKEND: 'FLASHINFER', NCCL_IB_HCA: 'mlx5', MAX_TOKENS: '1' },
      mounts: [{ source: '/data/adapters', target: '/adapters' }],
      devices: ['/dev/infiniband', '/dev/infiniband/uverbs0', '/dev/gdrdrv', '/dev/nvidia-caps/nvidia-cap1'],
      network: 'engines',
    }),
    undefined,
  );
  const digest = `vllm/vllm-openai@sha256:${'a'.repeat(64)}`;
  assert.equal(refused({ image: digest }), undefined);
  const { mounts } = createFlavourSchema.parse({ ...NAMED, mounts: [{ source: '/data', target: '/data' }] });
  assert.equal(mounts?.[0]?.read_only, true, 'read-only unless it is said');
});

test('an image says which one it is, and is no option of the runtime', () => {
  for (const image of [
    ...['vllm/vllm-openai', 'vllm/vllm-openai:latest', 'vllm/vllm-openai:LATEST', '--privileged', '-v:1'],
    ...['', 'a b:1', 'image:1 --privileged', 'https://example.com/image:1', 'image:1\nx', 'image@sha256:abc'],
  ])
    assert.equal(refused({ image }), 'image', image);
});

test('no secret, and nothing that lets other code in, is a variable', () => {
  for (const name of [
    ...[
      'HF_TOKEN',
      'hf_token',
      'AWS_SECRET_ACCESS_KEY',
      'VLLM_API_KEY',
      'DB_PASSWORD',
      'CREDENTIALS',
      'X_AUTH',
    ],
    ...[
      'PATH',
      'LD_PRELOAD',
      'LD_LIBRARY_PATH',
      'PYTHONPATH',
      'pythonstartup',
      'HOME',
      'HF_HOME',
      'https_proxy',
    ],
    ...['CUDA_VISIBLE_DEVICES', 'VLLM_MEDIA_URL_ALLOW_REDIRECTS', 'VLLM_PLUGINS', 'A B', 'A=B', '1A', ''],
  ])
    assert.equal(refused({ environment: { [name]: '1' } }), 'environment', name);
  for (const value of ['hf_abcdef', 'sk-abc', '-----BEGIN PRIVATE KEY-----', 'a\nb'])
    assert.equal(refused({ environment: { A: value } }), 'environment', value);
});

test('neither a directory of the system nor one around it or in it is given to an engine', () => {
  for (const source of [
    ...['/', '/etc', '/etc/inventiv', '/root', '/root/x', '/var', '/var/run', '/var/run/docker.sock', '/run'],
    ...[
      '/run/docker.sock',
      '/var/lib',
      '/var/lib/docker',
      '/proc',
      '/sys',
      '/dev',
      '/dev/sda',
      '/usr',
      '/boot',
    ],
    ...[
      '/home',
      '/home/me',
      '/home/me/.ssh',
      '/data/.hidden',
      '/data/../etc',
      '/data/./x',
      '/data/',
      '//etc',
    ],
    ...['data', '', '/data:/etc', '/da ta', '/data,ro', '/opt', '/opt/inventiv'],
  ])
    assert.equal(refused({ mounts: [{ source, target: '/data' }] }), 'mounts', source);
  for (const target of ['/', '/root', '/root/.cache/huggingface', '/usr/local', '/etc/x', '/proc/1'])
    assert.equal(refused({ mounts: [{ source: '/data', target }] }), 'mounts', target);
  assert.equal(refused({ mounts: [{ source: '/home/me/models', target: '/models' }] }), undefined);
});

test('devices are for computing, and networks are not those of the machine', () => {
  for (const device of [
    '/dev/sda',
    '/dev/mem',
    '/dev/kmsg',
    '/dev/nvme0n1',
    '/dev/../etc',
    'nvidia0',
    '/dev/dri/x',
  ])
    assert.equal(refused({ devices: [device] }), 'devices', device);
  for (const network of ['host', 'HOST', 'none', 'container:x', 'ns:/x', 'private', '--privileged', ''])
    assert.equal(refused({ network }), 'network', network);
});

test('a family belongs to its vendor, and fields that nobody knows are refused', () => {
  assert.equal(refused({ gpu_family: 'cdna3' }), 'gpu_family');
  assert.equal(refused({ gpu_family: 'volta' }), 'gpu_family');
  assert.equal(refused({ name: 'Fast' }), 'name');
  assert.equal(refused({ name: 'a=b' }), 'name');
  assert.equal(refused({ privileged: true }), 'unrecognized_keys');
  assert.equal(changeFlavourSchema.safeParse({ image: null }).success, false, 'a change says what it read');
  assert.equal(changeFlavourSchema.safeParse({ version: 1, name: 'x' }).success, false);
});
