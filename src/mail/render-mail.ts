/** A mail as it is sent: plain text, and the same as simple HTML in which nothing of a value is markup. */
import type { NewMail } from '#contracts/mail.ts';
import { writeLetter } from './sentences.ts';

export interface MailMessage {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SUBJECT_LENGTH_MAX = 200;

export function renderMail(id: string, { to, template, language, values }: NewMail): MailMessage {
  const { subject, paragraphs, action, afterwards = [] } = writeLetter(template, language, values);
  const link = linkOf(values['link']);
  const hasAction = action !== undefined && link !== undefined;
  const text = [...paragraphs, ...(hasAction ? [`${action}:\n${link}`] : []), ...afterwards];
  const html = [
    ...paragraphs.map(paragraph),
    ...(hasAction ? [`<p><a href="${escapeHtml(link)}">${escapeHtml(action)}</a></p>`] : []),
    ...afterwards.map(paragraph),
  ];
  return {
    id,
    to,
    subject: onOneLine(subject),
    text: `${text.map(withoutControls).join('\n\n')}\n`,
    html: `<!doctype html>\n<html lang="${language}"><body>\n${html.join('\n')}\n</body></html>\n`,
  };
}

/** Only what leads to a page: a value that slipped in here must not become a script. */
function linkOf(text: string | undefined): string | undefined {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  return url && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}

function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": '#39' };
  return withoutControls(text).replace(/[&<>"']/g, (sign) => `&${names[sign]};`);
}

/** A name with a line break in it must not begin a header or a paragraph of its own. */
function onOneLine(text: string): string {
  return withoutControls(text).replace(/\s+/g, ' ').trim().slice(0, SUBJECT_LENGTH_MAX);
}

function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ');
}
