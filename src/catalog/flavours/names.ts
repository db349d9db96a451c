/** Which flavours are there to be named, and where one is named. */
import { STANDARD_FLAVOUR } from '#contracts/flavour-choice.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { listSettings } from '#settings/queries.ts';
import type { FirstValues } from '#settings/setting-values.ts';
import { lockCatalogue } from '../store.ts';
import { readTypeRules } from './by-type.ts';
import { selectNames, selectTypesNaming } from './store.ts';

/** Undefined when the flavour may be named; else the end of a sentence. */
async function problemOfName(db: Queryable, flavour: string): Promise<string | undefined> {
  const names = [STANDARD_FLAVOUR, ...(await selectNames(db))];
  if (names.includes(flavour)) return undefined;
  return `names the flavour \`${flavour}\`, which does not exist: make it first, or take one of ${[...new Set(names)].join(', ')}`;
}

/** @throws flavour.unknown */
export async function requireFlavour(db: Queryable, flavour: string): Promise<void> {
  const problem = await problemOfName(db, flavour);
  if (problem !== undefined)
    throw new AppError('flavour.unknown', { publicMessage: `The instance type ${problem}.` });
}

/** What is wrong with the value of a setting that names flavours, as the end of a sentence. */
export async function flavourSettingProblem(
  tx: Transaction,
  setting: string,
  value: string | number,
): Promise<string | undefined> {
  if (setting !== 'ENGINE_FLAVOUR' && setting !== 'ENGINE_FLAVOURS_BY_TYPE') return undefined;
  // Held until the setting is written, so that the flavour is not deleted meanwhile.
  await lockCatalogue(tx);
  const text = String(value);
  if (setting === 'ENGINE_FLAVOUR') return text === '' ? undefined : problemOfName(tx, text);
  for (const rule of readTypeRules(text)) {
    if (rule === undefined) return 'must be pairs such as `H100-*=fast L4-1-24G=small`';
    const problem = await problemOfName(tx, rule.flavour);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Where a flavour is named, in words; empty when nowhere. */
export async function placesNaming(db: Queryable, first: FirstValues, flavour: string): Promise<string[]> {
  const settings = (await listSettings(db, first, undefined)).flatMap(({ name, value, overrides }) => {
    const isNamed = (text: string | number) =>
      name === 'ENGINE_FLAVOUR'
        ? text === flavour
        : name === 'ENGINE_FLAVOURS_BY_TYPE' &&
          readTypeRules(String(text)).some((rule) => rule?.flavour === flavour);
    return [
      ...(isNamed(value) ? [name] : []),
      ...overrides.filter((one) => isNamed(one.value)).map((one) => `${name} of ${one.provider}`),
    ];
  });
  const types = await selectTypesNaming(db, flavour);
  return [...types.map((code) => `the instance type ${code}`), ...settings];
}
