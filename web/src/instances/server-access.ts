import type { InstanceDetail } from '#contracts/instances.ts';

type Server = Pick<InstanceDetail, 'provider' | 'zone' | 'server_ref' | 'address'>;

/** Users that the images of each provider come with. */
const USERS: Readonly<Record<string, string>> = { scaleway: 'root', aws: 'ubuntu' };

/** Null for what cannot be signed in to, or whose address is not known. */
export function sshCommandOf({ provider, address }: Server): string | null {
  const user = USERS[provider];
  return user === undefined || address === null ? null : `ssh ${user}@${address}`;
}

/** The page of the server at its provider; null where there is none, or no server. */
export function consoleUrlOf({ provider, zone, server_ref: ref }: Server): string | null {
  if (ref === null) return null;
  const id = encodeURIComponent(ref);
  if (provider === 'scaleway') {
    return `https://console.scaleway.com/instance/servers/${encodeURIComponent(zone)}/${id}/overview`;
  }
  if (provider === 'aws') {
    const region = encodeURIComponent(zone.replace(/[a-z]$/, ''));
    return `https://${region}.console.aws.amazon.com/ec2/home?region=${region}#InstanceDetails:instanceId=${id}`;
  }
  return null;
}
