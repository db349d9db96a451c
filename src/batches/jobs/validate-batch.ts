/** The input becomes lines, all of them or none. Interrupted, it begins again. */
import type { BatchProblem } from '#contracts/batches.ts';
import type { Lease } from '#jobs/jobs.ts';
import { AppError } from '#kernel/errors.ts';
import { markInProgress, markInvalid, type WorkedBatch } from '../batch-store.ts';
import type { BatchWork } from '../batch-work.ts';
import { checkLine } from '../check-line.ts';
import { deleteItems, insertItems, type NewItem } from '../item-store.ts';
import { readContent } from '../queries.ts';
import { readLines } from '../read-lines.ts';

const PAGE = 500;
/** What is told of a bad input; the rest is probably wrong in the same way. */
const PROBLEMS_MAX = 100;

export async function validateBatch(work: BatchWork, lease: Lease, batch: WorkedBatch): Promise<void> {
  await lease.apply((tx) => deleteItems(tx, batch));
  const input = new Input(work, lease, batch);
  const problems = await input.read();
  await work.env.crashPoint('run-batch.validated');
  await lease.apply(async (tx) => {
    if (problems.length === 0) return markInProgress(tx, batch, input.count);
    await deleteItems(tx, batch);
    await markInvalid(tx, batch, problems);
  });
}

class Input {
  readonly #work: BatchWork;
  readonly #lease: Lease;
  readonly #batch: WorkedBatch;
  readonly #problems: BatchProblem[] = [];
  readonly #lineById = new Map<string, number>();
  #page: NewItem[] = [];
  count = 0;

  constructor(work: BatchWork, lease: Lease, batch: WorkedBatch) {
    this.#work = work;
    this.#lease = lease;
    this.#batch = batch;
  }

  /** What is wrong with it. */
  async read(): Promise<readonly BatchProblem[]> {
    const { db, figures } = this.#work;
    const { org_id: orgId, input_file_id: fileId, endpoint } = this.#batch;
    try {
      for await (const line of readLines(readContent(db, orgId, fileId), figures.lineBytesMax)) {
        this.#lease.signal.throwIfAborted();
        const checked = checkLine(line, endpoint);
        if (!checked) continue;
        if ('problem' in checked) this.#problems.push(checked.problem);
        else await this.#take(checked.item);
        if (this.#problems.length >= PROBLEMS_MAX || this.count > figures.linesMax) break;
      }
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'request.too_large') throw error;
      const line = Number(error.details['line']);
      this.#problems.push({ code: 'line_too_long', message: error.publicMessage, line, param: null });
    }
    this.#judgeCount();
    if (this.#problems.length === 0) await this.#flush();
    return this.#problems;
  }

  async #take(item: NewItem): Promise<void> {
    this.count++;
    const before = this.#lineById.get(item.customId);
    if (before !== undefined) {
      const message = `custom_id is the same as that of line ${before}. Each must be unique.`;
      this.#problems.push({ code: 'duplicate_custom_id', message, line: item.line, param: 'custom_id' });
      return;
    }
    this.#lineById.set(item.customId, item.line);
    this.#page.push(item);
    if (this.#page.length >= PAGE && this.#problems.length === 0) await this.#flush();
  }

  #judgeCount(): void {
    const { linesMax } = this.#work.figures;
    if (this.count > linesMax) {
      const message = `A batch has at most ${linesMax} requests. Make several of it.`;
      this.#problems.push({ code: 'too_many_requests', message, line: null, param: null });
    } else if (this.count === 0 && this.#problems.length === 0) {
      this.#problems.push({
        code: 'empty_file',
        message: 'The file has no request.',
        line: null,
        param: null,
      });
    }
  }

  async #flush(): Promise<void> {
    const page = this.#page;
    this.#page = [];
    if (page.length > 0) await this.#lease.apply((tx) => insertItems(tx, this.#batch, page));
  }
}
