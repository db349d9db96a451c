/** The workbench: conversations that are kept, chat projects, system prompts. */
import * as z from 'zod';
import { pageQuerySchema } from './management.ts';

export const SHARINGS = ['private', 'link', 'organisation'] as const;
export type Sharing = (typeof SHARINGS)[number];
export const MODELS_MAX = 4;
export const MESSAGES_AT_ONCE_MAX = 100;
/** Texts of a message have a limit of their own, a setting; no body is larger than this. */
export const CONTENT_CHARS_MAX = 4_194_304;
export const PROMPT_CHARS_MAX = 65_536;

const id = z.string().min(1).max(100);
const title = z.string().trim().min(1).max(200);
const name = z.string().trim().min(1).max(100);
const modelName = z.string().min(1).max(300);
const models = z
  .array(modelName)
  .max(MODELS_MAX)
  .refine((list) => new Set(list).size === list.length, 'each model once')
  .describe('Models that answer side by side, as the gateway names them; at most 4');
const systemPrompt = z.string().max(PROMPT_CHARS_MAX);
const sharing = z.enum(SHARINGS);

export const chatParametersSchema = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.int().min(1).max(10_000_000).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  seed: z.int().optional(),
  stop: z.array(z.string().min(1).max(200)).max(8).optional(),
});
export type ChatParameters = z.output<typeof chatParametersSchema>;

const content = z.string().max(CONTENT_CHARS_MAX);
const questionSchema = z.strictObject({
  role: z.literal('user'),
  content: content.min(1),
});
const answerSchema = z.strictObject({
  role: z.literal('assistant'),
  content,
  model: modelName,
  request_id: z
    .string()
    .regex(/^req_[0-9a-hjkmnp-tv-z]{26}$/, 'the `x-request-id` of the answer of the gateway')
    .nullable()
    .default(null)
    .describe("The gateway's id of the request; what it took and cost is looked up by it"),
  status: z.enum(['done', 'stopped', 'failed']).default('done'),
  finish_reason: z.string().max(100).nullable().default(null),
  error_code: z.string().max(100).nullable().default(null),
  parameters: chatParametersSchema.nullable().default(null),
  turn: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('The question that it answers; the last when left out'),
  place: z
    .int()
    .min(0)
    .max(MODELS_MAX - 1)
    .default(0)
    .describe('Which of the models side by side'),
});
export const newMessageSchema = z.discriminatedUnion('role', [questionSchema, answerSchema]);
export type NewMessage = z.output<typeof newMessageSchema>;

const newMessages = z.array(newMessageSchema).max(MESSAGES_AT_ONCE_MAX);
export const addMessagesSchema = z.strictObject({ messages: newMessages.min(1) });

const promptId = id
  .optional()
  .describe(
    'A prompt of the workbench, taken as it is now. A `system_prompt` beside it counts, and is noted as taken from ' +
      'the prompt as long as both say the same',
  );

export const createConversationSchema = z.strictObject({
  title: title.optional().describe('The beginning of the first question when left out'),
  project_id: id.nullable().default(null).describe('A chat project'),
  models: models.default([]),
  system_prompt: systemPrompt
    .optional()
    .describe(
      "The text itself; with neither it nor `prompt_id` the organisation's default prompt, if it has one",
    ),
  prompt_id: promptId,
  parameters: chatParametersSchema.default({}),
  messages: newMessages.default([]),
});

export const changeConversationSchema = z.strictObject({
  title: title.optional(),
  project_id: id.nullable().optional(),
  models: models.optional(),
  system_prompt: systemPrompt.optional(),
  prompt_id: promptId,
  parameters: chatParametersSchema.optional(),
});

export const shareSchema = z.strictObject({
  sharing: sharing.describe(
    '`link`: members of the organisation who have the link may read it; `organisation`: every member finds it',
  ),
});

export const conversationSchema = z.object({
  id: z.string(),
  title: z.string(),
  project_id: z.string().nullable(),
  owner: z.object({ id: z.string(), username: z.string(), has_left: z.boolean() }),
  is_own: z.boolean(),
  sharing,
  /** Names the conversation to those who were given it; for its owner's eyes only. */
  link_id: z.string().nullable(),
  models: z.array(z.string()),
  system_prompt: z.string(),
  /** Where the system prompt was taken from, unless it was changed since. */
  prompt: z.object({ id: z.string(), version: z.int() }).nullable(),
  parameters: chatParametersSchema,
  messages: z.int(),
  turns: z.int(),
  bytes: z.int(),
  /** Of the answers that were asked for here; copied and imported ones cost nothing again. */
  totals: z.object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    cost_micros: z.int(),
    /** Answers without a price, or of which nothing is known. */
    unpriced: z.int(),
    pending: z.int(),
  }),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type ConversationView = z.output<typeof conversationSchema>;

export const answerFiguresSchema = z.object({
  /** `pending`: the ledger has not heard of the request yet; `unknown`: it never did. */
  state: z.enum(['pending', 'known', 'unknown']),
  outcome: z.string().nullable(),
  ttft_ms: z.number().nullable(),
  total_ms: z.number().nullable(),
  prompt_tokens: z.int().nullable(),
  completion_tokens: z.int().nullable(),
  cached_tokens: z.int().nullable(),
  /** Since the first token. */
  tokens_per_second: z.number().nullable(),
  /** What an offering charged, or at the organisation's own prices; null without a price. */
  cost_micros: z.int().nullable(),
});
export type AnswerFigures = z.output<typeof answerFiguresSchema>;

export const messageSchema = z.object({
  id: z.string(),
  position: z.int(),
  turn: z.int(),
  place: z.int(),
  role: z.enum(['user', 'assistant']),
  content: z.string(),
  model: z.string().nullable(),
  parameters: chatParametersSchema.nullable(),
  status: z.enum(['done', 'stopped', 'failed']),
  finish_reason: z.string().nullable(),
  error_code: z.string().nullable(),
  request_id: z.string().nullable(),
  figures: answerFiguresSchema.nullable(),
  created_at: z.iso.datetime(),
});
export type MessageView = z.output<typeof messageSchema>;

export const conversationsQuerySchema = pageQuerySchema.extend({
  whose: z
    .enum(['mine', 'shared', 'all'])
    .default('mine')
    .describe('`shared`: those that others share with the organisation'),
  project_id: id.optional().describe('A chat project, or `none`'),
  q: z.string().max(200).optional().describe('Words, or beginnings of words, of the title or of one message'),
});
export const messagesQuerySchema = pageQuerySchema.extend({
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

// Export and import
const exportedMessageSchema = z.object({
  turn: z.int().min(1).max(1_000_000),
  place: z
    .int()
    .min(0)
    .max(MODELS_MAX - 1)
    .default(0),
  role: z.enum(['user', 'assistant']),
  content,
  model: modelName.nullable().default(null),
  parameters: chatParametersSchema.nullable().default(null),
  status: z.enum(['done', 'stopped', 'failed']).default('done'),
  finish_reason: z.string().max(100).nullable().default(null),
  error_code: z.string().max(100).nullable().default(null),
});
export const EXPORT_FORMAT = 'inventiv.conversation.v1';
/** What an export says beyond this, such as ids and figures, an import does not take: it is nobody's proof. */
export const importedConversationSchema = z.object({
  format: z.literal(EXPORT_FORMAT),
  title,
  models: models.default([]),
  system_prompt: systemPrompt.default(''),
  parameters: chatParametersSchema.default({}),
  messages: z.array(exportedMessageSchema).max(10_000),
});
export type ImportedConversation = z.output<typeof importedConversationSchema>;
/** A conversation as a file. */
export const exportedConversationSchema = conversationSchema
  .pick({ id: true, title: true, models: true, system_prompt: true, parameters: true })
  .extend({
    format: z.literal(EXPORT_FORMAT),
    created_at: conversationSchema.shape.created_at,
    totals: conversationSchema.shape.totals,
    messages: z.array(messageSchema.omit({ position: true })),
  });
export const IMPORTS_MAX = 50;
export const importSchema = z.strictObject({
  conversations: z.array(importedConversationSchema).min(1).max(IMPORTS_MAX),
  project_id: id.nullable().default(null),
});
export const importedSchema = z.object({ data: z.array(conversationSchema) });

// Chat projects
const projectSharing = z.enum(['private', 'organisation']);
export const createChatProjectSchema = z.strictObject({
  name,
  sharing: projectSharing
    .default('private')
    .describe(
      '`organisation`: every member sees it and puts conversations into it; those keep their own sharing',
    ),
  organisation_project_id: id.nullable().default(null).describe('A project of the organisation'),
});
export const changeChatProjectSchema = z.strictObject({
  name: name.optional(),
  sharing: projectSharing.optional(),
  organisation_project_id: id.nullable().optional(),
  archived: z
    .boolean()
    .optional()
    .describe('Put away: its conversations stay in it, and nothing new goes in until it is brought back'),
});
export const chatProjectSchema = z.object({
  id: z.string(),
  name: z.string(),
  sharing: projectSharing,
  organisation_project_id: z.string().nullable(),
  owner: z.object({ id: z.string(), username: z.string() }),
  is_own: z.boolean(),
  /** That you may see. */
  conversations: z.int(),
  archived_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type ChatProjectView = z.output<typeof chatProjectSchema>;

// System prompts
const promptContent = z.string().min(1).max(PROMPT_CHARS_MAX);
export const createPromptSchema = z.strictObject({
  name,
  content: promptContent,
  for: z
    .enum(['me', 'organisation'])
    .default('me')
    .describe('`organisation`: for every member; owners and admins make these'),
});
export const changePromptSchema = z.strictObject({
  name: name.optional(),
  content: promptContent.optional().describe('Becomes the next version; the former ones stay'),
});
export const promptSchema = z.object({
  id: z.string(),
  name: z.string(),
  for: z.enum(['me', 'organisation']),
  version: z.int(),
  content: z.string(),
  is_default: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type PromptView = z.output<typeof promptSchema>;
export const promptVersionSchema = z.object({
  version: z.int(),
  content: z.string(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
});

// What the organisation lays down
export const workbenchDefaultsSchema = z.object({
  default_prompt_id: z.string().nullable(),
  /** Days after the last message; null as the installation says. */
  retention_days: z.int().nullable(),
  /** What holds now; 0: for ever. */
  retention_days_in_force: z.int(),
});
export const changeDefaultsSchema = z.strictObject({
  default_prompt_id: id.nullable().optional().describe('A prompt of the organisation; null: none'),
  retention_days: z.int().min(1).max(36_500).nullable().optional(),
});
