/** What gateways tell one another. It crosses processes of different age: what cannot be read is passed over. */
import { z } from 'zod';

const figure = z.number().nonnegative();

/** What one gateway has at one worker. Moments are told as milliseconds ago, because each machine has its own clock. */
const toldLoad = z.object({
  instanceId: z.string().max(64),
  epoch: z.number(),
  /** Requests there, waiting or answering. */
  open: figure,
  heldTokens: figure,
  /** Without a first token yet, and the work of all of them. */
  unstarted: figure,
  unstartedWork: figure,
  /** Of the oldest one of those. */
  oldestWork: figure,
  oldestAgoMs: figure,
  /** The last time that one of those began to answer, or went. */
  progressAgoMs: figure,
  /** Work that was seen to be done since the gateway knows the worker. */
  doneWork: figure,
});

const loadMessage = z.object({
  gateway: z.string().min(1).max(64),
  number: z.number().int().positive(),
  /** It has all workers where the gateway has anything. */
  isWhole: z.boolean(),
  loads: z.array(toldLoad).max(100_000),
  /** Worker, tokens of a block, blocks of the prompt. */
  sent: z.array(z.tuple([z.string(), figure, z.array(z.number())])),
});

export interface LoadMessage extends Omit<z.infer<typeof loadMessage>, 'loads' | 'sent'> {
  readonly loads: readonly ToldLoad[];
  readonly sent: readonly (readonly [instanceId: string, blockTokens: number, blocks: readonly number[]])[];
}

export type ToldLoad = z.infer<typeof toldLoad>;

export function parseMessage(text: string): LoadMessage | undefined {
  try {
    const { success, data: message } = loadMessage.safeParse(JSON.parse(text));
    return success ? message : undefined;
  } catch {
    return undefined;
  }
}
