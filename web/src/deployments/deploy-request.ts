import { useSyncExternalStore } from 'react';

/** What the deploy dialog opens with; an empty request starts from the choice of a model. */
export interface DeployRequest {
  modelId?: string;
  provider?: string;
}

let current: DeployRequest | null = null;
const listeners = new Set<() => void>();

/** Opens the deploy dialog from anywhere. */
export function requestDeploy(request: DeployRequest = {}): void {
  set(request);
}

export function closeDeploy(): void {
  set(null);
}

export function useDeployRequest(): DeployRequest | null {
  return useSyncExternalStore(subscribe, () => current);
}

function set(next: DeployRequest | null): void {
  current = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
