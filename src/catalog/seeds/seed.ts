import type { ModelShape } from '#contracts/model-shape.ts';

/** The forms in which the project's own facts about machines and models are written down. */

export interface ProviderSeed {
  readonly id: string;
  readonly name: string;
  readonly zones: readonly { readonly code: string; readonly region: string }[];
  readonly types: readonly TypeSeed[];
  readonly offers: readonly OfferSeed[];
}

export interface TypeSeed {
  /** The provider's own name. */
  readonly code: string;
  readonly gpuCount: number;
  readonly gpuKind: string;
  /** The share of a physical GPU, where one is divided. */
  readonly gpuFraction: number | null;
  /** What the engine can see, which is less than what the data sheet says. */
  readonly vramBytesPerGpu: number;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly arch: 'x86_64' | 'arm64';
  readonly scratchBytesMax: number;
}

export interface OfferSeed {
  readonly type: string;
  readonly zone: string;
  /** Null is unknown, never free. */
  readonly price: {
    /** An exact decimal per hour. */
    readonly perHour: string;
    readonly currency: 'EUR' | 'USD';
    /** Null when the source does not say of which day it is. */
    readonly asOf: string | null;
    readonly source: string;
  } | null;
}

export interface ModelSeed {
  readonly hfId: string;
  readonly name: string;
  readonly parameters: number;
  readonly weightsBytes: number;
  readonly kvBytesPerToken: number;
  /** Null is unknown. */
  readonly shape: ModelShape | null;
  readonly contextLength: number;
  readonly licence: string;
}
