import type { LineFactory } from './waiting-line.ts';

/** The line of the gateway as it is: there is none, requests are sent at once. */
export const LINE_NAME = 'none';
export const gatewayLine: LineFactory | undefined = undefined;
