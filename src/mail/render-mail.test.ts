import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAIL_TEMPLATES } from '#contracts/mail.ts';
import { Secret } from '#kernel/secret.ts';
import { composeMail, parseSender } from './compose-mail.ts';
import { renderMail } from './render-mail.ts';
import { parseSmtpUrl } from './smtp-transport.ts';

const to = 'ada@example.test';

test('every template says something in every language, with its link', () => {
  const values = {
    link: 'https://inventiv.test/x#token=1',
    username: 'ada',
    organisation: 'Main',
    new_email: to,
  };
  const subjects = new Set<string>();
  for (const template of MAIL_TEMPLATES) {
    for (const language of ['en', 'fr'] as const) {
      const { subject, text, html } = renderMail('mail_1', { to, template, language, values });
      subjects.add(subject);
      assert(text.length > 40 && html.includes('<p>'), template);
      if (template !== 'password_changed') assert(text.includes(values.link), template);
    }
  }
  assert.equal(subjects.size, MAIL_TEMPLATES.length * 2);
});

test('a name is never markup, header or script', () => {
  const evil = '<script>alert(1)</script>"\r\nBcc: eve@example.test\u0000';
  const values = { organisation: evil, invited_by: evil, link: 'javascript:alert(1)' };
  const mail = renderMail('mail_1', { to, template: 'invitation', language: 'en', values });
  assert(!mail.html.includes('<script'));
  assert(!mail.html.includes('javascript:'));
  assert(!mail.text.includes('javascript:'));
  assert(!/[\r\n\0]/.test(mail.subject));
  assert(!mail.text.includes('\0'));
});

test('one address is one recipient, whatever it looks like', () => {
  const mail = renderMail('mail_1', {
    to: 'a@example.test, b@example.test',
    template: 'password_changed',
    language: 'en',
    values: {},
  });
  const { envelope } = composeMail(mail, parseSender('X <x@y.test>')) as { envelope: { to: string[] } };
  assert.deepEqual(envelope.to, ['a@example.test, b@example.test']);
});

test('a sender has a name or none, and one address', () => {
  assert.deepEqual(parseSender('Inventiv <a@b.test>'), { name: 'Inventiv', address: 'a@b.test' });
  assert.deepEqual(parseSender('a@b.test'), { name: '', address: 'a@b.test' });
  for (const wrong of ['', 'x', 'a@b, c@d', '<a@b', 'a@b\r\nBcc: x@y']) {
    assert.throws(() => parseSender(wrong), /MAIL_FROM/, JSON.stringify(wrong));
  }
});

test('encryption is demanded of every server that is not near, and no error shows its password', () => {
  const parse = (url: string) => parseSmtpUrl(new Secret(url));
  assert.equal(parse('smtp://mail.example.com').mustEncrypt, true);
  assert.equal(parse('smtp://8.8.8.8').mustEncrypt, true);
  assert.equal(parse('smtp://127.0.0.1:25').mustEncrypt, false);
  assert.equal(parse('smtp://10.1.2.3').mustEncrypt, false);
  assert.deepEqual([parse('smtps://h').isSecure, parse('smtps://h').port], [true, 465]);
  assert.equal(parse('smtp://h').port, 587);
  for (const wrong of ['http://u:hunter2@h', 'hunter2', 'smtp://']) {
    assert.throws(
      () => parse(wrong),
      (error: Error) => !error.message.includes('hunter2'),
    );
  }
});
