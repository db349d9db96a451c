import type { MailMessage } from './render-mail.ts';

/** A way out for mails. Sending the same mail twice must show as one: its Message-ID stays the same. */
export interface MailTransport {
  /** @throws MailRefusedError when this mail can never be sent, anything else when it may be tried again */
  send(message: MailMessage, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The server said for good that it does not take this mail. */
export class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError';
}
