/**
 * Under which identity the embedded server runs. PostgreSQL refuses uid 0, so under root it runs as `postgres` or
 * `nobody`, if that user can execute the server and reach the directory. Where it cannot (both may lie below a
 * directory of root's with mode 0700) it runs in a user namespace: root's files, but not root inside.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { StartError } from '#config/start-error.ts';

export interface ServerUser {
  /** Passed to spawn, which also drops the supplementary groups. */
  readonly ids: { readonly uid?: number; readonly gid?: number };
  /** Words before the server's own command line. */
  readonly prefix: readonly string[];
}

const IN_NAMESPACE: ServerUser = {
  ids: {},
  prefix: ['unshare', '--user', '--map-user=65534', '--map-group=65534', '--'],
};

/**
 * @param directory an existing cluster, whose owner decides, or the directory that will hold one
 * @throws StartError when this machine offers no way
 */
export function chooseServerUser(postgres: string, directory: string, isCluster: boolean): ServerUser {
  if (process.getuid?.() !== 0) return { ids: {}, prefix: [] };
  const owner = isCluster ? statSync(directory).uid : undefined;
  for (const ids of owner === 0 ? [] : unprivilegedUsers()) {
    if (owner !== undefined && owner !== ids.uid) continue;
    if (canRun({ ids, prefix: [] }, postgres, directory)) return { ids, prefix: [] };
  }
  if ((owner ?? 0) === 0 && canRun(IN_NAMESPACE, postgres, directory)) return IN_NAMESPACE;
  throw new StartError(
    owner === undefined || owner === 0
      ? `PostgreSQL must not run as root, and no other user can reach ${directory}: start as another user, or set INVENTIV_DATA_DIR to a directory that others may enter`
      : `the database in ${directory} belongs to user ${owner}, who cannot reach it or the server's program: correct the modes of the directories above, or set INVENTIV_DATA_DIR to another place`,
  );
}

function unprivilegedUsers(): { uid: number; gid: number }[] {
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  return ['postgres', 'nobody'].flatMap((name) => {
    const entry = entries.find((fields) => fields[0] === name);
    return entry ? [{ uid: Number(entry[2]), gid: Number(entry[3]) }] : [];
  });
}

function canRun(user: ServerUser, postgres: string, directory: string): boolean {
  const [command = '', ...words] = [...user.prefix, 'sh', '-c', 'cd "$1" && exec "$2" -V', 'sh'];
  const probe = spawnSync(command, [...words, directory, postgres], { ...user.ids, timeout: 10_000 });
  return probe.status === 0;
}
