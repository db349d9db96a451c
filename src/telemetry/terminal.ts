/**
 * What the person at the terminal sees of the processes' logs: warnings, errors, and what is not a log line at all
 * (a crash's last words). Lines are held back until `release`, so that the first address printed is the dashboard's.
 */
export interface Terminal {
  line(name: string, line: string): void;
  release(): void;
}

const HELD_LINES_MAX = 1_000;

/** @param write takes one JSON log line */
export function openTerminal(write: (line: string) => void): Terminal {
  let held: string[] | undefined = [];
  return {
    line(name, line) {
      const shown = severe(name, line);
      if (shown === undefined) return;
      if (!held) write(shown);
      else if (held.length < HELD_LINES_MAX) held.push(shown);
    },
    release() {
      const lines = held ?? [];
      held = undefined;
      for (const line of lines) write(line);
    },
  };
}

function severe(name: string, line: string): string | undefined {
  if (line.startsWith('{"level":"')) return /^\{"level":"(warn|error)"/.test(line) ? line : undefined;
  if (line.trim() === '') return undefined;
  return JSON.stringify({ level: 'error', component: name, message: line });
}
