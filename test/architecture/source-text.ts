/** A source file cut into what is code, what is text in quotes and what is comment, with the line each begins on. */
export interface Piece {
  readonly kind: 'code' | 'text' | 'comment';
  readonly text: string;
  readonly line: number;
}

const REGEX_MAY_FOLLOW = /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of|throw|await|yield))\s*$/;

const SPECIAL = /[{}'"`/]/g;

/** Good enough for our own sources: quotes, templates with expressions, comments, regular expressions. */
export function cut(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let line = 1;
  let code = '';
  let codeLine = 1;
  const flush = () => {
    if (code) pieces.push({ kind: 'code', text: code, line: codeLine });
    code = '';
  };
  const take = (kind: Piece['kind'], end: number) => {
    const text = source.slice(at, end);
    if (kind === 'code') {
      if (!code) codeLine = line;
      code += text;
    } else {
      flush();
      pieces.push({ kind, text, line });
    }
    line += text.split('\n').length - 1;
    at = end;
  };
  const depths: number[] = [];
  let depth = 0;
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const char = source[at] ?? '';
    if (two === '//') take('comment', endOf(source, '\n', at, 0));
    else if (two === '/*') take('comment', endOf(source, '*/', at + 2, 2));
    else if (char === "'" || char === '"') take('text', endOfQuote(source, at));
    else if (char === '`' || (char === '}' && depths.at(-1) === depth)) {
      if (char === '}') {
        depths.pop();
        depth -= 1;
      }
      const { end, isOpen } = endOfTemplate(source, at + 1);
      take('text', end);
      if (isOpen) {
        depth += 1;
        depths.push(depth);
      }
    } else if (char === '/' && REGEX_MAY_FOLLOW.test(code.slice(-40))) take('code', endOfRegex(source, at));
    else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      SPECIAL.lastIndex = at + 1;
      take('code', SPECIAL.exec(source)?.index ?? source.length);
    }
  }
  flush();
  return pieces;
}

function endOf(source: string, mark: string, from: number, extra: number): number {
  const found = source.indexOf(mark, from);
  return found < 0 ? source.length : found + extra;
}

function endOfQuote(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === source[start] || source[at] === '\n') return at + 1;
  }
  return source.length;
}

/** A template runs to its closing quote or to the next expression, after which it goes on. */
function endOfTemplate(source: string, start: number): { end: number; isOpen: boolean } {
  for (let at = start; at < source.length; at++) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '`') return { end: at + 1, isOpen: false };
    else if (source[at] === '$' && source[at + 1] === '{') return { end: at + 2, isOpen: true };
  }
  return { end: source.length, isOpen: false };
}

function endOfRegex(source: string, start: number): number {
  let isClass = false;
  for (let at = start + 1; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (char === '\n') return at;
    else if (char === '[') isClass = true;
    else if (char === ']') isClass = false;
    else if (char === '/' && !isClass) return at + 1;
  }
  return source.length;
}
