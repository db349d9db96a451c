import { ArrivalLine, type WaitingLine } from './waiting-line.ts';

/** The line of the gateway as it is. */
export const LINE_NAME = 'first come, first served';

export function gatewayLine(_nowMs: () => number): WaitingLine {
  return new ArrivalLine();
}
