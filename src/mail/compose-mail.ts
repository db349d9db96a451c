import { ConfigError } from '#config/config.ts';
import type { MailMessage } from './render-mail.ts';

export interface Sender {
  readonly name: string;
  readonly address: string;
}

/** `Name <address>`, or an address alone. @throws ConfigError */
export function parseSender(text: string): Sender {
  const match = /^(?:([^<>"\r\n]*)<)?\s*([^\s<>"@,;]+@[^\s<>"@,;]+?)\s*>?\s*$/.exec(text.trim());
  const [, name = '', address] = match ?? [];
  if (address === undefined || text.includes('<') !== text.includes('>')) {
    throw new ConfigError(`MAIL_FROM=${text} is not of the form Name <name@example.com>`);
  }
  return { name: name.trim(), address };
}

/** The mail in the form of the library. Addresses are whole objects, so none of them is read as several. */
export function composeMail(message: MailMessage, from: Sender): object {
  return {
    from,
    to: { name: '', address: message.to },
    envelope: { from: from.address, to: [message.to] },
    subject: message.subject,
    text: message.text,
    html: message.html,
    // The same at each try: servers and readers take a repetition for what it is.
    messageId: `<${message.id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}
