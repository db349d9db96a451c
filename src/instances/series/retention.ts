/** How long each resolution of the series is kept. */
import type { Settings } from '#config/settings.ts';
import type { Resolution } from '../store/samples.ts';

/** Five minutes are kept four times as long as the finest figures, and no longer than hours. */
const FIVE_MINUTES_TIMES = 4;

export function retentionHours(settings: Settings, resolution: Resolution): number {
  const finest = settings.get('SAMPLE_RETENTION_HOURS');
  const hours = settings.get('ROLLUP_RETENTION_HOURS');
  switch (resolution) {
    case 'finest':
      return finest;
    case '5m':
      return Math.max(finest, Math.min(FIVE_MINUTES_TIMES * finest, hours));
    case '1h':
      return hours;
  }
}
