import { classNames } from '../design/class-names.ts';
import { readableOn } from './colour.ts';

interface OrganisationMarkProps {
  name: string;
  colour: string | null;
  size?: 'sm' | 'lg';
}

/** The first letter of an organisation on its colour: which one this is, at a glance. */
export function OrganisationMark({ name, colour, size = 'sm' }: OrganisationMarkProps) {
  return (
    <span
      aria-hidden
      className={classNames(
        'flex shrink-0 items-center justify-center rounded-md font-semibold',
        size === 'lg' ? 'size-11 text-xl' : 'size-6 text-xs',
        colour === null && 'bg-text/12 text-text',
      )}
      style={colour === null ? undefined : { backgroundColor: colour, color: readableOn(colour) }}
    >
      {Array.from(name)[0]?.toUpperCase() ?? ''}
    </span>
  );
}
