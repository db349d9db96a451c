/** The setting ENGINE_FLAVOURS_BY_TYPE: pairs of an instance type, in which `*` stands for any text, and a flavour. */
export interface TypeRule {
  readonly type: string;
  readonly flavour: string;
}

const TYPE = /^[A-Za-z0-9._*-]{1,100}$/;

/** Undefined for words that are no pair. */
export function readTypeRules(text: string): (TypeRule | undefined)[] {
  return text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word) => {
      const [type = '', flavour = '', ...rest] = word.split('=');
      return TYPE.test(type) && flavour !== '' && rest.length === 0 ? { type, flavour } : undefined;
    });
}

/** The first that matches; words that are no pair count for nothing. */
export function flavourOfType(text: string, typeCode: string): string | undefined {
  return readTypeRules(text).find((rule) => rule !== undefined && matches(rule.type, typeCode))?.flavour;
}

/** Walks along the code, so that no pattern can take long. */
function matches(pattern: string, code: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const text = code.toLowerCase();
  if (rest.length === 0) return text === first;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
