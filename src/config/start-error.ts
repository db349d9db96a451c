/** What keeps a process from starting. Its message is one line for the person who typed the command. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
