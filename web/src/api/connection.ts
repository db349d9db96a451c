import { useSyncExternalStore } from 'react';

export type ConnectionStatus = 'connecting' | 'live' | 'retrying';

let status: ConnectionStatus = 'connecting';
const listeners = new Set<() => void>();

/** Gives whether that is news. */
export function setConnectionStatus(next: ConnectionStatus): boolean {
  if (next === status) return false;
  status = next;
  for (const listener of listeners) listener();
  return true;
}

const SAFETY_NET_MS = 300_000;
const WITHOUT_STREAM_MS = 4_000;

/**
 * How often to ask unasked. Beside a live stream nothing needs it: every five minutes only bounds how long a lost
 * event could go unnoticed. Without a stream it is all there is.
 */
export function pollInterval(): number {
  return status === 'live' ? SAFETY_NET_MS : WITHOUT_STREAM_MS;
}

export function useConnectionStatus(): ConnectionStatus {
  return useSyncExternalStore(subscribe, () => status);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
