import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What is measured of requests, by route name and never by path, so that the number of series is fixed. */
export interface RequestMetrics {
  observe(route: string, method: string, status: number, seconds: number): void;
  streamOpened(): void;
  streamClosed(): void;
  streamDropped(): void;
}

export function createRequestMetrics(registry: Registry): RequestMetrics {
  const duration = new Histogram({
    name: 'inventiv_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const streams = new Gauge({
    name: 'inventiv_event_streams',
    help: 'Open streams of live events.',
    registers: [registry],
  });
  const dropped = new Counter({
    name: 'inventiv_event_streams_dropped_total',
    help: 'Streams of live events that were closed because their reader was too slow.',
    registers: [registry],
  });
  return {
    observe: (route, method, status, seconds) => duration.observe({ route, method, status }, seconds),
    streamOpened: () => streams.inc(),
    streamClosed: () => streams.dec(),
    streamDropped: () => dropped.inc(),
  };
}
