/** The value of a cookie; undefined when it is absent or, because two values mean two credentials, sent twice. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (!header) return undefined;
  const values = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

export interface CookieOptions {
  readonly maxAgeSeconds: number;
  /** Sent over https only. */
  readonly isSecure: boolean;
}

/** A cookie that scripts cannot read and that other sites' requests do not carry. */
export function writeCookie(name: string, value: string, options: CookieOptions): string {
  const parts = [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${options.maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(options.isSecure ? ['Secure'] : []),
  ];
  return parts.join('; ');
}
