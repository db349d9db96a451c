/**
 * Two gateways before two workers: one with the fast edge and client, one with node:http and undici. Each case is sent
 * to both; what the clients got and what the workers saw must be the same, and must be what the case allows.
 */
import type { TestContext } from 'node:test';
import type { FakeAgent } from '../../src/gateway/testing/fake-agent.ts';
import { MODEL, startTestGateway, type TestGateway } from '../../src/gateway/testing/test-gateway.ts';
import { mintToken } from '../../src/kernel/token.ts';
import type { RawCase } from './parts.ts';
import { type Heard, probe } from './probe.ts';
import { StrictWorker } from './strict-worker.ts';

export interface Verdict {
  crashes: number;
  server_errors: number;
  disagreements: number;
}

interface Side {
  readonly gateway: TestGateway;
  readonly worker: StrictWorker;
}

export interface DifferentialOptions {
  /** After this a gateway ends a connection that sends no more: long enough for a busy machine. */
  readonly patienceMs: number;
  readonly atOnce: number;
  readonly say: (text: string) => void;
}

const COMPLAINTS_MAX = 20;
const RETRIES = 2;
/** Always the same, so that a seed means the same bytes. */
const KEY = mintToken(
  { float: () => 0, bytes: (length) => new Uint8Array(length).fill(7) },
  'key',
  '00000007',
).reveal();
export const CASE_OPTIONS = { key: KEY, model: MODEL.hfId };

export class Differential {
  readonly verdict: Verdict = { crashes: 0, server_errors: 0, disagreements: 0 };
  readonly #options: DifferentialOptions;
  readonly #sides: readonly Side[];
  readonly #cleanups: (() => unknown)[];
  #complaints = 0;
  readonly #onCrash = (error: unknown): void => {
    this.verdict.crashes++;
    this.#complain(`crash: ${error instanceof Error ? error.stack : String(error)}`);
  };

  static async start(options: DifferentialOptions): Promise<Differential> {
    const cleanups: (() => unknown)[] = [];
    // The gateways are ended by `stop`, wherever this runs.
    const t = { after: (work: () => unknown) => cleanups.push(work) } as unknown as TestContext;
    const figures = {
      headMs: options.patienceMs,
      bodyMs: options.patienceMs,
      keepAliveMs: options.patienceMs,
    };
    const limits = { bodyBytesMax: 2_000_000, requestsMax: 100_000, firstByteMs: 60_000, idleMs: 60_000 };
    const sides: Side[] = [];
    for (const [kind, upstream] of [
      ['fast', 'fast'],
      ['node', 'undici'],
    ] as const) {
      const worker = await new StrictWorker().listen();
      const agent = worker as unknown as FakeAgent;
      const gateway = await startTestGateway(t, [agent], {
        edge: { kind },
        upstream,
        figures,
        limits,
        token: KEY,
      });
      sides.push({ gateway, worker });
    }
    return new Differential(options, sides, cleanups);
  }

  private constructor(options: DifferentialOptions, sides: readonly Side[], cleanups: (() => unknown)[]) {
    this.#options = options;
    this.#sides = sides;
    this.#cleanups = cleanups;
    process.on('uncaughtException', this.#onCrash);
    process.on('unhandledRejection', this.#onCrash);
  }

  async run(cases: Iterable<RawCase>): Promise<void> {
    const rest = cases[Symbol.iterator]();
    const drain = async () => {
      for (let next = rest.next(); !next.done; next = rest.next()) await this.#try(next.value);
    };
    await Promise.all(Array.from({ length: this.#options.atOnce }, drain));
  }

  async stop(): Promise<void> {
    for (const work of this.#cleanups) await work();
    for (const { worker } of this.#sides) worker.close();
    process.off('uncaughtException', this.#onCrash);
    process.off('unhandledRejection', this.#onCrash);
  }

  async #try(one: RawCase): Promise<void> {
    let problem = await this.#look(one);
    // On a busy machine a limit of time may pass for one gateway alone. What is wrong is wrong again.
    for (let again = 0; problem !== undefined && again < RETRIES; again++) problem = await this.#look(one);
    if (problem === undefined) return;
    this.verdict.disagreements++;
    this.#complain(`${one.name}: ${problem}`, one);
  }

  async #look(one: RawCase): Promise<string | undefined> {
    const heard = await Promise.all(
      this.#sides.map(async (side) => ({ side, heard: await probe(side.gateway.port, one) })),
    );
    for (const { heard: got } of heard) {
      const failures = got.replies.filter(({ status }) => status >= 500);
      if (failures.length === 0) continue;
      this.verdict.server_errors++;
      this.#complain(`${one.name}: ${JSON.stringify(failures)}`, one);
    }
    return problemOf(
      one,
      heard.map(({ side, heard: got }) => viewOf(side, got)),
    );
  }

  #complain(text: string, one?: RawCase): void {
    if (++this.#complaints > COMPLAINTS_MAX) return;
    this.#options.say(text.slice(0, 900));
    if (one)
      this.#options.say(
        `  sent: ${JSON.stringify(Buffer.concat(one.pieces).toString('latin1')).slice(0, 600)}`,
      );
  }
}

interface View {
  readonly isReadable: boolean;
  readonly isKept: boolean;
  readonly replies: readonly {
    status: number;
    body: string;
    seen: { path: string; body: string } | undefined;
  }[];
  readonly violations: number;
}

function viewOf({ worker }: Side, heard: Heard): View {
  return {
    isReadable: heard.isReadable,
    isKept: heard.isKept,
    violations: worker.violations,
    // A limit of time may end a connection with or without a word.
    replies: heard.replies
      .filter(({ status }) => status !== 408)
      .map(({ status, requestId, body }) => {
        const seen = requestId === undefined ? undefined : worker.seen.get(requestId);
        if (requestId !== undefined) worker.seen.delete(requestId);
        return {
          status,
          body: body.replace(/"created":\d+/g, '"created":0'),
          seen,
        };
      }),
  };
}

function problemOf({ wanted }: RawCase, views: readonly View[]): string | undefined {
  const texts = views.map((view) => JSON.stringify(comparable(view)));
  if (texts[0] !== texts[1]) return `not alike\n  ${texts.join('\n  ')}`;
  const [view] = views;
  if (!view?.isReadable) return `the answers cannot be read: ${texts[0]}`;
  if (view.violations > 0) return 'a worker was sent something else than a request';
  const served = view.replies.filter(({ seen }) => seen !== undefined);
  if (
    view.replies.some(
      ({ status, seen }) => (status === 200) !== (seen !== undefined) && status === 200 && !isList(view),
    )
  ) {
    return `an answer without a request: ${texts[0]}`;
  }
  if (wanted === 'refused' && served.length > 0) return `it was served: ${texts[0]}`;
  if (wanted === 'served' && (served.length === 0 || served.length !== view.replies.length)) {
    return `it was not served: ${texts[0]}`;
  }
  return undefined;
}

/**
 * Where a connection ended, what came after the last request that was served was refused, and it does not matter in
 * how many words: the refusal of a request may be on its way when the rest of its bytes turn out to be unreadable.
 */
function comparable(view: View): unknown {
  if (view.isKept) return view;
  const served = view.replies.findLastIndex(({ status }) => status < 400) + 1;
  return { ...view, replies: view.replies.slice(0, served), isRefused: view.replies.length > served };
}

/** The list of models is answered from memory. */
function isList({ replies }: View): boolean {
  return replies.some(({ body }) => body.startsWith('{"object":"list"'));
}
