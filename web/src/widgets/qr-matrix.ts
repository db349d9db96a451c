/**
 * A QR code (ISO/IEC 18004) of a short text: byte mode, error correction M, up to version 10. Enough for the address
 * that an authenticator app scans, and no reason to take a package along.
 */
const VERSION_MAX = 10;
/** By version: codewords of error correction in each block, and blocks. */
const CORRECTION = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26] as const;
const BLOCKS = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5] as const;
const LEVEL_M = 0;

export type QrMatrix = readonly (readonly boolean[])[];

/** True is dark. @throws RangeError when the text is too long */
export function qrMatrix(text: string): QrMatrix {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (capacityOf(version) < bytes.length) {
    version += 1;
    if (version > VERSION_MAX) throw new RangeError(`${bytes.length} bytes do not fit into a QR code here`);
  }
  const codewords = interleave(version, dataOf(version, bytes));
  const candidates = Array.from({ length: 8 }, (_, mask) => drawn(version, codewords, mask));
  return candidates.reduce((best, next) => (penaltyOf(next) < penaltyOf(best) ? next : best));
}

/** Bytes of text that fit: without the mode, the length, and the correction. */
function capacityOf(version: number): number {
  return dataLengthOf(version) - (version < 10 ? 2 : 3);
}

function dataLengthOf(version: number): number {
  return Math.floor(rawModulesOf(version) / 8) - (CORRECTION[version] ?? 0) * (BLOCKS[version] ?? 0);
}

/** Modules that are left for codewords beside the patterns. */
function rawModulesOf(version: number): number {
  let count = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    count -= (25 * aligned - 10) * aligned - 55;
    if (version >= 7) count -= 36;
  }
  return count;
}

function dataOf(version: number, bytes: Uint8Array): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number) => {
    for (let at = length - 1; at >= 0; at--) bits.push((value >>> at) & 1);
  };
  push(0b0100, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  const length = dataLengthOf(version);
  push(0, Math.min(4, length * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let at = 0; at < bits.length; at += 8) {
    data.push(bits.slice(at, at + 8).reduce((byte, bit) => (byte << 1) | bit, 0));
  }
  for (let pad = 0xec; data.length < length; pad ^= 0xec ^ 0x11) data.push(pad);
  return data;
}

/** Blocks with their correction, in the order in which they are drawn. */
function interleave(version: number, data: readonly number[]): number[] {
  const blockCount = BLOCKS[version] ?? 1;
  const correction = CORRECTION[version] ?? 0;
  const total = Math.floor(rawModulesOf(version) / 8);
  const shortBlocks = blockCount - (total % blockCount);
  const shortLength = Math.floor(total / blockCount) - correction;
  const divisor = divisorOf(correction);
  const blocks: { data: readonly number[]; correction: readonly number[] }[] = [];
  for (let index = 0, from = 0; index < blockCount; index++) {
    const length = shortLength + (index < shortBlocks ? 0 : 1);
    const part = data.slice(from, from + length);
    from += length;
    blocks.push({ data: part, correction: remainderOf(part, divisor) });
  }
  const drawnOrder: number[] = [];
  for (let at = 0; at <= shortLength; at++) {
    for (const block of blocks) {
      const value = block.data[at];
      if (value !== undefined) drawnOrder.push(value);
    }
  }
  for (let at = 0; at < correction; at++) {
    for (const block of blocks) drawnOrder.push(block.correction[at] ?? 0);
  }
  return drawnOrder;
}

/** Reed-Solomon over GF(2^8) with 0x11d. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let at = 7; at >= 0; at--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> at) & 1) * a;
  }
  return product;
}

function divisorOf(degree: number): number[] {
  const result = [...Array.from({ length: degree - 1 }, () => 0), 1];
  for (let step = 0, root = 1; step < degree; step++, root = multiply(root, 2)) {
    for (let at = 0; at < degree; at++) {
      result[at] = multiply(result[at] ?? 0, root) ^ (result[at + 1] ?? 0);
    }
  }
  return result;
}

function remainderOf(data: readonly number[], divisor: readonly number[]): number[] {
  const result = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ (result.shift() ?? 0);
    result.push(0);
    divisor.forEach((coefficient, at) => {
      result[at] = (result[at] ?? 0) ^ multiply(coefficient, factor);
    });
  }
  return result;
}

/** Dark or light; undefined where nothing is drawn yet. */
type Canvas = (boolean | undefined)[][];

function drawn(version: number, codewords: readonly number[], mask: number): boolean[][] {
  const size = version * 4 + 17;
  const canvas: Canvas = Array.from({ length: size }, () => Array.from({ length: size }, () => undefined));
  drawPatterns(canvas, version);
  drawFormat(canvas, mask);
  drawVersion(canvas, version);
  drawCodewords(canvas, codewords, mask);
  return canvas.map((row) => row.map((module) => module === true));
}

function set(canvas: Canvas, x: number, y: number, isDark: boolean): void {
  const row = canvas[y];
  if (row && x >= 0 && x < row.length) row[x] = isDark;
}

function drawPatterns(canvas: Canvas, version: number): void {
  const size = canvas.length;
  for (let at = 0; at < size; at++) {
    set(canvas, 6, at, at % 2 === 0);
    set(canvas, at, 6, at % 2 === 0);
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const distance = Math.max(Math.abs(dx), Math.abs(dy));
        set(canvas, x + dx, y + dy, distance !== 2 && distance !== 4);
      }
    }
  }
  const positions = alignmentsOf(version);
  const last = positions.length - 1;
  positions.forEach((x, column) => {
    positions.forEach((y, row) => {
      const isCorner = (column === 0 && (row === 0 || row === last)) || (column === last && row === 0);
      if (isCorner) return;
      for (let dy = -2; dy <= 2; dy++) {
        for (let dx = -2; dx <= 2; dx++) {
          set(canvas, x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
        }
      }
    });
  });
}

function alignmentsOf(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const others = Array.from({ length: count - 1 }, (_, at) => version * 4 + 10 - at * step);
  return [6, ...others.reverse()];
}

function drawFormat(canvas: Canvas, mask: number): void {
  const size = canvas.length;
  const data = (LEVEL_M << 3) | mask;
  let rest = data;
  for (let step = 0; step < 10; step++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (at: number) => ((bits >>> at) & 1) === 1;
  for (let at = 0; at <= 5; at++) set(canvas, 8, at, bit(at));
  set(canvas, 8, 7, bit(6));
  set(canvas, 8, 8, bit(7));
  set(canvas, 7, 8, bit(8));
  for (let at = 9; at < 15; at++) set(canvas, 14 - at, 8, bit(at));
  for (let at = 0; at < 8; at++) set(canvas, size - 1 - at, 8, bit(at));
  for (let at = 8; at < 15; at++) set(canvas, 8, size - 15 + at, bit(at));
  set(canvas, 8, size - 8, true);
}

function drawVersion(canvas: Canvas, version: number): void {
  if (version < 7) return;
  let rest = version;
  for (let step = 0; step < 12; step++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let at = 0; at < 18; at++) {
    const isDark = ((bits >>> at) & 1) === 1;
    const far = canvas.length - 11 + (at % 3);
    const near = Math.floor(at / 3);
    set(canvas, far, near, isDark);
    set(canvas, near, far, isDark);
  }
}

/** Up and down in pairs of columns from the right, where no pattern is. */
function drawCodewords(canvas: Canvas, codewords: readonly number[], mask: number): void {
  const size = canvas.length;
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++) {
      for (const x of [right, right - 1]) {
        const isUpward = ((right + 1) & 2) === 0;
        const y = isUpward ? size - 1 - step : step;
        if (canvas[y]?.[x] !== undefined) continue;
        const isDark = (((codewords[at >>> 3] ?? 0) >>> (7 - (at & 7))) & 1) === 1;
        at += 1;
        set(canvas, x, y, isDark !== isMasked(mask, x, y));
      }
    }
  }
}

function isMasked(mask: number, x: number, y: number): boolean {
  const rules = [
    (x + y) % 2,
    y % 2,
    x % 3,
    (x + y) % 3,
    (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
    ((x * y) % 2) + ((x * y) % 3),
    (((x * y) % 2) + ((x * y) % 3)) % 2,
    (((x + y) % 2) + ((x * y) % 3)) % 2,
  ];
  return rules[mask] === 0;
}

/** What makes a code hard to read: long runs, full squares, and one shade outweighing the other. */
function penaltyOf(matrix: QrMatrix): number {
  const size = matrix.length;
  const at = (x: number, y: number) => matrix[y]?.[x] === true;
  let penalty = 0;
  let darks = 0;
  for (let line = 0; line < size; line++) {
    penalty += runPenalty(Array.from({ length: size }, (_, x) => at(x, line)));
    penalty += runPenalty(Array.from({ length: size }, (_, y) => at(line, y)));
    for (let x = 0; x < size; x++) {
      if (at(x, line)) darks += 1;
      const isSquare =
        x + 1 < size &&
        line + 1 < size &&
        [at(x + 1, line), at(x, line + 1), at(x + 1, line + 1)].every((module) => module === at(x, line));
      if (isSquare) penalty += 3;
    }
  }
  return penalty + Math.floor(Math.abs(darks / (size * size) - 0.5) * 20) * 10;
}

function runPenalty(line: readonly boolean[]): number {
  let penalty = 0;
  let length = 0;
  line.forEach((module, index) => {
    length = module === line[index - 1] ? length + 1 : 1;
    if (length === 5) penalty += 3;
    else if (length > 5) penalty += 1;
  });
  return penalty;
}
