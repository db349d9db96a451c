import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#kernel/errors.ts';
import { boundaryOf, readForm } from './multipart.ts';

const BOUNDARY = 'xyz';

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(form: Buffer | string, size = 1_000_000) {
  const file: { name: string | undefined; bytes: Buffer[] } = { name: undefined, bytes: [] };
  const bytes = typeof form === 'string' ? Buffer.from(form) : form;
  const fields = await readForm(cut(bytes, size), BOUNDARY, {
    async onFile(name) {
      file.name = name;
    },
    async onBytes(part) {
      file.bytes.push(Buffer.from(part));
    },
  });
  return { fields: Object.fromEntries(fields), name: file.name, content: Buffer.concat(file.bytes) };
}

function part(disposition: string, content: string, headers = ''): string {
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n${headers}\r\n${content}\r\n`;
}

const FILE = part('name="file"; filename="a.jsonl"', 'content', 'Content-Type: text/plain\r\n');
const END = `--${BOUNDARY}--\r\n`;

test('a form is read alike however its bytes are cut', async () => {
  // Its content holds what looks like its boundary.
  const content = `{"a":1}\r\n--xy\r\n--xyZ\r\n\r\n--\r\n-${'é'.repeat(40)}\r\n`;
  const form = Buffer.from(
    `--${BOUNDARY}  \r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n` +
      `${part('name="file"; filename="r%22\\"é.jsonl"', content)}${END}epilogue`,
  );
  for (let size = 1; size <= form.length; size++) {
    const { fields, name, content: got } = await read(form, size);
    assert.deepEqual(
      [fields, name, got.toString()],
      [{ purpose: 'batch' }, 'r""é.jsonl', content],
      `in ${size}`,
    );
  }
});

test('forms that are not whole, or not one, are refused', async () => {
  const refused = [
    '',
    'x'.repeat(10_000),
    FILE,
    `${FILE}--${BOUNDARY}`,
    `--${BOUNDARY}x\r\n\r\n`,
    `--${BOUNDARY}\r\n\r\nno name\r\n${END}`,
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n${'x'.repeat(9_000)}`,
    part('name="purpose"', 'batch') + END,
    part('name="purpose"', 'x'.repeat(2_000)) + FILE + END,
    part('name="a"', '1') + part('name="a"', '2') + FILE + END,
    FILE + FILE + END,
    part('name="other"; filename="a"', 'x') + END,
    Array.from({ length: 21 }, (_, index) => part(`name="f${index}"`, '')).join('') + FILE + END,
  ];
  for (const form of refused) {
    await assert.rejects(
      read(form),
      (error) => error instanceof AppError && error.code === 'request.invalid',
      form.slice(0, 200),
    );
  }
  assert.equal((await read(FILE + END)).content.toString(), 'content');
});

test('the boundary is taken from the header in every form that clients write', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  assert.equal(boundaryOf('Multipart/Form-Data; charset=utf-8; boundary="a b:c"'), 'a b:c');
  for (const header of [
    undefined,
    'application/json',
    'multipart/form-data',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
  ]) {
    assert.throws(() => boundaryOf(header), { code: 'request.unsupported_media_type' });
  }
});
