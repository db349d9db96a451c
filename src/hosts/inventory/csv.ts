/** A table with a heading. Columns may stand in any order; a cell that holds a comma stands in quotes. */
import { numberFrom, priceFrom } from './host-fields.ts';
import type { Findings } from './inventory.ts';

const COLUMNS = ['name', 'address', 'port', 'username', 'host_key', 'price', 'currency', 'password'];

export function readCsv(content: string, into: Findings): void {
  let columns: string[] | undefined;
  for (const [index, text] of content.split(/\r?\n/).entries()) {
    const line = index + 1;
    if (text.trim() === '' || text.trim().startsWith('#')) continue;
    const cells = cellsOf(text);
    if (!cells) into.refuse(line, 'a quote is not closed in this line');
    else if (columns) readRow(columns, cells, line, into);
    else {
      columns = cells.map((cell) => cell.toLowerCase());
      const unknown = columns.filter((column) => !COLUMNS.includes(column));
      if (unknown.length > 0 || !columns.includes('address')) {
        const what = unknown.length > 0 ? `unknown columns ${unknown.join(', ')}` : 'no column address';
        into.refuse(line, `${what}: the first line names the columns, of ${COLUMNS.join(', ')}`);
        return;
      }
    }
  }
}

function readRow(columns: readonly string[], cells: readonly string[], line: number, into: Findings): void {
  if (cells.length !== columns.length) {
    into.refuse(line, `${cells.length} cells, and the heading has ${columns.length}`);
    return;
  }
  const value = (column: string) => cells[columns.indexOf(column)] || undefined;
  const [port, price, password] = [value('port'), value('price'), value('password')];
  into.add(line, {
    name: value('name') ?? value('address'),
    address: value('address'),
    port: port && numberFrom(port),
    username: value('username'),
    host_key: value('host_key'),
    price: price && priceFrom(price, value('currency')),
    credential: password && { kind: 'password', password },
  });
}

/** Undefined when a quote is left open. */
function cellsOf(text: string): string[] | undefined {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (isQuoted && letter === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (letter === '"') isQuoted = !isQuoted;
    else if (letter === ',' && !isQuoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += letter;
  }
  return isQuoted ? undefined : [...cells, cell.trim()];
}
