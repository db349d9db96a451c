import type { infer as Infer } from 'zod';
import type { apiKeySchema, createdApiKeySchema } from '#contracts/api-keys.ts';
import type {
  actionLogEntrySchema,
  gpuSampleSchema,
  instanceHistoryEntrySchema,
  instanceSampleSchema,
  instanceStepSchema,
  instanceVolumeSchema,
} from '#contracts/instances.ts';
import type {
  costIntervalSchema,
  costSeriesSchema,
  usageEntrySchema,
  usageSummarySchema,
} from '#contracts/management.ts';

// Types only: the schemas themselves stay with the server, so that zod is not part of the first page.
export type ApiKey = Infer<typeof apiKeySchema>;
export type CreatedApiKey = Infer<typeof createdApiKeySchema>;
export type CostInterval = Infer<typeof costIntervalSchema>;
export type CostSeries = Infer<typeof costSeriesSchema>;
export type UsageEntry = Infer<typeof usageEntrySchema>;
export type UsageSummary = Infer<typeof usageSummarySchema>;
export type ActionLogEntry = Infer<typeof actionLogEntrySchema>;
export type GpuSample = Infer<typeof gpuSampleSchema>;
export type HistoryEntry = Infer<typeof instanceHistoryEntrySchema>;
export type InstanceSample = Infer<typeof instanceSampleSchema>;
export type InstanceStep = Infer<typeof instanceStepSchema>;
export type InstanceVolume = Infer<typeof instanceVolumeSchema>;

export interface Page<T> {
  data: T[];
  has_more: boolean;
  next_cursor: string | null;
}
