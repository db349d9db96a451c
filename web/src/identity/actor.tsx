import { useQuery } from '@tanstack/react-query';
import { memberNamesQuery } from './organisation/queries.ts';
import { useSession } from './session.ts';

const TAIL_LENGTH = 6;

/** Who did something: a part of the system by its name, a person by theirs as far as we know it. */
export function Actor({ actor }: { actor: string }) {
  const { user } = useSession();
  const isOther = actor.startsWith('user:') && actor !== `user:${user.id}`;
  const names = useQuery({ ...memberNamesQuery, enabled: isOther });
  if (actor === `user:${user.id}`) return <span title={actor}>{user.username}</span>;
  if (!isOther) return actor;
  const name = names.data?.get(actor.slice('user:'.length));
  return <span title={actor}>{name ?? `user …${actor.slice(-TAIL_LENGTH)}`}</span>;
}
