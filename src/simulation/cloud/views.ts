import { parseRate } from '#kernel/money.ts';
import type { FaultBoard } from './faults.ts';
import type { Machine } from './machine.ts';
import type { CloudSettings } from './settings.ts';
import type { CloudState, PartRecord, ServerRecord, VolumeRecord } from './state.ts';

/** Records as the HTTP API shows them. */
export function serverView(state: CloudState, server: ServerRecord, machine?: Machine) {
  const interval = state.intervals.get(server.id);
  return {
    id: server.id,
    zone: server.zone,
    type: server.type,
    name: server.name,
    state: server.state,
    state_detail: server.stateDetail,
    tags: server.tags,
    client_token: server.clientToken,
    // An address is told once the machine has come up with it, and for as long as it is on.
    address: server.state === 'running' || server.state === 'stopping' ? server.address : null,
    volumes: server.volumeIds.map((id) => ({ id, zone: server.zone, boot: isBoot(state, id) })),
    parts: server.partIds.map((id) => ({ id, kind: state.parts.get(id)?.kind ?? 'unknown' })),
    created_at_ms: server.createdAtMs,
    billed_from_ms: interval?.fromMs ?? server.createdAtMs,
    billed_to_ms: interval?.toMs ?? null,
    nanos_per_hour: server.nanosPerHour,
    user_data_exit: server.userDataExit,
    agent_pid: machine?.pid ?? null,
    agent_restarts: machine?.restartCount ?? 0,
  };
}

export function volumeView(state: CloudState, volume: VolumeRecord) {
  const interval = state.intervals.get(volume.id);
  return {
    id: volume.id,
    zone: volume.zone,
    kind: volume.kind,
    size_bytes: volume.sizeBytes,
    boot: volume.isBoot,
    state: volume.state,
    tags: volume.tags,
    attached_to: volume.attachedTo,
    created_at_ms: volume.createdAtMs,
    billed_from_ms: interval?.fromMs ?? volume.createdAtMs,
    billed_to_ms: interval?.toMs ?? null,
    nanos_per_hour: volume.nanosPerHour,
  };
}

export function partView(state: CloudState, part: PartRecord) {
  const interval = state.intervals.get(part.id);
  return {
    id: part.id,
    zone: part.zone,
    kind: part.kind,
    name: part.name,
    state: part.state,
    tags: part.tags,
    address: part.address,
    public_key: part.publicKey,
    attached_to: state.usersOf(part.id),
    created_at_ms: part.createdAtMs,
    billed_from_ms: interval?.fromMs ?? null,
    billed_to_ms: interval?.toMs ?? null,
    nanos_per_hour: part.nanosPerHour,
  };
}

/** A record that has been forgotten was a root volume: others outlive their server in the records. */
function isBoot(state: CloudState, volumeId: string): boolean {
  return state.volumes.get(volumeId)?.isBoot ?? true;
}

export function offerViews(settings: CloudSettings, faults: FaultBoard) {
  return settings.zones.flatMap((zone) =>
    settings.types.map((type) => ({
      zone,
      type: type.name,
      gpu_count: type.gpu_count,
      gpu_kind: type.gpu_kind,
      vram_bytes_per_gpu: type.vram_bytes_per_gpu,
      vcpus: type.vcpus,
      memory_bytes: type.memory_bytes,
      nanos_per_hour: parseRate(type.price_per_hour),
      currency: 'EUR',
      as_of: settings.prices_as_of,
      availability: faults.isCertain('stock_out', { operation: 'server.create', zone, type: type.name })
        ? 'shortage'
        : 'available',
    })),
  );
}
