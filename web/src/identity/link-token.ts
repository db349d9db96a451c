const TOKEN = /^#token=([\w-]{1,200})$/;

interface Place {
  readonly hash: string;
  readonly pathname: string;
}

/**
 * The token of a mailed link. It stands behind the `#` of the address, which browsers send nowhere; from there it
 * moves into the memory of this tab, so that it is in no history, and a reload or a sign-in on the way keeps it.
 */
export function takeLinkToken(
  place: Place = window.location,
  memory: Pick<Storage, 'getItem' | 'setItem'> = sessionStorage,
  clean: (pathname: string) => void = cleanAddress,
): string | null {
  const name = `inventiv.link ${place.pathname}`;
  const token = TOKEN.exec(place.hash)?.[1];
  if (token === undefined) return memory.getItem(name);
  memory.setItem(name, token);
  clean(place.pathname);
  return token;
}

/** After its use the token is worth nothing. */
export function forgetLinkToken(pathname: string): void {
  sessionStorage.removeItem(`inventiv.link ${pathname}`);
}

/** Past the router, which would take it for a change of page. */
function cleanAddress(pathname: string): void {
  History.prototype.replaceState.call(window.history, window.history.state, '', pathname);
}
