/** The part of docs/reference/events.md that follows from the contracts. */
import * as z from 'zod';
import { BUSINESS_EVENTS } from '#contracts/business-events.ts';

export const EVENTS_BEGIN = '<!-- written from src/contracts/business-events.ts -->';

interface FieldSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly FieldSchema[];
  readonly description?: string;
}

export function renderEvents(): string {
  return Object.entries(BUSINESS_EVENTS)
    .map(([type, { about, data }]) => {
      const { properties = {} } = z.toJSONSchema(data, { io: 'output' }) as {
        properties?: Record<string, FieldSchema>;
      };
      const rows = Object.entries(properties).map(([name, schema]) => {
        return `| \`${name}\` | ${formOf(schema)} | ${schema.description ?? ''} |`;
      });
      return `### ${type}\n\n${about}\n\n| field | form | |\n|---|---|---|\n${rows.join('\n')}`;
    })
    .join('\n\n');
}

function formOf(schema: FieldSchema): string {
  if (schema.anyOf) return schema.anyOf.map(formOf).join(' or ');
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.format === 'date-time') return 'time';
  return [schema.type ?? 'any'].flat().join(' or ');
}
