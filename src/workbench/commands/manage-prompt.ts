/**
 * System prompts with a name: one's own, or of the organisation, which owners and admins write. A changed text is the
 * next version; the former ones stay as they were.
 */
import type * as z from 'zod';
import type { Settings } from '#config/settings.ts';
import { isAllowed } from '#contracts/permissions.ts';
import type {
  changeDefaultsSchema,
  changePromptSchema,
  createPromptSchema,
  PromptView,
} from '#contracts/workbench.ts';
import type { Transaction } from '#database/database.ts';
import { noteChange, noteDifference } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { announce, noteKept } from '../announce.ts';
import type { Person } from '../person.ts';
import {
  countPromptsLocked,
  deletePrompt,
  insertPrompt,
  insertPromptVersion,
  lockDefaults,
  lockPrompt,
  updatePromptName,
  upsertDefaults,
} from '../prompt-store.ts';
import { getDefaults, getPrompt } from '../queries.ts';
import type { WorkbenchRules } from './add-messages.ts';

const PROMPTS_MAX = 500;

/** @throws workbench.too_many, auth.forbidden */
export async function createPrompt(
  { env }: Pick<WorkbenchRules, 'env'>,
  tx: Transaction,
  person: Person,
  wanted: z.output<typeof createPromptSchema>,
): Promise<PromptView> {
  const isForAll = wanted.for === 'organisation';
  if (isForAll) requireManager(person);
  const ownerId = isForAll ? null : person.userId;
  if ((await countPromptsLocked(tx, person, ownerId)) >= PROMPTS_MAX) {
    throw new AppError('workbench.too_many', {
      publicMessage: `There are ${PROMPTS_MAX} prompts here, as many as there may be. Delete one of them.`,
    });
  }
  const id = newId(env, 'prompt');
  await insertPrompt(tx, person, { id, name: wanted.name, ownerId });
  await insertPromptVersion(tx, person, id, wanted.content);
  await announce(tx, person, id, !isForAll);
  noteKept({ name: wanted.name, content: wanted.content, for: wanted.for }, !isForAll);
  return getPrompt(tx, person, id);
}

/** What is left out stays; the same text again makes no version. @throws workbench.prompt_not_found, auth.forbidden */
export async function changePrompt(
  tx: Transaction,
  person: Person,
  id: string,
  wanted: z.output<typeof changePromptSchema>,
): Promise<PromptView> {
  const before = await requireChangeable(tx, person, id);
  if (wanted.name !== undefined) await updatePromptName(tx, person, id, wanted.name);
  if (wanted.content !== undefined && wanted.content !== before.content) {
    await insertPromptVersion(tx, person, id, wanted.content);
  }
  await announce(tx, person, id, before.for === 'me');
  const after = await getPrompt(tx, person, id);
  noteDifference(before, after);
  noteChange({ isPrivate: before.for === 'me' });
  return after;
}

/** With its versions; conversations keep the text that they took. @throws workbench.prompt_not_found, auth.forbidden */
export async function removePrompt(tx: Transaction, person: Person, id: string): Promise<void> {
  const before = await requireChangeable(tx, person, id);
  await deletePrompt(tx, person, id);
  await announce(tx, person, id, before.for === 'me');
  noteChange({ before: { name: before.name, version: before.version }, isPrivate: before.for === 'me' });
}

/** What is left out stays. @throws workbench.prompt_not_found, when it is none of the organisation's */
export async function changeDefaults(
  settings: Settings,
  tx: Transaction,
  person: Person,
  wanted: z.output<typeof changeDefaultsSchema>,
) {
  await lockDefaults(tx, person);
  const before = await getDefaults(tx, person, settings);
  const promptId =
    wanted.default_prompt_id === undefined ? before.default_prompt_id : wanted.default_prompt_id;
  if (promptId !== null) await requireOfAll(tx, person, promptId);
  await upsertDefaults(tx, person, {
    promptId,
    retentionDays: wanted.retention_days === undefined ? before.retention_days : wanted.retention_days,
  });
  await announce(tx, person, person.orgId, false);
  const after = await getDefaults(tx, person, settings);
  noteDifference(before, after);
  return after;
}

async function requireOfAll(tx: Transaction, person: Person, id: string): Promise<void> {
  const prompt = await getPrompt(tx, person, id);
  if (prompt.for === 'organisation') return;
  throw new AppError('request.invalid', {
    publicMessage: 'The default must be a prompt of the organisation. Make one with `for: "organisation"`.',
  });
}

async function requireChangeable(tx: Transaction, person: Person, id: string): Promise<PromptView> {
  if (!(await lockPrompt(tx, person, id))) throw new AppError('workbench.prompt_not_found');
  const prompt = await getPrompt(tx, person, id);
  if (prompt.for === 'organisation') requireManager(person);
  return prompt;
}

/** @throws auth.forbidden */
function requireManager(person: Person): void {
  if (!isAllowed(person.role, 'workbench.manage')) throw new AppError('auth.forbidden');
}
