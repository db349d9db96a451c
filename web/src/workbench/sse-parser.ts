/** Cuts a text stream of server-sent events into their `data` values. Pieces may end anywhere, even inside a line. */
export function createSseParser(onData: (data: string) => void): (piece: string) => void {
  let rest = '';
  let lines: string[] = [];
  return (piece) => {
    // A piece may end between CR and LF; the CR then waits for its partner.
    const text = rest + piece;
    const parts = text.split(/\r\n|\n|\r(?!$)/);
    rest = parts.pop() ?? '';
    for (const line of parts) {
      if (line.startsWith('data:')) lines.push(line.slice(line[5] === ' ' ? 6 : 5));
      if (line !== '' || lines.length === 0) continue;
      onData(lines.join('\n'));
      lines = [];
    }
  };
}
