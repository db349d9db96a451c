/** What routing knows of a request. Made once by the gateway; every strategy sees the same. */
export interface RoutedRequest {
  readonly orgId: string;
  /** Whose workers serve it, when they are another organisation's. */
  readonly ownerOrgId?: string;
  readonly modelId: string;
  /** Estimated, at least 1. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /**
   * Chained hashes of the leading blocks of the rendered prompt, salted by organisation and model: a block's hash
   * depends on everything before it, so equal hashes mean equal beginnings.
   */
  readonly blocks: readonly number[];
  /** Tokens of one block, as estimated as `inputTokens`. */
  readonly blockTokens: number;
  /** Names the conversation when the client told it: a hint, never an order. */
  readonly session: string | undefined;
  /** Of its class in the queue; classes that ask for the same workers keep the queues there short for each other. */
  readonly priority?: number;
  /** False when the answer comes as a whole, so that its first token is not seen. */
  readonly isStream?: boolean;
}
