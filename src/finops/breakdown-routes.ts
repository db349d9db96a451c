import {
  type CostBreakdown,
  costBreakdownQuerySchema,
  costBreakdownSchema,
  idleCostsQuerySchema,
  idleCostsSchema,
} from '#contracts/cost-breakdown.ts';
import { type Signals, signalsQuerySchema, signalsSchema } from '#contracts/request-signals.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import { type BreakdownRow, readBreakdown, readIdleCosts } from './cost-breakdown-store.ts';
import { readFailures, readSignalSteps, readSignals } from './request-signals-store.ts';

interface Deps {
  readonly db: Database;
}

/** What costs come from, what of them was idle, and how requests fare. */
export function breakdownRoutes({ db }: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/costs/breakdown',
      name: 'costs.breakdown',
      summary: 'Cost per step of a window, by project, deployment, model, provider or kind of resource',
      policy: { allow: 'member', action: 'costs.read' },
      query: costBreakdownQuerySchema,
      success: { status: 200, body: costBreakdownSchema },
      handler: async ({ caller, query }) => {
        const wish = {
          by: query.by,
          ...windowOf(query),
          stepSeconds: query.step_seconds,
          projectId: query.project_id,
        };
        return toBreakdown(await readBreakdown(db, caller, wish), wish);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/costs/idle',
      name: 'costs.idle',
      summary: 'What machines cost while they served no request, by deployment',
      policy: { allow: 'member', action: 'costs.read' },
      query: idleCostsQuerySchema,
      success: { status: 200, body: idleCostsSchema },
      handler: async ({ caller, query }) => {
        const data = await readIdleCosts(db, caller, windowOf(query));
        const sum = (of: (row: (typeof data)[number]) => number) =>
          data.reduce((total, row) => total + of(row), 0);
        return {
          currency: 'EUR' as const,
          micros: sum((row) => row.micros),
          idle_micros: sum((row) => row.idle_micros),
          data,
        };
      },
    }),
    signalsRoute(db),
  ];
}

function signalsRoute(db: Database): Route {
  return route({
    method: 'GET',
    path: '/api/v1/requests/signals',
    name: 'requests.signals',
    summary: 'Requests, failures and waiting times of each model, over a window and by step',
    policy: { allow: 'member', action: 'usage.read' },
    query: signalsQuerySchema,
    success: { status: 200, body: signalsSchema },
    handler: async ({ caller, query }): Promise<Signals> => {
      const window = { ...windowOf(query), stepSeconds: query.step_seconds };
      const models = await readSignals(db, caller, window);
      const steps = await readSignalSteps(db, caller, window);
      return {
        step_seconds: query.step_seconds,
        models: models.map((model) => ({
          ...model,
          steps: steps
            .filter((step) => step.model_id === model.model_id)
            .map(({ model_id: _, at, ...step }) => ({ at: at.toISOString(), ...step })),
        })),
        errors: await readFailures(db, caller, window),
      };
    },
  });
}

function windowOf({ from, to }: { from: string; to: string }) {
  return { from: new Date(from), to: new Date(to) };
}

function toBreakdown(
  rows: readonly BreakdownRow[],
  { by, from, to, stepSeconds }: Pick<CostBreakdown, 'by'> & { from: Date; to: Date; stepSeconds: number },
): CostBreakdown {
  const count = Math.ceil((to.getTime() - from.getTime()) / 1_000 / stepSeconds);
  const steps = Array.from({ length: count }, (_, index) =>
    new Date(from.getTime() + index * stepSeconds * 1_000).toISOString(),
  );
  const groups = new Map<string | null, { name: string | null; step_micros: number[] }>();
  for (const { value, name, step, micros } of rows) {
    const group = groups.get(value) ?? { name, step_micros: steps.map(() => 0) };
    group.step_micros[step] = micros;
    groups.set(value, group);
  }
  const summed = [...groups].map(([value, { name, step_micros }]) => ({
    value,
    name,
    micros: step_micros.reduce((sum, micros) => sum + micros, 0),
    step_micros,
  }));
  return {
    currency: 'EUR',
    by,
    step_seconds: stepSeconds,
    steps,
    total_micros: summed.reduce((sum, { micros }) => sum + micros, 0),
    groups: summed.toSorted((a, b) => b.micros - a.micros),
  };
}
