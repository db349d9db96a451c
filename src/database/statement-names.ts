/**
 * Statements that are sent often are parsed and planned once for each connection.
 *
 * Only what has been sent many times gets a name, so a text that is built anew each time costs nothing. When the
 * schema changes under a prepared statement, or a proxy between us and the server does not know it, the server refuses
 * it before it has any effect: then nothing is prepared any more under the old names, or at all.
 */
import type pg from 'pg';

/**
 * Begins a text whose best plan depends on its values, such as the search of a list: what is prepared may be planned
 * once for all values.
 */
export const PLANNED_ANEW = '/* planned anew */';
const SENT_OFTEN = 50;
const TEXTS_MAX = 500;
/** Of a result whose form has changed since it was prepared. */
const STALE = '0A000';
/** A name that the server does not know, or knows already: somebody shares our connections. */
const SHARED = new Set(['26000', '42P05']);

export class StatementNames {
  readonly #sent = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #generation = 1;
  #isOff = false;

  prepare(text: string, values: readonly unknown[]): pg.QueryConfig {
    const isPrepared = !this.#isOff && !text.startsWith(PLANNED_ANEW);
    const name = !isPrepared ? undefined : (this.#names.get(text) ?? this.#count(text));
    return name === undefined ? { text, values: [...values] } : { name, text, values: [...values] };
  }

  /** True when the error is about a prepared statement and nothing else: the same text works without its name. */
  wasRefused(sqlState: string | undefined): boolean {
    if (sqlState === undefined) return false;
    if (SHARED.has(sqlState)) this.#isOff = true;
    else if (sqlState !== STALE) return false;
    this.#generation += 1;
    this.#names.clear();
    this.#sent.clear();
    return true;
  }

  #count(text: string): string | undefined {
    const count = (this.#sent.get(text) ?? 0) + 1;
    if (count < SENT_OFTEN) {
      if (this.#sent.size >= TEXTS_MAX) this.#sent.clear();
      this.#sent.set(text, count);
      return undefined;
    }
    this.#sent.delete(text);
    if (this.#names.size >= TEXTS_MAX) return undefined;
    const name = `s${this.#generation}_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
