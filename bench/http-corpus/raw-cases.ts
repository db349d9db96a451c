/** Raw requests that parsers read differently, generated from a table of tricks. */
import { addEncodings, addHeaderTricks, addLengths } from './header-cases.ts';
import { addChunks, addRequestLines } from './line-cases.ts';
import { asBytes, type CaseOptions, Parts, type RawCase } from './parts.ts';
import { addBodies, addLineEnds, addSizes, addSmuggling, addSplits } from './whole-cases.ts';

export function rawCases(options: CaseOptions): RawCase[] {
  const cases: RawCase[] = [];
  const add = (wanted: RawCase['wanted'], name: string, ...pieces: (string | Buffer)[]) => {
    cases.push({ name, wanted, pieces: pieces.map(asBytes) });
  };
  const parts = new Parts(options);
  addHeaderTricks(parts, add);
  addEncodings(parts, add);
  addLengths(parts, add);
  addRequestLines(parts, add);
  addChunks(parts, add);
  addLineEnds(parts, add);
  addSmuggling(parts, add);
  addSizes(parts, add);
  addBodies(parts, add);
  addSplits(parts, add);
  return cases;
}
