import type { Config } from './config.ts';

/** The address at which a process of this machine reaches another that listens on BIND_HOST. */
export function reachableHost(config: Config): string {
  if (['0.0.0.0', '::', '::0'].includes(config.bindHost)) return '127.0.0.1';
  return config.bindHost.includes(':') ? `[${config.bindHost}]` : config.bindHost;
}

/** Where processes of this machine reach the gateway. */
export function gatewayUrlOf(config: Config): string {
  const scheme = config.values.GATEWAY_TLS_CERT_FILE === '' ? 'http' : 'https';
  return `${scheme}://${reachableHost(config)}:${config.ports.gateway}`;
}
