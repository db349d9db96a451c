import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as sdk from '@aws-sdk/client-ec2';
import { GetCallerIdentityResponse$ } from '@aws-sdk/client-sts';
import type { Env } from '#kernel/env.ts';
import { answerOf } from './fake-api.ts';
import { priceList } from './fake-catalogue.ts';
import type { FakeFault, FakeRequest } from './fake-faults.ts';
import { element, escaped, readForm, shapesOf, writeXml } from './fake-wire.ts';
import { type FakeMachines, type FakeTimes, FakeWorld } from './fake-world.ts';
import { Refused } from './refused.ts';

/**
 * A server on the loopback that pretends to be AWS, for tests: EC2 in several regions, a little of STS and the price
 * list. Signatures are checked, requests and answers go through the schemas of AWS's own SDK, faults come on demand.
 */
export interface FakeAwsOptions {
  readonly env: Env;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Availability zones; their regions are those that there are. */
  readonly zones?: readonly string[];
  readonly times?: Partial<FakeTimes>;
  readonly machines?: FakeMachines;
  readonly newAddress?: () => string;
}

export interface SeenCall extends FakeRequest {
  readonly status: number;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers?: Record<string, string>;
}

export const FAKE_ACCOUNT = '123456789012';
const QUICK: FakeTimes = { startMs: 15, endMs: 15 };

export class FakeAws {
  readonly world: FakeWorld;
  readonly calls: SeenCall[] = [];
  faults: FakeFault[] = [];
  /** Actions that the policy of the key does not allow, such as `RunInstances`. */
  readonly denied = new Set<string>();
  readonly #options: FakeAwsOptions;
  readonly #server: Server;

  static async start(options: FakeAwsOptions): Promise<FakeAws> {
    const fake = new FakeAws(options);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  private constructor(options: FakeAwsOptions) {
    this.#options = options;
    const { env } = options;
    let addresses = 0;
    this.world = new FakeWorld({
      zones: options.zones ?? ['eu-west-3a', 'eu-west-3b', 'eu-central-1a'],
      now: () => env.clock.now(),
      newHex: () => Buffer.from(env.random.bytes(9)).toString('hex').slice(0, 17),
      newAddress: options.newAddress ?? (() => `35.180.${(addresses >> 8) & 255}.${addresses++ & 255}`),
      times: { ...QUICK, ...options.times },
      ...(options.machines ? { machines: options.machines } : {}),
    });
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch((error: unknown) => {
        response.writeHead(500).end(`<Failed>${escaped(String(error))}</Failed>`);
      });
    });
    // A busy machine may be slower than five seconds, and would use a connection that is being closed.
    this.#server.keepAliveTimeout = 0;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [region = '', service = ''] = scopeOf(incoming);
    const [action, read] = understood(incoming, service, body.toString());
    let request: FakeRequest = { service, region, action, input: {} };
    let refused: Refused | undefined;
    try {
      request = { ...request, input: read() };
      this.#authenticate(incoming, body, service);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error;
    }
    const how = this.#strike(request)?.how;
    const isBefore = how?.do === 'answer' || how?.do === 'drop_before';
    const answer = isBefore ? undefined : this.#answer(request, refused);
    this.calls.push({ ...request, status: answer?.status ?? 0 });
    this.#send(incoming, response, how, answer);
  }

  #answer(request: FakeRequest, refused: Refused | undefined): Answer {
    try {
      if (refused) throw refused;
      if (this.denied.has(request.action)) throw Refused.unauthorized();
      if (request.service === 'sts') return { status: 200, text: identity() };
      if (request.service === 'pricing') {
        return { status: 200, text: JSON.stringify(priceList(request.input)) };
      }
      if (request.input['DryRun'] === true) {
        throw new Refused('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
      }
      const output = answerOf(this.world, request);
      const { output: schema } = shapesOf(operationOf(request.action));
      const inside = `<requestId>${requestId()}</requestId>${inner(schema, output)}`;
      return { status: 200, text: `<?xml version="1.0"?>${element(`${request.action}Response`, inside)}` };
    } catch (error) {
      if (error instanceof Refused) return refusedAnswer(request.service, error);
      throw error;
    }
  }

  /** A refusal is told as it is: a fault is about what had its effect. */
  #send(
    incoming: IncomingMessage,
    response: ServerResponse,
    how: FakeFault['how'] | undefined,
    answer: Answer | undefined,
  ): void {
    const told = how && !(answer && answer.status >= 300) ? toldInstead(how, answer) : answer;
    if (told === 'drop') incoming.socket.destroy();
    else if (told === 'short') breakOff(incoming, response, answer);
    else if (told !== 'hang') reply(response, told);
  }

  /** Signature version 4, computed here a second time, by its public description. */
  #authenticate(incoming: IncomingMessage, body: Buffer, service: string): void {
    const { accessKeyId, secretAccessKey } = this.#options;
    const code = { sts: 'SignatureDoesNotMatch', pricing: 'UnrecognizedClientException' }[service];
    const denied = new Refused(code ?? 'AuthFailure', 'AWS was not able to validate the credentials', 401);
    const header = incoming.headers.authorization ?? '';
    const form = /Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
    const [, key, scope = '', names = '', signature] = form.exec(header) ?? [];
    if (key !== accessKeyId) throw denied;
    const headers = names.split(';').map((name) => `${name}:${String(incoming.headers[name]).trim()}\n`);
    const canonical = ['POST', '/', '', headers.join(''), names, sha256(body)].join('\n');
    const date = String(incoming.headers['x-amz-date']);
    const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
    const signingKey = scope
      .split('/')
      .reduce<Buffer>((last, word) => hmac(last, word), Buffer.from(`AWS4${secretAccessKey}`));
    if (hmac(signingKey, toSign).toString('hex') !== signature) throw denied;
  }

  #strike(request: FakeRequest): FakeFault | undefined {
    const fault = this.faults.find((one) => one.left !== 0 && one.strikes(request));
    if (fault?.left !== undefined) fault.left -= 1;
    return fault;
  }
}

function scopeOf(incoming: IncomingMessage): string[] {
  const [, scope = ''] = /Credential=[^/]+\/\d{8}\/([^,]+),/.exec(incoming.headers.authorization ?? '') ?? [];
  return scope.split('/');
}

/** The price list speaks JSON, the others send forms. */
function understood(
  incoming: IncomingMessage,
  service: string,
  text: string,
): [string, () => Record<string, unknown>] {
  if (service === 'pricing') {
    const target = String(incoming.headers['x-amz-target']);
    return [target.replace('AWSPriceListService.', ''), () => JSON.parse(text) as Record<string, unknown>];
  }
  const form = new URLSearchParams(text);
  const action = form.get('Action') ?? '';
  if (service === 'sts') return [action, () => ({})];
  return [action, () => readForm(shapesOf(operationOf(action)).input, form)];
}

function operationOf(action: string): unknown {
  const operation = (sdk as Record<string, unknown>)[`${action}$`];
  if (!Array.isArray(operation) || operation[0] !== 9) {
    throw new Refused('InvalidAction', `The action ${action} is not valid for this web service.`);
  }
  return operation;
}

/** Some actions answer with nothing but that they were done. */
function inner(schema: unknown, output: object): string {
  return Array.isArray(schema) && schema[0] === 3 ? writeXml(schema, output) : '<return>true</return>';
}

function identity(): string {
  const who = {
    Account: FAKE_ACCOUNT,
    Arn: `arn:aws:iam::${FAKE_ACCOUNT}:user/inventiv`,
    UserId: 'AIDAFAKE',
  };
  const result = element('GetCallerIdentityResult', writeXml(GetCallerIdentityResponse$, who));
  return element('GetCallerIdentityResponse', result);
}

function refusedAnswer(service: string, { code, message, status }: Refused): Answer {
  if (service === 'pricing') return { status, text: JSON.stringify({ __type: code, message }) };
  const error = element('Error', `<Code>${code}</Code><Message>${escaped(message)}</Message>`);
  if (service === 'sts') return { status, text: element('ErrorResponse', error) };
  const inside = `${element('Errors', error)}<RequestID>${requestId()}</RequestID>`;
  return { status, text: `<?xml version="1.0"?>${element('Response', inside)}` };
}

/** What goes over the wire in place of the answer. */
function toldInstead(how: FakeFault['how'], answer: Answer | undefined): Answer | 'drop' | 'hang' | 'short' {
  switch (how.do) {
    case 'answer':
    case 'answer_after': {
      const { status, code, text = '', headers = {} } = how;
      const wanted = code === undefined ? undefined : new Refused(code, 'as the test wants it', status);
      return { ...(wanted ? refusedAnswer('ec2', wanted) : { status, text }), headers };
    }
    case 'drop_before':
    case 'drop_after':
      return 'drop';
    case 'hang_after':
      return 'hang';
    case 'garbage_after':
      return { status: 200, text: '<html>bad gateway</html>' };
    case 'cut_after':
      return { status: 200, text: answer?.text.slice(0, answer.text.length / 2) ?? '' };
    case 'short':
      return 'short';
  }
}

function breakOff(incoming: IncomingMessage, response: ServerResponse, answer: Answer | undefined): void {
  const text = answer?.text ?? '';
  response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), () => incoming.socket.destroy());
}

function reply(response: ServerResponse, answer: Answer | undefined): void {
  const { status = 500, text = '', headers } = answer ?? {};
  response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8', ...headers });
  response.end(text);
}

function requestId(): string {
  return '11111111-2222-4333-8444-555555555555';
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
