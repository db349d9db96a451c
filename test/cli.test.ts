/** A person's day on the command line: from the sign-in to the sign-out, against a whole stack. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { type Stack, startStack } from './stack.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MODEL = 'Qwen/Qwen3-8B';
const WORD_LIMIT_MS = 240_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function wordsOn(stack: Stack, sessionFile: string) {
  return (typed: readonly string[], input = ''): Promise<Ended> =>
    new Promise((done, failed) => {
      const child = spawn(process.execPath, [join(ROOT, 'bin/inventiv.ts'), ...typed], {
        cwd: ROOT,
        timeout: WORD_LIMIT_MS,
        env: {
          PATH: process.env['PATH'],
          HOME: stack.dataDir,
          INVENTIV_SESSION_FILE: sessionFile,
          PORT_OFFSET: String(stack.portOffset),
          LOG_FORMAT: 'json',
        },
      });
      const ended = { out: '', err: '' };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        ended.out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        ended.err += text;
      });
      child.on('error', failed);
      child.on('close', (code) => done({ code, ...ended }));
      child.stdin.end(input);
    });
}

test("a person's words: sign in, deploy, chat, look, end, sign out", { timeout: 800_000 }, async (t) => {
  const stack = await startStack();
  t.after(() => stack[Symbol.asyncDispose]());
  const folder = mkdtempSync(join(tmpdir(), 'inventiv-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'deep', 'session.json');
  const word = wordsOn(stack, file);
  const good = async (typed: readonly string[], input?: string) => {
    const ended = await word(typed, input);
    assert.equal(ended.code, 0, `inventiv ${typed.join(' ')}: ${ended.err}`);
    return ended;
  };
  const json = async (...typed: string[]) => JSON.parse((await good([...typed, '--json'])).out);

  await t.test('who is not signed in, or wrongly, is told what to do', async () => {
    const signedOut = await word(['instances']);
    assert.deepEqual([signedOut.code, /inventiv login/.test(signedOut.err)], [3, true], signedOut.err);
    const wrong = await word(['login', '--login', 'admin', '--json'], 'wrong\n');
    assert.deepEqual([wrong.code, JSON.parse(wrong.err).error.code], [3, 'auth.bad_credentials']);
    const bare = await word(['login', '--login', 'admin', `--password=${stack.adminPassword()}`]);
    assert.deepEqual([bare.code, bare.out], [2, '']);
    assert.ok(!bare.err.includes(stack.adminPassword()));
    assert.equal((await word(['keys', 'revoke', 'x'])).code, 2, 'nobody is there to say yes');
  });

  await t.test('a sign-in is kept in a file that nobody else can read', async () => {
    await good(['login', '--login', 'admin', '--url', stack.url], `${stack.adminPassword()}\n`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
    assert.ok(!readFileSync(file, 'utf8').includes(stack.adminPassword()));
    const session = await json('whoami');
    assert.equal(session.user.username, 'admin');
    chmodSync(file, 0o644);
    const open = await word(['whoami']);
    assert.deepEqual([open.code, /chmod 600/.test(open.err)], [1, true], open.err);
    chmodSync(file, 0o600);
    const elsewhere = await word(['whoami', '--url', 'http://127.0.0.1:9']);
    assert.equal(elsewhere.code, 3, 'a session goes to no other address than its own');
    const [own] = (await json('orgs')).data;
    await good(['orgs', 'use', own.slug]);
    assert.equal((await json('whoami')).organisation.id, own.id, 'also under a renewed session');
    assert.equal((await word(['orgs', 'use', 'nowhere'])).code, 5);
  });

  let deployment = '';
  await t.test('a model is deployed on the cheapest machine that it fits, and answers', async () => {
    const tale = await good(['deploy', MODEL, '--provider', 'mock', '--wait', '--json']);
    const made = JSON.parse(tale.out);
    deployment = made.id;
    assert.deepEqual([made.ready_replicas, made.replicas], [1, 1]);
    assert.match(tale.err, /an hour each/);
    assert.match((await good(['deployments'])).out, /^ID +NAME +MODEL/);
    assert.match((await good(['models', '--served'])).out, /Qwen/);
    assert.match((await good(['offers', MODEL])).out, /mock/);
    const answer = await good(['chat', MODEL, 'say', 'something']);
    assert.ok(answer.out.trim().length > 0);
    const piped = await good(['chat', MODEL], 'a prompt from a pipe');
    assert.ok(piped.out.trim().length > 0);
    assert.ok((await json('chat', MODEL, 'hello')).usage.completion_tokens > 0);
    const unknown = await word(['chat', 'no/such-model', 'hello', '--json']);
    assert.deepEqual([unknown.code, typeof JSON.parse(unknown.err).error.code], [5, 'string'], unknown.err);
  });

  await t.test('instances are looked at and ordered about', async () => {
    const [instance] = (await json('instances', '--deployment', deployment)).data;
    assert.match((await good(['instances', 'show', instance.id])).out, /^state +ready/m);
    assert.match((await good(['instances', 'drain', instance.id])).out, /draining|ready/);
    await good(['instances', 'resume', instance.id]);
    // It comes back by way of its health checks, and gateways hear of it.
    const isServed = async () => /Qwen/.test((await good(['models', '--served'])).out);
    for (let n = 0; !(await isServed()); n++) assert.ok(n < 100, 'the resumed instance does not serve again');
    await good(['instances', 'logs', instance.id, '--tail', '5']);
    assert.equal((await word(['instances', 'show', 'inst_nothing'])).code, 5);
    const bad = await word(['instances', '--state', 'asleep']);
    assert.deepEqual([bad.code, bad.out], [2, ''], bad.err);
  });

  await t.test('a key is made, used, renewed and ended, and its secret is all that is printed', async () => {
    const secret = (await good(['keys', 'create', 'ci'])).out;
    assert.match(secret, /^inv_key_\w+\n$/);
    await good(['login', '--key', '--url', stack.url], secret);
    assert.match((await good(['models', '--served'])).out, /Qwen/);
    const [key] = (await json('keys')).data;
    const renewed = (await good(['keys', 'rotate', key.id])).out;
    assert.match(renewed, /^inv_key_\w+\n$/);
    await good(['keys', 'revoke', key.id, '--yes']);
    assert.equal((await json('keys', '--owner', 'me')).data[0].state, 'revoked');
    const refused = await word(['login', '--key', '--url', stack.url], 'inv_key_nothing');
    assert.equal(refused.code, 3, refused.err);
    assert.equal((await word(['chat', MODEL, secret.trim()])).code, 2, 'a secret is not taken as a prompt');
  });

  await t.test('what happens is told as it happens', async () => {
    const told = word(['events', '--follow', '--type', 'api_key.changed', '--count', '1', '--json']);
    let isTold = false;
    void told.then(() => {
      isTold = true;
    });
    // Until the stream is open nothing is heard, so it is said again and again.
    for (let n = 0; !isTold && n < 100; n++) await good(['keys', 'create', `heard-${n}`]);
    const { code, out, err } = await told;
    assert.deepEqual([code, JSON.parse(out).type], [0, 'api_key.changed'], err);
  });

  await t.test('webhooks, requests, costs, usage and the audit log are shown', async () => {
    const made = await word([
      'webhooks',
      'create',
      'https://hooks.example.com/in',
      '--events',
      'ALERT_OPENED',
    ]);
    assert.equal(made.code, 0, made.err);
    const [hook] = (await json('webhooks')).data;
    assert.deepEqual(hook.event_types, ['ALERT_OPENED']);
    assert.match((await word(['webhooks', 'create', 'https://a.example', '--events', 'X'])).err, /there are/);
    await good(['webhooks', 'delete', hook.id, '--yes']);
    for (let n = 0; ; n++) {
      const { data } = await json('requests', '--limit', '200');
      if (data.length >= 3) break;
      assert.ok(n < 100, 'the requests are not in the log');
    }
    assert.ok((await json('usage')).requests >= 3);
    assert.ok((await json('costs')).micros_per_hour > 0);
    assert.match((await good(['costs'])).out, /^an hour +\d/);
    const entries = await json('audit', '--limit', '2');
    assert.deepEqual([entries.data.length, typeof entries.next_cursor], [2, 'string']);
    const all = await json('audit', '--all');
    assert.ok(all.data.length > 5);
    assert.equal(new Set(all.data.map(({ id }: { id: string }) => id)).size, all.data.length);
  });

  await t.test('all is ended, and the session with it', async () => {
    await good(['deployments', 'end', deployment, '--yes']);
    const cookie = JSON.parse(readFileSync(file, 'utf8')).cookie;
    await good(['logout']);
    assert.equal((await word(['whoami'])).code, 3);
    const after = await fetch(`${stack.url}/api/v1/session`, { headers: { cookie } });
    assert.equal(after.status, 401, 'the session ended there too');
  });
});
