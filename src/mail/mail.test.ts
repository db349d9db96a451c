import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { NewMail } from '#contracts/mail.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { startRunner } from '#jobs/runner.ts';
import type { Env } from '#kernel/env.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { folderTransport } from './folder-transport.ts';
import { expireMailsHandler } from './jobs/expire-mails.ts';
import { MAIL_NOT_SENT, MAIL_UNDELIVERABLE, sendMailHandler } from './jobs/send-mail.ts';
import { mailQueue } from './queue-mail.ts';
import { smtpTransport } from './smtp-transport.ts';
import type { MailTransport } from './transport.ts';

const FROM = { name: 'Inventiv', address: 'no-reply@inventiv.test' };
const LINK = 'https://inventiv.test/password#token=inv_link_secret';
const MAIL: NewMail = {
  to: 'ada@example.test',
  template: 'password_reset',
  language: 'en',
  values: { username: 'ada', link: LINK },
};
const WITHIN_MS = 120_000;
const settings = fixedSettings(readConfig({}));

interface Room {
  readonly env: Env;
  readonly db: Database;
  send(mail?: Partial<NewMail>): Promise<void>;
  row(): Promise<{ state: string; content: string | null; attempts: number; last_error: string | null }>;
  until(holds: () => boolean | Promise<boolean>): Promise<void>;
  openAlerts(): Promise<string[]>;
}

async function start(
  t: TestContext,
  transport: MailTransport,
  crashPoint: Env['crashPoint'] = async () => undefined,
): Promise<Room> {
  const { env: plain, db } = await withTestDatabase(t);
  const env = { ...plain, crashPoint };
  const sealer = new Sealer(env.random, new Secret('k'.repeat(43)));
  const queue = mailQueue({ env, sealer });
  const retry = { firstMs: 5, maxMs: 20 };
  const runner = await startRunner(env, db, {
    figures: { leaseMs: 60_000, pollMs: 20, concurrency: 6, attemptsMax: 3, retry },
    handlers: [
      sendMailHandler({ env, db, settings, sealer, transport, retry }),
      expireMailsHandler(settings),
    ],
  });
  t.after(async () => {
    await runner.stop();
    transport.close();
  });
  const room: Room = {
    env,
    db,
    send: (mail = {}) => db.transaction((tx) => queue(tx, { ...MAIL, ...mail })),
    async row() {
      const [row] = await db.query<Awaited<ReturnType<Room['row']>>>('select * from mails');
      assert(row);
      return row;
    },
    async until(holds) {
      const deadline = env.clock.monotonic() + WITHIN_MS;
      while (!(await holds())) {
        assert(env.clock.monotonic() < deadline, `not within ${WITHIN_MS} ms`);
        await env.sleep(20);
      }
    },
    async openAlerts() {
      const rows = await db.query<{ code: string }>(
        'select code from alerts where closed_at is null order by code',
      );
      return rows.map(({ code }) => code);
    },
  };
  return room;
}

interface Received {
  readonly to: string[];
  readonly content: string;
}

async function startSmtp(
  t: TestContext,
  options: SMTPServerOptions = {},
): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ to, content: Buffer.concat(parts).toString() });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as { port: number }).port, received };
}

const smtp = (url: string, timeoutMs?: number) =>
  smtpTransport({ url: new Secret(url), from: FROM, ...(timeoutMs ? { timeoutMs } : {}) });

test('a mail is sealed while it waits, arrives once, and leaves nothing of itself behind', async (t) => {
  const { port, received } = await startSmtp(t);
  const room = await start(t, smtp(`smtp://127.0.0.1:${port}`));
  const stored = Promise.withResolvers<string | null>();
  await room.db.transaction(async (tx) => {
    const sealer = new Sealer(room.env.random, new Secret('k'.repeat(43)));
    await mailQueue({ env: room.env, sealer })(tx, MAIL);
    const [row] = await tx.query<{ content: string }>('select content from mails');
    stored.resolve(row?.content ?? null);
  });
  const content = await stored.promise;
  assert(content !== null && !content.includes('inv_link'), 'the link is not readable in the table');
  await room.until(async () => (await room.row()).state === 'sent');
  assert.equal(received.length, 1);
  assert.deepEqual(received[0]?.to, ['ada@example.test']);
  const text = received[0]?.content ?? '';
  assert.match(text, /^Message-ID: <mail_[0-9a-z]{26}@inventiv\.test>/m);
  assert.match(text, /^Auto-Submitted: auto-generated/m);
  assert(text.replaceAll('=\r\n', '').replaceAll('=3D', '=').includes(LINK));
  assert.equal((await room.row()).content, null);
  assert.deepEqual(await room.db.query('select 1 from jobs where kind = $1', ['send-mail']), []);
});

test('a mail whose transaction fails was never asked for', async (t) => {
  const { port, received } = await startSmtp(t);
  const room = await start(t, smtp(`smtp://127.0.0.1:${port}`));
  const sealer = new Sealer(room.env.random, new Secret('k'.repeat(43)));
  const queue = mailQueue({ env: room.env, sealer });
  const failing = room.db.transaction(async (tx) => {
    await queue(tx, { ...MAIL, to: 'lost@example.test' });
    throw new Error('no');
  });
  await assert.rejects(failing, /no/);
  await room.send();
  await room.until(() => received.length > 0);
  assert.deepEqual(
    received.flatMap(({ to }) => to),
    ['ada@example.test'],
  );
});

test('a server that says "later" is asked again, and the alert about it ends with success', async (t) => {
  let isBusy = true;
  let asked = 0;
  const { port, received } = await startSmtp(t, {
    onRcptTo(_address, _session, done) {
      asked += 1;
      done(isBusy ? Object.assign(new Error('try again later'), { responseCode: 451 }) : null);
    },
  });
  const room = await start(t, smtp(`smtp://127.0.0.1:${port}`));
  await room.send();
  await room.until(async () => (await room.openAlerts()).includes(MAIL_NOT_SENT));
  assert(asked >= 3);
  assert.equal((await room.row()).state, 'waiting');
  isBusy = false;
  await room.until(async () => (await room.row()).state === 'sent');
  assert.equal(received.length, 1);
  assert.deepEqual(await room.openAlerts(), []);
});

test('a mail that is refused for good ends at once, with an alert and without its content', async (t) => {
  const { port } = await startSmtp(t, {
    onRcptTo: (_address, _session, done) =>
      done(Object.assign(new Error('no such mailbox'), { responseCode: 550 })),
  });
  const room = await start(t, smtp(`smtp://127.0.0.1:${port}`));
  await room.send();
  await room.until(async () => (await room.row()).state === 'failed');
  const row = await room.row();
  assert.deepEqual([row.attempts, row.content], [1, null]);
  assert.match(row.last_error ?? '', /no such mailbox/);
  assert.deepEqual(await room.openAlerts(), [MAIL_UNDELIVERABLE]);
  await room.db.query(`update mails set created_at = app_now() - interval '1 year'`);
  await room.db.query(
    `insert into jobs (kind, subject_id, due_at, correlation_id, created_at)
     values ('expire-mails', 'all', app_now(), 'cor_test', app_now())`,
  );
  await room.until(async () => (await room.db.query('select 1 from mails')).length === 0);
  assert.deepEqual(await room.openAlerts(), []);
});

test('a mail that could not be sent for too long is given up, visibly', async (t) => {
  const room = await start(t, smtp('smtp://127.0.0.1:1'));
  await room.send();
  await room.until(async () => (await room.row()).attempts > 0);
  await room.db.query(`update mails set created_at = app_now() - interval '25 hours'`);
  await room.until(async () => (await room.row()).state === 'failed');
  assert((await room.openAlerts()).includes(MAIL_UNDELIVERABLE));
});

test('a server that takes the connection and says nothing costs a try, not the queue', async (t) => {
  const sockets: { destroy(): void }[] = [];
  const silent: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { port } = silent.address() as { port: number };
  const room = await start(t, smtp(`smtp://127.0.0.1:${port}`, 300));
  await room.send();
  await room.until(async () => (await room.row()).attempts >= 2);
  assert.equal((await room.row()).state, 'waiting');
});

test('a server that cannot be trusted or does not encrypt gets neither password nor mail', async (t) => {
  let logins = 0;
  const onAuth: SMTPServerOptions['onAuth'] = (_auth, _session, done) => {
    logins += 1;
    done(null, { user: 'u' });
  };
  const selfSigned = await startSmtp(t, { secure: true, onAuth, authOptional: false });
  const room = await start(t, smtp(`smtps://u:p@127.0.0.1:${selfSigned.port}`));
  await room.send();
  await room.until(async () => (await room.row()).attempts >= 1);
  assert.match((await room.row()).last_error ?? '', /certificate/i);
  assert.deepEqual([logins, selfSigned.received.length], [0, 0]);
});

test('credentials reach the server over TLS when its certificate is trusted', async (t) => {
  const { SERVER_KEY, SERVER_CERTIFICATE } = await certificate();
  const logins: (string | undefined)[] = [];
  const { port, received } = await startSmtp(t, {
    secure: true,
    key: SERVER_KEY,
    cert: SERVER_CERTIFICATE,
    authOptional: false,
    onAuth(auth, _session, done) {
      logins.push(`${auth.username}:${auth.password}`);
      done(null, { user: 'u' });
    },
  });
  const url = new Secret(`smtps://us%40er:p%3Aw@localhost:${port}`);
  const room = await start(t, smtpTransport({ url, from: FROM, ca: SERVER_CERTIFICATE }));
  await room.send();
  await room.until(() => received.length === 1);
  assert.deepEqual(logins, ['us@er:p:w']);
});

test('a sender that dies after sending sends again, and it is the same mail', async (t) => {
  const { port, received } = await startSmtp(t);
  let crashes = 0;
  const room = await start(t, smtp(`smtp://127.0.0.1:${port}`), async (name) => {
    if (name === 'send-mail.commit' && crashes++ === 0) throw new Error('killed');
  });
  await room.send();
  await room.until(async () => (await room.row()).state === 'sent');
  assert.equal(received.length, 2);
  const [first, second] = received.map(({ content }) => /^Message-ID: (.*)$/m.exec(content)?.[1]);
  assert.equal(first, second);
});

test('content that was moved to another row does not open, and is given up', async (t) => {
  const room = await start(t, smtp('smtp://127.0.0.1:1'));
  const sealer = new Sealer(room.env.random, new Secret('k'.repeat(43)));
  const place = { table: 'mails', orgId: '', rowId: 'mail_other', column: 'content' };
  await room.db.transaction(async (tx) => {
    await tx.query(
      `insert into mails (id, recipient, template, language, content, created_at)
       values ('mail_moved', 'eve@example.test', 'password_reset', 'en', $1, app_now())`,
      [sealer.seal(new Secret(JSON.stringify(MAIL.values)), place)],
    );
    await tx.query(
      `insert into jobs (kind, subject_id, due_at, correlation_id, created_at)
       values ('send-mail', 'mail_moved', app_now(), 'cor_test', app_now())`,
    );
  });
  await room.until(async () => (await room.row()).state === 'failed');
  assert.deepEqual(await room.openAlerts(), [MAIL_UNDELIVERABLE]);
});

test('content that was sealed with a key that is not here yet waits for the key', async (t) => {
  const room = await start(t, smtp('smtp://127.0.0.1:1'));
  const other = new Sealer(room.env.random, new Secret('o'.repeat(43)));
  await room.db.transaction((tx) => mailQueue({ env: room.env, sealer: other })(tx, MAIL));
  await room.until(async () => (await room.row()).attempts >= 2);
  assert.equal((await room.row()).state, 'waiting');
});

test('without a server a mail is a file that only its owner reads', async (t) => {
  const parent = mkdtempSync(join(tmpdir(), 'inventiv-mail-'));
  t.after(() => rmSync(parent, { recursive: true, force: true }));
  const folder = join(parent, 'mail');
  const room = await start(t, folderTransport({ folder, from: FROM }));
  await room.send({ language: 'fr' });
  await room.until(async () => (await room.row()).state === 'sent');
  const names = readdirSync(folder);
  assert.equal(names.length, 1);
  const path = join(folder, names[0] ?? '');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.match(readFileSync(path, 'utf8'), /^Subject: Nouveau mot de passe$/m);
});

/** A pair made for this run by the system's openssl. */
async function certificate(): Promise<{ SERVER_KEY: string; SERVER_CERTIFICATE: string }> {
  const { execFileSync } = await import('node:child_process');
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
  execFileSync(
    'openssl',
    [...words.split(' '), '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  const pair = { SERVER_KEY: readFileSync(key, 'utf8'), SERVER_CERTIFICATE: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true, force: true });
  return pair;
}
