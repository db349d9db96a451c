/**
 * As much YAML as recordings of go-vcr are written in: block mappings and sequences, plain and quoted words, literal
 * and folded blocks, empty flow collections. No anchors, no tags, no documents after the first.
 */
type Yaml = null | boolean | number | string | Yaml[] | { [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly raw: string;
}

export function parseYaml(text: string): Yaml {
  return new Reader(text).read();
}

class Reader {
  readonly #lines: Line[];
  #at = 0;

  constructor(text: string) {
    this.#lines = text.split(/\r?\n/).map((raw) => {
      const trimmed = raw.trimStart();
      return { raw, text: trimmed, indent: raw.length - trimmed.length };
    });
  }

  read(): Yaml {
    this.#skip();
    if (this.#peek()?.text === '---') this.#at += 1;
    return this.#block(0);
  }

  /** Past what says nothing. */
  #skip(): void {
    for (let line = this.#lines[this.#at]; line; line = this.#lines[this.#at]) {
      if (line.text !== '' && !line.text.startsWith('#')) return;
      this.#at += 1;
    }
  }

  #peek(): Line | undefined {
    this.#skip();
    return this.#lines[this.#at];
  }

  #block(indentMin: number): Yaml {
    const line = this.#peek();
    if (!line || line.indent < indentMin) return null;
    if (isItem(line.text)) return this.#sequence(line.indent);
    if (keyOf(line.text)) return this.#mapping(line.indent);
    this.#at += 1;
    return this.#scalar(line.text, line.indent - 1);
  }

  #sequence(indent: number): Yaml[] {
    const items: Yaml[] = [];
    for (let line = this.#peek(); line && line.indent === indent && isItem(line.text); line = this.#peek()) {
      const rest = line.text.slice(1).trimStart();
      const inner = indent + (line.text.length - rest.length);
      if (rest === '') {
        this.#at += 1;
        items.push(this.#block(indent + 1));
      } else if (isItem(rest) || keyOf(rest)) {
        // What follows the dash begins a block of its own.
        this.#lines[this.#at] = { indent: inner, text: rest, raw: `${' '.repeat(inner)}${rest}` };
        items.push(this.#block(inner));
      } else {
        this.#at += 1;
        items.push(this.#scalar(rest, indent));
      }
    }
    return items;
  }

  #mapping(indent: number): { [key: string]: Yaml } {
    const entries: [string, Yaml][] = [];
    for (let line = this.#peek(); line && line.indent === indent; line = this.#peek()) {
      const found = keyOf(line.text);
      if (!found) break;
      this.#at += 1;
      if (found.rest !== '') {
        entries.push([found.key, this.#scalar(found.rest, indent)]);
        continue;
      }
      const next = this.#peek();
      // A sequence may stand as far left as the key that holds it.
      const isLevel = next?.indent === indent && isItem(next.text);
      entries.push([found.key, isLevel ? this.#sequence(indent) : this.#block(indent + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #scalar(text: string, indent: number): Yaml {
    const block = /^([|>])([+-]?)(\d?)([+-]?)\s*$/.exec(text);
    if (block) {
      const [, style, early = '', digit = '', late = ''] = block;
      return this.#text(indent, style === '>', early || late, digit === '' ? undefined : Number(digit));
    }
    if (text.startsWith("'") || text.startsWith('"')) return this.#quoted(text);
    if (text === '[]') return [];
    if (text === '{}') return {};
    return plain(this.#continued(text, indent));
  }

  /** A plain word goes on over deeper lines. */
  #continued(start: string, indent: number): string {
    let text = start;
    for (let line = this.#lines[this.#at]; line; line = this.#lines[this.#at]) {
      if (line.text === '' || line.indent <= indent) return text;
      text += ` ${line.text.trimEnd()}`;
      this.#at += 1;
    }
    return text;
  }

  #text(indent: number, isFolded: boolean, end: string, digit: number | undefined): string {
    const lines: string[] = [];
    let depth = digit === undefined ? undefined : indent + digit;
    for (let line = this.#lines[this.#at]; line; line = this.#lines[this.#at]) {
      if (line.text !== '') {
        depth ??= line.indent;
        if (line.indent < depth || line.indent <= indent) break;
      }
      lines.push(line.raw.slice(depth ?? line.indent));
      this.#at += 1;
    }
    const whole = lines.join('\n');
    const text = isFolded ? whole.replace(/(?<!\n)\n(?!\n)/g, ' ') : whole;
    if (end === '+') return `${text}\n`;
    const bare = text.replace(/\n+$/, '');
    return end === '-' || bare === '' ? bare : `${bare}\n`;
  }

  /** A quoted word may go on over lines; their breaks are spaces, empty lines are breaks. */
  #quoted(start: string): string {
    const quote = start[0] ?? '"';
    let text = start;
    // Looked at whole only where it may be over: these words are long.
    while (!/['"]\s*(#.*)?$/.test(text.slice(-200)) || !isClosed(text, quote)) {
      const next = this.#lines[this.#at];
      if (!next) throw new Error('a quoted word does not end');
      this.#at += 1;
      if (next.text === '') text += '\n';
      else text += text.endsWith('\n') ? next.text : text.endsWith('\\') ? `\n${next.text}` : ` ${next.text}`;
    }
    const inner = text.slice(1, text.lastIndexOf(quote));
    return quote === "'" ? inner.replaceAll("''", "'") : unescaped(inner);
  }
}

function isItem(text: string): boolean {
  return text === '-' || text.startsWith('- ');
}

function keyOf(text: string): { readonly key: string; readonly rest: string } | undefined {
  const found =
    /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s'"[{][^:]*(?::[^\s:][^:]*)*)):(?:\s+(.*))?$/.exec(text);
  if (!found) return undefined;
  const key = found[1] ?? found[2] ?? found[3] ?? '';
  return { key, rest: (found[4] ?? '').trim() };
}

function isClosed(text: string, quote: string): boolean {
  if (text.length < 2) return false;
  if (quote === "'") return /^'(?:[^']|'')*'\s*(#.*)?$/.test(text);
  return /^"(?:[^"\\]|\\[\s\S])*"\s*(#.*)?$/.test(text);
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  f: '\f',
  v: '\v',
  _: '\u00a0',
  N: '\u0085',
  L: '\u2028',
  P: '\u2029',
};

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|\n\s*|([\s\S]))/g,
    (_whole, x?: string, u?: string, long?: string, one?: string) => {
      const code = x ?? u ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return one === undefined ? '' : (ESCAPES[one] ?? one);
    },
  );
}

function plain(text: string): Yaml {
  const bare = text.replace(/\s+#.*$/, '');
  if (bare === '' || bare === '~' || bare === 'null') return null;
  if (bare === 'true' || bare === 'false') return bare === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(bare) ? Number(bare) : bare;
}
