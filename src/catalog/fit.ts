/** The one answer of src/contracts/model-fit.ts for rows of the catalogue, with what the model's arguments say. */
import { type Fit, type FitWish, fitOf, type GpuShape, type ModelSize } from '#contracts/model-fit.ts';
import { wishOfEngineArgs } from './engine-args.ts';

export interface FittedModel extends ModelSize {
  readonly engineArgs: readonly string[];
}

export function fitOfModel(model: FittedModel, type: GpuShape, wish: FitWish = {}): Fit {
  const fit = fitOf(model, type, { ...wishOfEngineArgs(model.engineArgs), ...wish });
  return { ...fit, engine_args: [...withoutOwn(fit.engine_args, model.engineArgs)] };
}

/** What the model's own arguments say already is not said twice. */
function withoutOwn(args: readonly string[], own: readonly string[]): string[] {
  const saysType = own.some((arg) => /^--dtype(=|$)/.test(arg));
  const saysParts = wishOfEngineArgs(own).tensorParallel !== undefined;
  return args.filter((arg, index) => {
    const flag = arg.startsWith('--') ? arg : args[index - 1];
    return !((flag === '--dtype' && saysType) || (flag === '--tensor-parallel-size' && saysParts));
  });
}
