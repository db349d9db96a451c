/**
 * What kind of place an address is, by the address in binary form: names and their spelling count for nothing. What is not
 * plainly public is refused; an installation may allow its own network, but never what gives out credentials of
 * machines, nor addresses that are no single host.
 */
import { BlockList, isIP } from 'node:net';

export type AddressKind = 'public' | 'private' | 'never';

const NEVER_4 = listOf('ipv4', [
  '0.0.0.0/8',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);
const PRIVATE_4 = listOf('ipv4', [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
]);
/** Global unicast; all else, such as addresses of version 4 in other clothes, is not. */
const GLOBAL_6 = listOf('ipv6', ['2000::/3']);
/** Of it: tunnels that lead to any address of version 4, examples, identifiers. */
const NEVER_6 = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);
const PRIVATE_6 = listOf('ipv6', ['::1/128', 'fc00::/7']);
const METADATA_6 = listOf('ipv6', ['fd00:ec2::/32', 'fd20:ce::/32']);

export function kindOfAddress(address: string): AddressKind {
  // An address with a zone means another host on each machine.
  if (address.includes('%')) return 'never';
  switch (isIP(address)) {
    case 4:
      if (NEVER_4.check(address, 'ipv4')) return 'never';
      return PRIVATE_4.check(address, 'ipv4') ? 'private' : 'public';
    case 6:
      return kindOfVersion6(address);
    default:
      return 'never';
  }
}

export function isAllowedAddress(address: string, allowsPrivate: boolean): boolean {
  const kind = kindOfAddress(address);
  return kind === 'public' || (kind === 'private' && allowsPrivate);
}

function kindOfVersion6(address: string): AddressKind {
  if (METADATA_6.check(address, 'ipv6')) return 'never';
  if (PRIVATE_6.check(address, 'ipv6')) return 'private';
  return GLOBAL_6.check(address, 'ipv6') && !NEVER_6.check(address, 'ipv6') ? 'public' : 'never';
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
