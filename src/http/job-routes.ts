import * as z from 'zod';
import { deadLetterSchema, jobCountsSchema, retryDeadLetterSchema } from '#contracts/jobs.ts';
import { AppError } from '#kernel/errors.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { type Route, route } from './route.ts';

/** The queue as its keeper sees it; given from outside, because this folder does not know it. */
export interface JobKeeper {
  count(): Promise<z.output<typeof jobCountsSchema>[]>;
  listDead(limit: number): Promise<z.output<typeof deadLetterSchema>[]>;
  /** False when there is no such dead letter. */
  retryDead(job: z.output<typeof retryDeadLetterSchema>, correlationId: CorrelationId): Promise<boolean>;
}

const LIMIT_MAX = 500;

export function jobRoutes({ jobs }: { readonly jobs: JobKeeper }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/jobs',
      name: 'jobs.count',
      summary: 'How much work of each kind is due, running, waiting and dead',
      policy: { allow: 'platform_admin' },
      success: { status: 200, body: z.object({ data: z.array(jobCountsSchema) }) },
      handler: async () => ({ data: await jobs.count() }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/jobs/dead',
      name: 'jobs.dead',
      summary: 'Work that failed for good, the newest first',
      policy: { allow: 'platform_admin' },
      query: z.object({ limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(100) }),
      success: { status: 200, body: z.object({ data: z.array(deadLetterSchema) }) },
      handler: async ({ query }) => ({ data: await jobs.listDead(query.limit) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/jobs/dead/retry',
      name: 'jobs.retry',
      summary: 'Take up work again that failed for good',
      policy: { allow: 'platform_admin' },
      body: retryDeadLetterSchema,
      success: { status: 202, body: retryDeadLetterSchema },
      handler: async ({ body, correlationId }) => {
        if (!(await jobs.retryDead(body, correlationId))) throw new AppError('job.not_dead');
        return body;
      },
    }),
  ];
}
