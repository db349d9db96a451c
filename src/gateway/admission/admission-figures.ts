import type { Settings } from '#config/settings.ts';
import type { QueueLimits } from '#routing/queue/waiting.ts';

/** Figures of the queue before the workers. Read at each use and never copied. */
export interface AdmissionFigures {
  readonly queue: QueueLimits;
  /** How long a request waits for room when it says nothing. */
  readonly waitMs: number;
  /** The same for one that wants to wait for a model that is starting. */
  readonly startWaitMs: number;
  /** What a request may name at most. */
  readonly waitMaxMs: number;
  readonly commentMs: number;
}

export function admissionFigures(settings: Settings): AdmissionFigures {
  return {
    queue: {
      get requestsMax() {
        return settings.get('GATEWAY_QUEUE_REQUESTS_MAX');
      },
      get tokensMax() {
        return settings.get('GATEWAY_QUEUE_TOKENS_MAX');
      },
      get bytesMax() {
        return settings.get('GATEWAY_QUEUE_BYTES_MAX');
      },
      get totalBytesMax() {
        return settings.get('GATEWAY_QUEUE_TOTAL_BYTES_MAX');
      },
      get ageingMs() {
        return settings.get('GATEWAY_QUEUE_AGEING_MS');
      },
    },
    get waitMs() {
      return settings.get('GATEWAY_QUEUE_WAIT_MS');
    },
    get startWaitMs() {
      return settings.get('GATEWAY_START_WAIT_MS');
    },
    get waitMaxMs() {
      return settings.get('GATEWAY_WAIT_MAX_MS');
    },
    get commentMs() {
      return settings.get('GATEWAY_WAIT_COMMENT_MS');
    },
  };
}
