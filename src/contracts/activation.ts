/** Double activation: a resource works only after a technical and an economic activation. */
import * as z from 'zod';
import type { Action } from './permissions.ts';
import { roleSchema } from './roles.ts';

export const ACTIVATION_SIDES = ['technical', 'economic'] as const;
export const activationSideSchema = z.enum(ACTIVATION_SIDES);
export type ActivationSide = z.infer<typeof activationSideSchema>;

export const RESOURCE_KINDS = ['instance', 'model', 'provider', 'api_key', 'offering'] as const;
export const resourceKindSchema = z.enum(RESOURCE_KINDS);
export type ResourceKind = z.infer<typeof resourceKindSchema>;

/** Who may give a side, and take it back. */
export const SIDE_ACTIONS = {
  technical: 'activation.technical',
  economic: 'activation.economic',
} as const satisfies Record<ActivationSide, Action>;

const sideSchema = z.object({
  given: z.boolean(),
  /** Who decided last; null when nobody has yet. */
  by: z.string().nullable(),
  at: z.iso.datetime().nullable(),
});

export const activationSchema = z.object({
  technical: sideSchema,
  economic: sideSchema,
  /** Empty: it works. */
  missing: z.array(activationSideSchema),
  /** For each side that is missing: the roles that can give it, and the people who have one. */
  who_can: z.array(
    z.object({
      side: activationSideSchema,
      roles: z.array(roleSchema),
      people: z.array(z.object({ id: z.string(), username: z.string(), role: roleSchema })),
    }),
  ),
});
export type ActivationView = z.infer<typeof activationSchema>;

export const resourceActivationSchema = activationSchema.extend({
  resource_kind: resourceKindSchema,
  resource_id: z.string(),
});
export type ResourceActivationView = z.infer<typeof resourceActivationSchema>;

export const changeActivationSchema = z.strictObject({
  resource_kind: resourceKindSchema,
  resource_id: z.string().min(1).max(100),
  sides: z.array(activationSideSchema).min(1).max(ACTIVATION_SIDES.length).describe('Which of the two'),
});
