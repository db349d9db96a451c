/**
 * Takes credentials out of a line before it goes anywhere. By form, since a line of log has no types; what has no form,
 * such as the value of a secret variable, is given as it is. Rather too much than too little.
 *
 * Every pattern begins with fixed characters and ends after a limit, so no line can make it slow.
 */
export const REDACTED = '[secret]';

const LITERAL_LENGTH_MIN = 6;

const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\binv_[a-z]{3,5}_[0-9A-Za-z_]{8,200}/g, REDACTED],
  [/\b(Bearer|Basic)(\s+)[\w.~+/=:-]{4,2000}/gi, `$1$2${REDACTED}`],
  [/\bhf_[A-Za-z0-9]{8,200}/g, REDACTED],
  [/\b(?:gh[pousr]|github_pat|glpat|dop_v1)[_-][A-Za-z0-9_-]{16,255}/g, REDACTED],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{12,32}\b/g, REDACTED],
  [/\bSCW[0-9A-Z]{17}\b/g, REDACTED],
  [/\bsk-[A-Za-z0-9_-]{16,255}/g, REDACTED],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,255}/g, REDACTED],
  [/\beyJ[\w-]{8,2000}\.[\w-]{4,4000}(?:\.[\w-]{0,2000})?/g, REDACTED],
  [/:\/\/[^\s/@:]{0,200}:[^\s/@]{1,400}@/g, `://${REDACTED}@`],
  [/([?&](?:sig|signature|x-amz-[a-z-]{1,40}|se|sp)=)[^\s&"']{6,2000}/gi, `$1${REDACTED}`],
];

/** `name=value`, `"name": "value"`, `--name value`, also inside a quoted JSON text. */
const NAMED =
  /((?:passw(?:or)?d|passphrase|secret|token(?!s|iz)|api[_-]?key|access[_-]?key|private[_-]?key|credential|authorization|cookie)[\w.-]{0,40}(?:\\?["'])?(?:\s{0,4}[:=]\s{0,4}|\s(?=[^\s])))(\\"[^"\\]{0,4000}|"[^"]{0,4000}"?|'[^']{0,4000}'?|[^\s,;&}"']{1,4000})/gi;
const PLAIN_VALUE = /^["']?(?:\d{1,12}(?:\.\d+)?|true|false|null|none|undefined)["']?$/i;

export function redact(line: string, secrets: readonly string[] = []): string {
  let clean = line;
  for (const secret of secrets) {
    if (secret.length >= LITERAL_LENGTH_MIN) clean = clean.replaceAll(secret, REDACTED);
  }
  for (const [form, instead] of FORMS) clean = clean.replace(form, instead);
  return clean.replace(NAMED, (whole: string, name: string, value: string) => {
    // A sentence that speaks of a token is no token: without a sign between, the value must look like one.
    if (!/[:=]\s*$/.test(name) && !/^(?=.*\d)[\w./+=-]{12,}$/.test(value)) return whole;
    return PLAIN_VALUE.test(value) ? whole : `${name}${REDACTED}`;
  });
}

/** A key in PEM form goes over many lines: all of them, until it ends. */
export class LineRedactor {
  readonly #secrets: () => readonly string[];
  #isInKey = false;

  constructor(secrets: () => readonly string[]) {
    this.#secrets = secrets;
  }

  clean(line: string): string {
    const begins = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/.test(line);
    const ends = /-----END [A-Z ]{0,40}PRIVATE KEY-----/.test(line);
    const wasInKey = this.#isInKey;
    this.#isInKey = (wasInKey || begins) && !ends;
    // A line of another kind ends a key that was cut off.
    if (wasInKey && !ends && !/^[\s\w+/=:,-]{0,200}$/.test(line)) this.#isInKey = false;
    return begins || (wasInKey && (ends || this.#isInKey)) ? REDACTED : redact(line, this.#secrets());
  }
}
