declare const INVENTIV_BUILD_DATE: string | undefined;

/** Raised with every released change of the agent; `scripts/build-worker.ts --check` refuses to forget it. */
export const WORKER_VERSION = '0.1.0';

/** The bundler puts the commit date here; the unbuilt sources have none. */
export const WORKER_BUILD_DATE =
  typeof INVENTIV_BUILD_DATE === 'string' ? INVENTIV_BUILD_DATE : '1970-01-01T00:00:00Z';
