/** Tokens that can be computed again from a key and what they are bound to, so that none is stored. */
import type { ReinstallPath } from '#contracts/instances.ts';
import type { AttemptId, InstanceId, ReinstallId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { deriveToken, tokenIdOf } from '#kernel/token.ts';

/** In the user data of one attempt; a repeated create must carry exactly the same text. */
export function bootstrapTokenOf(controlKey: Secret, instanceId: InstanceId, attemptId: AttemptId): Secret {
  return deriveToken(controlKey, 'boot', tokenIdOf(instanceId), attemptId);
}

/** For a worker that is installed anew: one for each way that is tried. */
export function reinstallTokenOf(
  controlKey: Secret,
  instanceId: InstanceId,
  reinstall: { readonly id: ReinstallId; readonly path: ReinstallPath },
): Secret {
  return deriveToken(controlKey, 'boot', tokenIdOf(instanceId), `${reinstall.id}:${reinstall.path}`);
}

/** With it the orchestrator speaks to the agent's own port. */
export function controlTokenOf(controlKey: Secret, instanceId: InstanceId, epoch: number): Secret {
  return deriveToken(controlKey, 'ctl', tokenIdOf(instanceId), String(epoch));
}

/** With it the gateway speaks to the agent's data port. */
export function dataTokenOf(dataPlaneKey: Secret, instanceId: InstanceId, epoch: number): Secret {
  return deriveToken(dataPlaneKey, 'data', tokenIdOf(instanceId), String(epoch));
}

/** Follows the worker's present token, of which only the hash is known. */
export function nextWorkerTokenOf(
  controlKey: Secret,
  instanceId: InstanceId,
  epoch: number,
  presentHash: string,
): Secret {
  return deriveToken(controlKey, 'wkr', tokenIdOf(instanceId), `next:${epoch}:${presentHash}`);
}
