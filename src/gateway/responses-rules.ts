/**
 * The Responses API without memory. An engine would keep responses in its own process, where the next request may never
 * arrive, and forget them with it; so what needs a stored response is refused instead of failing now and then.
 */
import { AppError } from '#kernel/errors.ts';

interface StatefulField {
  readonly name: string;
  readonly isUsed: (value: unknown) => boolean;
  readonly publicMessage: string;
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

const STATEFUL_FIELDS: readonly StatefulField[] = [
  {
    name: 'previous_response_id',
    isUsed: isSet,
    publicMessage:
      'Responses are not stored: send the earlier items in `input` instead of previous_response_id.',
  },
  {
    name: 'conversation',
    isUsed: isSet,
    publicMessage: 'Conversations are not stored: send the earlier items in `input`.',
  },
  {
    name: 'background',
    isUsed: (value) => value === true,
    publicMessage: 'Responses are not stored, so none can be made in the background: leave `background` out.',
  },
  {
    // The engine would take it as the name of the request among those of everybody.
    name: 'request_id',
    isUsed: isSet,
    publicMessage: 'Send your own id in the header X-Request-Id, not in the body.',
  },
];

/** `store` itself is let pass: its default is true, and whoever does not ask for the response later misses nothing. @throws request.invalid */
export function refuseStoredState(body: Readonly<Record<string, unknown>>): void {
  for (const { name, isUsed, publicMessage } of STATEFUL_FIELDS) {
    if (isUsed(body[name]))
      throw new AppError('request.invalid', { publicMessage, details: { param: name } });
  }
}
