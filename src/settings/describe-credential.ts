/** The form of a credential as a page can draw it, read from the schema that the credential is checked with. */
import * as z from 'zod';
import type { CredentialField, ProviderKindView } from '#contracts/provider-accounts.ts';

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Names of what nobody may look at over a shoulder; ids of keys are no secrets. */
const SECRET = /(secret|token|password|passphrase|private_key|credential)(?!.*(_id|_name|_arn)$)/i;

export function describeCredential(schema: z.ZodType): ProviderKindView['forms'] {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const ways = described.anyOf ?? described.oneOf ?? [described];
  return ways.map(({ properties = {}, required = [] }) => ({
    fields: Object.entries(properties).map(([name, field]) => ({
      name,
      ...kindOf(name, field),
      is_required: required.includes(name),
      about: field.description ?? null,
    })),
  }));
}

function kindOf(name: string, field: JsonSchema): Pick<CredentialField, 'kind' | 'choices'> {
  const choices = field.enum ?? (field.const === undefined ? undefined : [field.const]);
  if (choices) return { kind: 'choice', choices: choices.map(String) };
  const { type } = field;
  if (type === 'boolean') return { kind: 'boolean', choices: null };
  if (type === 'number' || type === 'integer') return { kind: 'number', choices: null };
  return { kind: SECRET.test(name) ? 'secret' : 'text', choices: null };
}
