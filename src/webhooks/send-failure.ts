/** Why an attempt did not arrive, in words that its owner may read. */
export class SendFailure extends Error {
  override readonly name = 'SendFailure';
}
