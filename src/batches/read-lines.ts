/** The lines of a file, one at a time, with where they stand. */
import { AppError } from '#kernel/errors.ts';

export interface FileLine {
  /** From 1. */
  readonly number: number;
  /** Position of its first byte in the file. */
  readonly from: number;
  readonly bytes: Buffer;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines without their ends; what is too long is an error, because it would have to be held. */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<FileLine> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 1;
  let from = 0;
  const take = (rest: Buffer): FileLine => {
    const bytes = Buffer.concat([...held, rest], heldBytes + rest.length);
    held = [];
    heldBytes = 0;
    const isWindows = bytes.at(-1) === CARRIAGE_RETURN;
    return { number, from, bytes: isWindows ? bytes.subarray(0, -1) : bytes };
  };
  for await (const chunk of chunks) {
    let at = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      const length = heldBytes + end - at;
      if (length > lineBytesMax) throw tooLong(number, lineBytesMax);
      yield take(chunk.subarray(at, end));
      from += length + 1;
      number++;
      at = end + 1;
    }
    held.push(chunk.subarray(at));
    heldBytes += chunk.length - at;
    if (heldBytes > lineBytesMax) throw tooLong(number, lineBytesMax);
  }
  if (heldBytes > 0) yield take(Buffer.alloc(0));
}

function tooLong(line: number, bytesMax: number): AppError {
  return new AppError('request.too_large', {
    publicMessage: `Line ${line} is longer than ${bytesMax} bytes.`,
    details: { line },
  });
}
