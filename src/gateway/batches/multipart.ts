/**
 * Reads a form with a file as it comes (RFC 7578): small fields are kept, the bytes of the one file are handed on and
 * never held. Every size is bounded, and a form that does not end as it should is refused whole.
 */
import { AppError } from '#kernel/errors.ts';

export interface FormReader {
  /** Called for the one part that is a file, before its first bytes. */
  onFile(filename: string): Promise<void>;
  onBytes(bytes: Buffer): Promise<void>;
}

const FIELD_BYTES_MAX = 1_024;
const FIELDS_MAX = 20;
const HEAD_BYTES_MAX = 8_192;
const FILENAME_MAX = 255;
const NOTHING = Buffer.alloc(0);
const BLANK_LINE = Buffer.from('\r\n\r\n');
const FILE_FIELD = 'file';

/** The boundary that a `content-type` names. @throws request.unsupported_media_type */
export function boundaryOf(contentType: string | undefined): string {
  const match =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(
      contentType ?? '',
    );
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) {
    throw new AppError('request.unsupported_media_type', {
      publicMessage: 'Send the file as a form, with `Content-Type: multipart/form-data` and its boundary.',
    });
  }
  return boundary;
}

/** The small fields of the form. @throws request.invalid */
export async function readForm(
  parts: AsyncIterable<Buffer>,
  boundary: string,
  reader: FormReader,
): Promise<ReadonlyMap<string, string>> {
  const form = new Form(boundary, reader);
  for await (const bytes of parts) await form.push(bytes);
  return form.end();
}

type State = 'before' | 'delimiter' | 'head' | 'field' | 'file' | 'after';

class Form {
  readonly #delimiter: Buffer;
  readonly #reader: FormReader;
  readonly #fields = new Map<string, string>();
  #state: State = 'before';
  #held: Buffer;
  #field = '';
  #value: Buffer = NOTHING;
  #hasFile = false;

  constructor(boundary: string, reader: FormReader) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
    this.#reader = reader;
    // The first delimiter has no line before it: as if there were one.
    this.#held = Buffer.from('\r\n');
  }

  async push(bytes: Buffer): Promise<void> {
    if (this.#state === 'after') return;
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    while (await this.#step());
  }

  end(): ReadonlyMap<string, string> {
    if (this.#state !== 'after') throw broken('The form ends too early.');
    if (!this.#hasFile) throw invalid(FILE_FIELD, 'The form has no file. Send it in the field `file`.');
    return this.#fields;
  }

  /** False: more bytes are needed. */
  async #step(): Promise<boolean> {
    switch (this.#state) {
      case 'before':
        return this.#skipToDelimiter();
      case 'delimiter':
        return this.#readDelimiterEnd();
      case 'head':
        return this.#readHead();
      case 'field':
      case 'file':
        return this.#readPart();
      case 'after':
        this.#held = NOTHING;
        return false;
    }
  }

  #skipToDelimiter(): boolean {
    const at = this.#held.indexOf(this.#delimiter);
    if (at < 0) {
      if (this.#held.length > HEAD_BYTES_MAX) throw broken('The form does not begin with its boundary.');
      return false;
    }
    this.#drop(at + this.#delimiter.length);
    this.#state = 'delimiter';
    return true;
  }

  /** A line end, and another part follows; two hyphens, and the form is over. */
  #readDelimiterEnd(): boolean {
    const text = this.#held.toString('latin1', 0, HEAD_BYTES_MAX);
    if (text.length < 2) return false;
    if (text.startsWith('--')) {
      this.#state = 'after';
      return true;
    }
    const end = /^[ \t]*\r\n/.exec(text);
    if (!end) {
      if (/^[ \t]*\r?$/.test(text) && text.length < 100) return false;
      throw broken('A boundary of the form is not followed by a line end.');
    }
    // The line end stays: a part without headers begins with a blank line.
    this.#drop(end[0].length - 2);
    this.#state = 'head';
    return true;
  }

  async #readHead(): Promise<boolean> {
    const end = this.#held.indexOf(BLANK_LINE);
    if (end > HEAD_BYTES_MAX || (end < 0 && this.#held.length > HEAD_BYTES_MAX)) {
      throw broken('The headers of a part are too long.');
    }
    if (end < 0) return false;
    const head = this.#held.toString('utf8', 0, end);
    this.#drop(end + BLANK_LINE.length);
    const { name, filename } = dispositionOf(head);
    if (filename === undefined) this.#beginField(name);
    else await this.#beginFile(name, filename);
    return true;
  }

  #beginField(name: string): void {
    if (this.#fields.has(name)) throw invalid(name, `The field \`${name}\` is sent more than once.`);
    if (this.#fields.size >= FIELDS_MAX) throw broken(`A form has at most ${FIELDS_MAX} fields.`);
    this.#field = name;
    this.#value = NOTHING;
    this.#state = 'field';
  }

  async #beginFile(name: string, filename: string): Promise<void> {
    if (name !== FILE_FIELD) throw invalid(name, 'The file is sent in the field `file`.');
    if (this.#hasFile) throw invalid(name, 'One file is sent at a time.');
    this.#hasFile = true;
    this.#state = 'file';
    await this.#reader.onFile(filename);
  }

  async #readPart(): Promise<boolean> {
    const at = this.#held.indexOf(this.#delimiter);
    // What could be the beginning of a delimiter waits for the rest of it.
    const end = at < 0 ? Math.max(0, this.#held.length - this.#delimiter.length + 1) : at;
    const bytes = this.#held.subarray(0, end);
    this.#drop(at < 0 ? end : at + this.#delimiter.length);
    if (this.#state === 'file') {
      if (bytes.length > 0) await this.#reader.onBytes(bytes);
    } else {
      this.#keep(bytes);
    }
    if (at < 0) return false;
    if (this.#state === 'field') this.#fields.set(this.#field, this.#value.toString('utf8'));
    this.#state = 'delimiter';
    return true;
  }

  #keep(bytes: Buffer): void {
    if (this.#value.length + bytes.length > FIELD_BYTES_MAX) {
      throw invalid(this.#field, `The field \`${this.#field}\` is too long.`);
    }
    this.#value = Buffer.concat([this.#value, bytes]);
  }

  #drop(count: number): void {
    this.#held = this.#held.subarray(count);
  }
}

function dispositionOf(head: string): { name: string; filename: string | undefined } {
  const line = head.split('\r\n').find((text) => /^content-disposition\s*:/i.test(text)) ?? '';
  const name = parameterOf(line, 'name');
  if (!/:\s*form-data\s*;/i.test(line) || name === undefined || name === '') {
    throw broken('A part of the form has no name.');
  }
  const filename = parameterOf(line, 'filename');
  return { name, filename: filename?.replaceAll('\0', '').slice(0, FILENAME_MAX) };
}

function parameterOf(line: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(line);
  const raw = match?.[1] ?? match?.[2];
  // Browsers and SDKs write quotes and line ends of names in percent form.
  return raw
    ?.replaceAll(/\\(.)/g, '$1')
    .replaceAll('%22', '"')
    .replaceAll(/%0[DA]/gi, ' ');
}

function broken(publicMessage: string): AppError {
  return new AppError('request.invalid', { publicMessage });
}

function invalid(param: string, publicMessage: string): AppError {
  return new AppError('request.invalid', { publicMessage, details: { param: param.slice(0, 100) } });
}
