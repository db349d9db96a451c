/**
 * Requests to workers behind NAT take their tunnel, all others the direct way. Above the connection everything is the
 * same: reading of answers, cancelling, pausing, and how failures are told.
 */
import type { Socket } from 'node:net';
import { tunnelledInstance } from '#contracts/tunnel.ts';
import type { Env } from '#kernel/env.ts';
import { fastUpstreamOver } from '../upstream/fast-upstream.ts';
import type { Upstream, UpstreamFigures } from '../upstream.ts';
import type { TunnelHub } from './tunnel-hub.ts';

export function withTunnels(
  env: Env,
  figures: UpstreamFigures,
  direct: Upstream,
  tunnels: Pick<TunnelHub, 'dial'>,
): Upstream {
  // A connection in a tunnel has of a socket what the workers' side uses of one.
  const dial = (host: string) => tunnels.dial(tunnelledInstance(host) ?? host) as unknown as Socket;
  const tunnelled = fastUpstreamOver(env, figures, dial);
  return {
    post: (target, request) =>
      target.tunnel === undefined ? direct.post(target, request) : tunnelled.post(target, request),
    async close() {
      await Promise.all([direct.close(), tunnelled.close()]);
    },
  };
}
