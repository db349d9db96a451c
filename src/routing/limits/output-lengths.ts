/** Before a model has answered: a usual answer, so that the first requests are neither free nor refused. */
const FIRST_GUESS = 512;
const REMEMBERED = 128;
/** The percentile is taken anew after so many answers: it moves slowly, and sorting is not free. */
const RENEWED_EVERY = 16;
const SHARE = 0.9;
const MODELS_MAX = 10_000;

interface Answers {
  readonly lengths: number[];
  next: number;
  sinceRenewal: number;
  percentile: number;
}

/** How long the answers of each model usually become: the 90th percentile of its last ones. */
export class OutputLengths {
  readonly #byModel = new Map<string, Answers>();

  usual(modelId: string): number {
    return this.#byModel.get(modelId)?.percentile ?? FIRST_GUESS;
  }

  add(modelId: string, tokens: number): void {
    let answers = this.#byModel.get(modelId);
    if (!answers) {
      if (this.#byModel.size >= MODELS_MAX) this.#byModel.clear();
      answers = { lengths: [], next: 0, sinceRenewal: 0, percentile: FIRST_GUESS };
      this.#byModel.set(modelId, answers);
    }
    answers.lengths[answers.next] = tokens;
    answers.next = (answers.next + 1) % REMEMBERED;
    if (++answers.sinceRenewal < RENEWED_EVERY) return;
    answers.sinceRenewal = 0;
    const sorted = [...answers.lengths].sort((a, b) => a - b);
    answers.percentile = Math.max(1, sorted[Math.floor((sorted.length - 1) * SHARE)] ?? FIRST_GUESS);
  }
}
