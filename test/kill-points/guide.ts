/** The list of crash points in docs/guides/kill-points.md, as the lives and the code have it. */
import { LEFT_OUT, LIVES } from './lives.ts';

export const LIST_BEGINS = '<!-- written by `make kill-points-list` -->';
export const LIST_ENDS = '<!-- end of the list -->';
const LINE_LENGTH = 119;

export function renderList(): string {
  const count = LIVES.reduce((sum, { points }) => sum + points.length, 0);
  const lives = LIVES.map(({ name, about, points }) => wrap(`- **${name}**, ${about}: ${shorten(points)}`));
  const left = Object.entries(LEFT_OUT).map(([why, points]) => wrap(`- ${shorten(points)}: ${why}`));
  return [
    `${count} points in ${LIVES.length} lives:`,
    lives.join('\n'),
    'Not come to in any of them:',
    left.join('\n'),
  ].join('\n\n');
}

const ENDS: Readonly<Record<string, string>> = {
  'commit committed': 'commit|committed',
  'before after': 'before|after',
  'before after commit committed': 'before|after|commit|committed',
};

/** What follows one name, together. */
function shorten(points: readonly string[]): string {
  const ends = new Map<string, string[]>();
  for (const point of points) {
    const [, name = point, end = ''] = /^(.+)\.(commit|committed|before|after)$/.exec(point) ?? [];
    ends.set(name, [...(ends.get(name) ?? []), end]);
  }
  const short = [...ends].flatMap(([name, some]) => {
    const together = ENDS[some.join(' ')];
    return together ? [`${name}.${together}`] : some.map((end) => (end ? `${name}.${end}` : name));
  });
  return short.map((one) => `\`${one}\``).join(' ');
}

function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE_LENGTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(lines.length === 0 ? word : `  ${word}`);
  }
  return lines.join('\n');
}
