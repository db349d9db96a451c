/** Why a model's file cannot be had, for whoever asks why the engine does not start. */
export class ModelProblem extends Error {
  readonly code: string;
  /** Asking again may help. */
  readonly isPassing: boolean;

  constructor(code: string, message: string, isPassing = false) {
    super(message);
    this.code = code;
    this.isPassing = isPassing;
  }
}
