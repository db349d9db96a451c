import type { FlavourOrder, RegisterResponse } from '#contracts/worker.ts';

/** What to serve, and where: the order of the control plane and the address the agent keeps for its engine. */
export interface EngineOrder {
  readonly model: RegisterResponse['model'];
  readonly args: readonly string[];
  /** With what it may be run; absent from control planes that know none. */
  readonly flavours?: FlavourOrder | undefined;
  readonly host: string;
  readonly port: number;
}

/** `ready`: the engine says that the model is loaded; the agent makes sure by asking it. */
export type EngineProgress =
  | { readonly kind: 'pulling' | 'loading'; readonly bytes: number | null; readonly total: number | null }
  | { readonly kind: 'http' }
  | { readonly kind: 'ready' };

/** Why the engine is about to fail, in better words than its exit status. */
export interface EngineFault {
  readonly kind: 'fault';
  readonly code: string;
  readonly message: string;
  /** Another start would end the same way, so none is tried. */
  readonly isFinal?: boolean;
}

export type EngineEvent = EngineProgress | EngineFault;

export interface EngineExit {
  /** In words, for the log and for whoever asks why: exit status or signal. */
  readonly reason: string;
  /** The last lines the engine printed. */
  readonly lastLines: readonly string[];
}

export interface EngineRun {
  /** Resolves when the engine and all it started are gone; never rejects. */
  readonly exited: Promise<EngineExit>;
  /** Asks the engine to end, and ends it after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/**
 * An inference server as the agent sees it. An engine starts, tells what it does, and ends; whether the model
 * answers is asked over HTTP, alike for all of them. Every run dies with the agent, however the agent dies.
 */
export interface Engine {
  readonly name: string;
  /** How often to ask for readiness while starting, for engines that do not tell it by themselves. */
  readonly pollMs: number;
  start(order: EngineOrder, onEvent: (event: EngineEvent) => void): EngineRun;
}
