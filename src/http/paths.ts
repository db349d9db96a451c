/** Which part of the origin a path belongs to; the rest is the web application. */

export function isInferencePath(url: string): boolean {
  return isBelow(url, '/v1');
}

/** Paths whose answers are for programs: an unknown one is an error, never the web page. */
export function isProgramPath(url: string): boolean {
  return ['/api', '/v1', '/internal', '/healthz', '/readyz'].some((prefix) => isBelow(url, prefix));
}

function isBelow(url: string, prefix: string): boolean {
  return url.startsWith(prefix) && ['', '/', '?'].includes(url.charAt(prefix.length));
}
