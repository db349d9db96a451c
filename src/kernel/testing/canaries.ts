/**
 * Canary secrets. Whatever tests see of what we write (lines of log, answers, events, pages of metrics, rows, command
 * lines) is searched for secrets: for each that was named here, and for everything that has the form of a token of
 * ours, plain or in another writing. A find fails the test file at its end, wherever it was made.
 */
import { writeSync } from 'node:fs';

export interface Leak {
  readonly place: string;
  readonly secret: string;
  readonly excerpt: string;
}

const LENGTH_MIN = 8;
const EXCERPT_BEFORE = 160;
/** One of each kind of credential; the ids inside are public. */
const TOKEN = /inv_(?:key|sess|boot|wkr|data|ctl|invt|link)_[0-9a-z]{8,32}_[0-9A-Za-z]{49}/;
const SIGNED = /inv_web\.[\w-]{16,}\.[\w-]{16,}|whsec_[A-Za-z0-9+/=_-]{24,}|\$argon2id\$v=/;
const TYPES = ['key', 'sess', 'boot', 'wkr', 'data', 'ctl', 'invt', 'link'];
const ENCODED = new RegExp(
  TYPES.flatMap((type) => {
    const head = `inv_${type}_`;
    return [Buffer.from(head).toString('hex'), ...base64Forms(head)];
  })
    .map((form) => form.replaceAll(/[+/]/g, '\\$&'))
    .join('|'),
);

/** Nearly every text has none of these few, and is then not looked through for the many. */
const MAYBE_ENCODED = new RegExp(
  [Buffer.from('inv_').toString('hex'), ...new Set(base64Forms('inv_'))]
    .map((form) => form.replaceAll(/[+/]/g, '\\$&'))
    .join('|'),
);

const named = new Map<string, readonly [secret: string, form: string][]>();
const PLAIN_FORMS = [
  ['a token', TOKEN],
  ['a signed text, a webhook secret or the hash of a password', SIGNED],
] as const;
const ALL_FORMS = [...PLAIN_FORMS, ['an encoded token', ENCODED] as const];
const leaks: Leak[] = [];
let isReporting = false;

/** A value that must be seen nowhere. Short ones are left out: they would be found by chance. */
export function nameSecret(name: string, value: string): void {
  if (value.length < LENGTH_MIN || named.has(value)) return;
  const forms: [string, string][] = [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('hex'),
    ...base64Forms(value),
  ].map((form) => [name, form]);
  named.set(value, [...new Map(forms.map((form) => [form[1], form])).values()]);
}

/** Looks at what was written somewhere. Nothing is thrown: who writes goes on as it would in service. */
export function watchText(place: string, text: string): void {
  const leak = findLeak(text);
  if (!leak) return;
  leaks.push({ place, ...leak });
  reportAtExit();
}

/** The first secret in a text; the excerpt ends before it. */
export function findLeak(text: string): Omit<Leak, 'place'> | undefined {
  const before = (at: number) => text.slice(Math.max(0, at - EXCERPT_BEFORE), at);
  for (const forms of named.values()) {
    for (const [secret, form] of forms) {
      const at = text.indexOf(form);
      if (at >= 0) return { secret, excerpt: before(at) };
    }
  }
  for (const [secret, pattern] of MAYBE_ENCODED.test(text) ? ALL_FORMS : PLAIN_FORMS) {
    const at = text.search(pattern);
    if (at >= 0) return { secret, excerpt: before(at) };
  }
  return undefined;
}

/** What was found so far. A test that plants a leak takes it away again. */
export function takeLeaks(): Leak[] {
  return leaks.splice(0);
}

/** The forms that base64 gives a text at each of the three places where it may begin, without what its neighbours change. */
function base64Forms(text: string): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    const start = Math.ceil((shift * 8) / 6);
    const end = Math.floor((bytes.length * 8) / 6);
    const form = bytes.toString('base64').slice(start, end);
    return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function reportAtExit(): void {
  if (isReporting) return;
  isReporting = true;
  process.on('exit', () => {
    if (leaks.length === 0) return;
    for (const { place, secret, excerpt } of leaks.slice(0, 20)) {
      writeSync(2, `LEAK of ${secret} in ${place}, after: ${excerpt}\n`);
    }
    process.exitCode = 1;
  });
}
