import { useSession } from './session.ts';

const TAIL_LENGTH = 6;

/** Who did something: a part of the system by its name, a person by theirs as far as we know it. */
export function Actor({ actor }: { actor: string }) {
  const { user } = useSession();
  if (actor === `user:${user.id}`) return <span title={actor}>{user.username}</span>;
  if (!actor.startsWith('user:')) return actor;
  return <span title={actor}>user …{actor.slice(-TAIL_LENGTH)}</span>;
}
