import type { HostView } from '#contracts/hosts.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { existsAgentClaim } from './agent-store.ts';
import { type HostRow, selectHost, selectHosts, stateOf } from './host-store.ts';

export async function listHosts(db: Queryable, scope: OrgScope): Promise<HostView[]> {
  return (await selectHosts(db, scope)).map(toHostView);
}

/** @throws host.not_found */
export async function getHost(db: Queryable, scope: OrgScope, id: string): Promise<HostView> {
  const row = await selectHost(db, scope, id);
  if (!row) throw new AppError('host.not_found');
  return toHostView(row);
}

function toHostView(row: HostRow): HostView {
  const { nanosPerHour, currency } = row;
  return {
    id: row.id,
    name: row.name,
    reached_by: row.reachedBy,
    address: row.address,
    port: row.port,
    username: row.username,
    state: stateOf(row),
    zone: row.zone,
    instance_type: row.typeCode,
    price: nanosPerHour === null || currency === null ? null : { nanos_per_hour: nanosPerHour, currency },
    credential_kind: row.credentialKind,
    public_key: row.publicKey,
    host_key: row.hostKey,
    seen_host_key: row.seenHostKey,
    out_of_service: row.isOutOfService,
    probe: {
      state: probeStateOf(row),
      at: row.probedAt?.toISOString() ?? null,
      error: row.probeError,
      message: row.probeMessage,
    },
    facts: factsOf(row),
    agent: agentOf(row),
    claim: claimOf(row),
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

function agentOf(row: HostRow): HostView['agent'] {
  if (row.reachedBy === 'ssh') return null;
  return {
    seen_at: row.agentSeenAt?.toISOString() ?? null,
    seen_from: row.agentAddress,
    is_silent: row.isSilent,
    sha256: row.agentSha256,
  };
}

/** Whether an instance runs on a machine that nobody can dial: its worker serves through a tunnel, and no other way. */
export function isBehindAgent(db: Queryable, instance: string): Promise<boolean> {
  return existsAgentClaim(db, instance);
}

function probeStateOf(row: HostRow): HostView['probe']['state'] {
  if (row.probesAsked > row.probesDone) return 'pending';
  if (row.probedAt === null) return 'none';
  return row.probeError === null ? 'ok' : 'failed';
}

function factsOf({ facts }: HostRow): HostView['facts'] {
  if (!facts) return null;
  return {
    arch: facts.arch,
    os: facts.os,
    vcpus: facts.vcpus,
    memory_bytes: facts.memoryBytes,
    disk_free_bytes: facts.diskFreeBytes,
    gpus: facts.gpus.map(({ kind, vramBytes, driver, computeCapability }) => ({
      kind,
      vram_bytes: vramBytes,
      driver,
      compute_capability: computeCapability,
    })),
    container_runtime: facts.runtime,
    gpu_toolkit: facts.toolkit,
    warnings: [...facts.warnings],
  };
}

function claimOf({ instanceId, claimedAt, startedAt, releaseAskedAt }: HostRow): HostView['claim'] {
  if (instanceId === null || claimedAt === null) return null;
  return {
    instance_id: instanceId,
    claimed_at: claimedAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    release_asked_at: releaseAskedAt?.toISOString() ?? null,
  };
}
