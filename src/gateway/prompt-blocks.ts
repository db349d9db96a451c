/**
 * The beginnings of a prompt as hashes, without a tokenizer and without serialising anything again.
 *
 * What the engine's template renders (tools, system text, messages with their roles, or the prompt itself) is written
 * behind one another into one reused buffer, and each full block of it gets the hash of everything up to its end. So
 * two requests have as many equal hashes as they have equal beginnings. Texts count one byte for each UTF-16 unit,
 * its lower half: enough to tell prompts apart, and a plain copy for most of them. Token ids count four bytes each.
 *
 * The salt is the organisation and the model: prompts of different tenants never look alike. Bounded: the first MiB
 * counts, nesting too deep is left out, a picture is a few samples of its bytes.
 */
const PROMPT_BYTES_MAX = 1_048_576;
export const BLOCK_BYTES = 1_024;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const TOKEN_BYTES = 4;
const DEPTH_MAX = 24;
/** Longer texts that begin like this are pictures or sounds, and the engine does not read them as text. */
const DATA_URL = /^data:[a-z]+\//i;
const DATA_CHARS_MIN = 2_048;
const DATA_SAMPLES = 32;
const DATA_SAMPLE_CHARS = 8;
const SHORT_CHARS = 24;
const SALTS_MAX = 50_000;

/** In the order in which chat templates put them. */
const PROMPT_MEMBERS = ['tools', 'system', 'instructions', 'messages', 'prompt', 'input'] as const;
/** Rerank, score and the like. */
const OTHER_MEMBERS = ['query', 'documents', 'text_1', 'text_2', 'queries', 'passages'] as const;

export interface PromptShape {
  readonly blocks: readonly number[];
  /** Bytes of the rendered prompt; an estimate beyond the first MiB. */
  readonly bytes: number;
  /** Token ids that the body holds itself; exact. */
  readonly tokenIds: number;
  /** Pictures and the like, which cost tokens that their bytes do not tell. */
  readonly attachments: number;
}

export class PromptReader {
  readonly #bytes = Buffer.alloc(PROMPT_BYTES_MAX);
  readonly #words = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset, PROMPT_BYTES_MAX / 4);
  readonly #salts = new Map<string, number>();
  #at = 0;
  #tokenIds = 0;
  #attachments = 0;

  /** @param bodyBytes size of the body, for what lies beyond the first MiB */
  read(
    body: Readonly<Record<string, unknown>>,
    place: { readonly orgId: string; readonly modelId: string },
    bodyBytes: number,
  ): PromptShape {
    this.#at = 0;
    this.#tokenIds = 0;
    this.#attachments = 0;
    for (const name of PROMPT_MEMBERS) this.#member(body, name);
    if (this.#at === 0) for (const name of OTHER_MEMBERS) this.#member(body, name);
    const isCut = this.#at >= PROMPT_BYTES_MAX;
    const salt = this.#saltOf(`${place.orgId} ${place.modelId}`) ^ textHash(body['cache_salt']);
    return {
      blocks: hashBlocks(this.#words, Math.floor(this.#at / BLOCK_BYTES), salt),
      bytes: isCut ? Math.max(bodyBytes, this.#at) : this.#at,
      tokenIds: this.#tokenIds,
      attachments: this.#attachments,
    };
  }

  #member(body: Readonly<Record<string, unknown>>, name: string): void {
    const value = body[name];
    if (value !== undefined && value !== null) this.#value(value, 0);
  }

  #value(value: unknown, depth: number): void {
    if (this.#at >= PROMPT_BYTES_MAX) return;
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value !== 'object' || value === null) this.#mark(value === true ? 0x74 : 0x6e);
    else if (depth < DEPTH_MAX) {
      if (Array.isArray(value)) this.#list(value, depth);
      else this.#object(value as Record<string, unknown>, depth);
    }
  }

  #list(list: readonly unknown[], depth: number): void {
    if (typeof list[0] === 'number') {
      this.#tokens(list);
      return;
    }
    this.#mark(0x5b);
    for (const one of list) {
      if (this.#at >= PROMPT_BYTES_MAX) return;
      this.#value(one, depth + 1);
    }
  }

  #tokens(list: readonly unknown[]): void {
    // Ids are read as words, so they begin at one.
    const from = Math.min(Math.ceil(this.#at / 4), this.#words.length);
    this.#bytes.fill(0, this.#at, from * 4);
    const count = Math.min(list.length, this.#words.length - from);
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const id = list[i];
      words[from + i] = typeof id === 'number' ? id : 0;
    }
    this.#at = (from + count) * TOKEN_BYTES;
    this.#tokenIds += list.length;
  }

  #object(object: Record<string, unknown>, depth: number): void {
    this.#mark(0x7b);
    const { role, type } = object;
    if (role !== undefined) this.#value(role, depth + 1);
    if (type !== undefined) this.#value(type, depth + 1);
    for (const key in object) {
      if (key === 'role' || key === 'type') continue;
      if (this.#at >= PROMPT_BYTES_MAX) return;
      // What is always there in a message needs no name; the rest does.
      if (key !== 'content' && key !== 'text') this.#text(key);
      this.#value(object[key], depth + 1);
    }
  }

  #text(text: string): void {
    if (text.length >= DATA_CHARS_MIN && DATA_URL.test(text)) {
      this.#attachment(text);
      return;
    }
    this.#mark(0x22);
    if (text.length <= SHORT_CHARS && this.#at + SHORT_CHARS <= PROMPT_BYTES_MAX) {
      // A call into the engine's C++ costs more than these few.
      const bytes = this.#bytes;
      for (let i = 0; i < text.length; i++) bytes[this.#at++] = text.charCodeAt(i);
      return;
    }
    this.#at += this.#bytes.write(text, this.#at, PROMPT_BYTES_MAX - this.#at, 'latin1');
  }

  #attachment(text: string): void {
    this.#attachments++;
    this.#number(text.length);
    const step = Math.floor(text.length / DATA_SAMPLES);
    for (let i = 1; i < DATA_SAMPLES; i++) {
      const sample = text.slice(i * step, i * step + DATA_SAMPLE_CHARS);
      this.#at += this.#bytes.write(sample, this.#at, PROMPT_BYTES_MAX - this.#at, 'latin1');
    }
  }

  #number(value: number): void {
    this.#mark(0x23);
    if (this.#at + 8 > PROMPT_BYTES_MAX) this.#at = PROMPT_BYTES_MAX;
    else this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** One byte between two values, so that different ones do not run into the same bytes. */
  #mark(byte: number): void {
    if (this.#at < PROMPT_BYTES_MAX) this.#bytes[this.#at++] = byte;
  }

  #saltOf(text: string): number {
    const known = this.#salts.get(text);
    if (known !== undefined) return known;
    if (this.#salts.size >= SALTS_MAX) this.#salts.clear();
    const salt = textHash(text);
    this.#salts.set(text, salt);
    return salt;
  }
}

/**
 * Four lanes, because each multiplication waits for the one before it; two words for each, because it is what costs;
 * chained, because the lanes go on.
 */
function hashBlocks(words: Int32Array, count: number, salt: number): number[] {
  const hashes: number[] = [];
  let a = salt ^ 0x2545f491;
  let b = salt ^ 0x9e3779b9;
  let c = salt ^ 0x85ebca6b;
  let d = salt ^ 0xc2b2ae35;
  for (let block = 0; block < count; block++) {
    const end = (block + 1) * BLOCK_WORDS;
    for (let i = block * BLOCK_WORDS; i < end; i += 8) {
      a = Math.imul(a ^ (words[i] as number), 0xcc9e2d51) + (words[i + 4] as number);
      b = Math.imul(b ^ (words[i + 1] as number), 0x1b873593) + (words[i + 5] as number);
      c = Math.imul(c ^ (words[i + 2] as number), 0xcc9e2d51) + (words[i + 6] as number);
      d = Math.imul(d ^ (words[i + 3] as number), 0x1b873593) + (words[i + 7] as number);
      a = (a << 13) | (a >>> 19);
      b = (b << 15) | (b >>> 17);
      c = (c << 13) | (c >>> 19);
      d = (d << 15) | (d >>> 17);
    }
    const high = finish(a ^ Math.imul(b, 0x9e3779b1));
    const low = finish(c ^ Math.imul(d, 0x85ebca77) ^ high);
    a ^= low;
    c ^= high;
    hashes.push((high >>> 0) * 2 ** 21 + (low & 0x1fffff));
  }
  return hashes;
}

function textHash(value: unknown): number {
  if (typeof value !== 'string') return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < value.length && i < 1_000; i++) {
    hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  }
  return finish(hash);
}

/** The last rounds of MurmurHash3: every input bit reaches every output bit. */
function finish(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
