/** Settings: variables that change without a restart. */
import * as z from 'zod';

const value = z.union([z.int(), z.string()]);

/** What a setting is, whatever its value. */
export const settingDefinitionSchema = z.object({
  name: z.string(),
  about: z.string(),
  kind: z.enum(['integer', 'choice', 'text']),
  /** `provider`: may also have a value for each provider; `organisation`: for each organisation too. */
  scope: z.enum(['global', 'provider', 'organisation']),
  unit: z.enum(['ms', 'hours', 'bytes', 'percent']).nullable(),
  min: z.int().nullable(),
  max: z.int().nullable(),
  choices: z.array(z.string()).nullable(),
  default: value,
});
export type SettingDefinitionView = z.infer<typeof settingDefinitionSchema>;

const originSchema = z.enum(['organisation', 'provider', 'global', 'environment', 'default']);

export const settingSchema = settingDefinitionSchema.extend({
  /** The value in force now. */
  value,
  origin: originSchema,
  /** Who gave it its value and when; null where it comes from the environment or the default. */
  changed_by: z.string().nullable(),
  changed_at: z.iso.datetime().nullable(),
  /** Providers that have a value of their own. */
  overrides: z.array(
    z.object({ provider: z.string(), value, changed_by: z.string(), changed_at: z.iso.datetime() }),
  ),
});
export type SettingView = z.infer<typeof settingSchema>;

/** A setting as it is for one organisation, which may have a value of its own. */
export const organisationSettingSchema = settingSchema.extend({
  /** What counts where the organisation has no value of its own. */
  inherited: z.object({ value, origin: originSchema }),
});
export type OrganisationSettingView = z.infer<typeof organisationSettingSchema>;

const providerId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'the id of a provider, such as mock');

export const settingsQuerySchema = z.object({ provider: providerId.optional() });
export const changeSettingSchema = z.strictObject({
  value: z.union([z.number(), z.string().max(1_000)]),
  provider: providerId.optional(),
});

export const settingChangeSchema = z.object({
  id: z.int(),
  name: z.string(),
  /** Null: for everything. */
  provider: z.string().nullable(),
  /** Null: it had, or has since, no value of its own. */
  old_value: value.nullable(),
  new_value: value.nullable(),
  changed_by: z.string(),
  changed_at: z.iso.datetime(),
  correlation_id: z.string(),
});
export type SettingChangeView = z.infer<typeof settingChangeSchema>;
