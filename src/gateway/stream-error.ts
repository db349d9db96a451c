/** The event that ends a stream which cannot be continued. SDKs raise it as an error; no end marker follows. */
import type { AppError } from '#kernel/errors.ts';
import { anthropicErrorBody } from './anthropic-error.ts';
import type { StreamForm } from './endpoints.ts';
import { errorBody } from './openai-error.ts';

export interface BrokenStream {
  readonly form: StreamForm;
  readonly requestId: string;
  /** Events that were passed; those of a response are numbered from 0. */
  readonly events: number;
}

export function errorEvent(error: AppError, { form, requestId, events }: BrokenStream): string {
  switch (form) {
    case 'chunks':
      return `data: ${JSON.stringify(errorBody(error))}\n\n`;
    case 'messages':
      return `event: error\ndata: ${JSON.stringify(anthropicErrorBody(error, requestId))}\n\n`;
    case 'responses': {
      // Flat as the protocol has it, and nested too: that is what makes the SDK raise it instead of handing it out.
      const { error: said } = errorBody(error);
      const { message, param, code } = said;
      const event = { type: 'error', code, message, param, sequence_number: events, error: said };
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
    }
  }
}
