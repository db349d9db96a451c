/** What differs between the clients that the gateway serves: how an error is said to them. */
import type { AppError } from '#kernel/errors.ts';
import { anthropicProtocol } from './anthropic-error.ts';
import { openAiProtocol } from './openai-error.ts';

export type ProtocolName = 'openai' | 'anthropic';

/** An error as a client reads it: status, headers, body. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface ClientProtocol {
  statusOf(error: AppError): number;
  answerTo(error: AppError, requestId: string): ErrorAnswer;
  /** An engine's error in the one shape that this protocol's clients read. */
  engineError(body: Buffer, status: number, requestId: string): Buffer;
}

const PROTOCOLS: Readonly<Record<ProtocolName, ClientProtocol>> = {
  openai: openAiProtocol,
  anthropic: anthropicProtocol,
};

export function protocolNamed(name: ProtocolName): ClientProtocol {
  return PROTOCOLS[name];
}
