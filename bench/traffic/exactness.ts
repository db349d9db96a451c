/** The ledger against the engines' own logs: each request there once, with exactly the tokens that were produced. */
import { readConfig } from '#config/config.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { withSession } from '#database/session.ts';
import type { Secret } from '#kernel/secret.ts';
import { readEngineLogs } from '../../test/engine-logs.ts';
import type { Stack } from '../../test/stack.ts';

export interface Exactness {
  /** Requests that an engine worked on. */
  readonly requests: number;
  /** Of these, not in the ledger. */
  readonly lost: number;
  /** More tokens in the ledger than were produced: counted twice, or for nothing. */
  readonly doubled: number;
  /** Fewer tokens in the ledger than were produced. */
  readonly wrong: number;
  readonly examples: readonly string[];
}

interface Tokens {
  prompt: number;
  completion: number;
}

const SETTLED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 1_000;
const EXAMPLES_MAX = 10;

/** Waits until the ledger agrees, or long enough that it never will. */
export async function compareLedgerWithEngines(
  stack: Stack,
  ledgerUrl = databaseUrlOf(stack),
): Promise<Exactness> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const found = compare(producedBy(stack), await readLedger(ledgerUrl));
    if (found.lost + found.doubled + found.wrong === 0 || performance.now() > deadline) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function compare(produced: ReadonlyMap<string, Tokens>, billed: ReadonlyMap<string, LedgerRow>): Exactness {
  const figures = { lost: 0, doubled: 0, wrong: 0 };
  const examples: string[] = [];
  const note = (kind: keyof typeof figures, id: string) => {
    figures[kind]++;
    if (examples.length >= EXAMPLES_MAX) return;
    examples.push(
      `${kind} ${id}: engine ${JSON.stringify(produced.get(id))}, ledger ${JSON.stringify(billed.get(id))}`,
    );
  };
  for (const [id, { prompt, completion }] of produced) {
    const row = billed.get(id);
    if (!row) note('lost', id);
    else if (row.completion > completion || row.prompt > prompt) note('doubled', id);
    else if (row.completion < completion || (row.prompt < prompt && completion > 0)) note('wrong', id);
  }
  for (const [id, row] of billed) {
    if (!produced.has(id) && row.prompt + row.completion > 0) note('doubled', id);
  }
  return { requests: produced.size, ...figures, examples };
}

/** By request; a request that was tried on two engines has the sum of both. */
function producedBy(stack: Stack): Map<string, Tokens> {
  const produced = new Map<string, Tokens>();
  for (const tally of readEngineLogs(stack)) {
    if (!tally.requestId.startsWith('req_')) continue;
    const before = produced.get(tally.requestId) ?? { prompt: 0, completion: 0 };
    produced.set(tally.requestId, {
      prompt: Math.max(before.prompt, tally.promptTokens),
      completion: before.completion + tally.completionTokens,
    });
  }
  return produced;
}

interface LedgerRow extends Tokens {
  readonly outcome: string;
}

function databaseUrlOf(stack: Stack): Secret {
  const config = readConfig({ INVENTIV_DATA_DIR: stack.dataDir, PORT_OFFSET: String(stack.portOffset) });
  return databaseUrlFor(config, 'owner');
}

function readLedger(url: Secret): Promise<Map<string, LedgerRow>> {
  return withSession(url, async (session) => {
    const { rows } = await session.query<{ id: string; prompt: number; completion: number; outcome: string }>(
      `select request_id as id, prompt_tokens::int as prompt, completion_tokens::int as completion, outcome
       from usage_ledger order by request_id`,
    );
    return new Map(rows.map(({ id, ...row }) => [id, row]));
  });
}
