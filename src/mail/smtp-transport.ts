/**
 * Mails by SMTP. The server is one URL: `smtps://user:password@host`, or `smtp://` with STARTTLS, which is demanded
 * unless the server is on this machine or in a private network. Each step has a limit; one connection for each mail,
 * so a server that went away is met anew.
 */
import { createTransport } from 'nodemailer';
import { ConfigError } from '#config/config.ts';
import type { Secret } from '#kernel/secret.ts';
import { composeMail, type Sender } from './compose-mail.ts';
import { MailRefusedError, type MailTransport } from './transport.ts';

export interface SmtpOptions {
  readonly url: Secret;
  readonly from: Sender;
  /** Beside the machine's own: authorities whose certificates are trusted. */
  readonly ca?: string;
  readonly timeoutMs?: number;
}

const STEP_TIMEOUT_MS = 15_000;
const IMPLICIT_TLS_PORT = 465;
const SUBMISSION_PORT = 587;

export function smtpTransport({ url, from, ca, timeoutMs = STEP_TIMEOUT_MS }: SmtpOptions): MailTransport {
  const server = parseSmtpUrl(url);
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.isSecure,
    requireTLS: server.mustEncrypt,
    ...(server.user === undefined ? {} : { auth: { user: server.user, pass: server.password } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  });
  return {
    async send(message, signal) {
      try {
        await transport.sendMail({ ...composeMail(message, from), signal } as object);
      } catch (error) {
        throw isFinal(error) ? new MailRefusedError(textOf(error), { cause: error }) : error;
      }
    },
    close: () => transport.close(),
  };
}

interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  readonly mustEncrypt: boolean;
  readonly user: string | undefined;
  readonly password: string;
}

/** @throws ConfigError without the URL, which holds a password */
export function parseSmtpUrl(secret: Secret): SmtpServer {
  const text = secret.reveal();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') {
    throw new ConfigError('the secret file smtp_url is not of the form smtp://user:password@host:port');
  }
  const isSecure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (isSecure ? IMPLICIT_TLS_PORT : SUBMISSION_PORT);
  const user = url.username === '' ? undefined : decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return { host, port, isSecure, mustEncrypt: !isSecure && !isNear(host), user, password };
}

/** This machine, or an address that is not routed over the Internet. */
function isNear(host: string): boolean {
  return (
    host === 'localhost' ||
    host === '::1' ||
    /^127\.|^10\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\./.test(host) ||
    /^f[cd][0-9a-f]{2}:/i.test(host)
  );
}

/** Answers of class 5 about the mail itself. About us, such as a wrong password, they may end any moment. */
function isFinal(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return isAboutMail && typeof responseCode === 'number' && responseCode >= 500;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
