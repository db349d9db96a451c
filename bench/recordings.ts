/**
 * `make test-recordings [DIR=folder]`: replays recordings of Scaleway's real API through our adapter, read where they
 * lie, folders in the folder included. One line per recording says what was done with it, one per skipped file why;
 * what did not match or was left over is told in words. The last line is the sum, as JSON. Exit code 1 when
 * something did not match or was left over, 2 when the named folder does not exist.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type FileSkip,
  type Recording,
  readRecordings,
} from '#providers/scaleway/testing/recordings/recording.ts';
import { replayRecording } from '#providers/scaleway/testing/recordings/replay.ts';
import {
  addResult,
  emptyResult,
  type ReplayResult,
} from '#providers/scaleway/testing/recordings/replay-result.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

process.exitCode = await main(process.env['DIR'] ?? '');

async function main(named: string): Promise<number> {
  const folder = named || join(ROOT, '../shared/fixtures/scaleway');
  const sum = emptyResult();
  const skippedFiles: Partial<Record<FileSkip | 'no_such_folder', number>> = {};
  let files = 0;
  if (!isFolder(folder)) {
    say(`there are no recordings in ${folder}: name their folder with DIR=folder`);
    skippedFiles.no_such_folder = 1;
  } else {
    for (const file of readRecordings(folder)) {
      if ('skip' in file) {
        skippedFiles[file.skip] = (skippedFiles[file.skip] ?? 0) + 1;
        say(`${file.name}: not replayed: ${file.skip}${file.detail && ` (${file.detail})`}`);
        continue;
      }
      files += 1;
      addResult(sum, await replayed(file.recording));
    }
  }
  const { unmatched, leftovers, ...figures } = sum;
  const counts = { unmatched: unmatched.length, leftovers: leftovers.length };
  console.log(JSON.stringify({ files, skipped_files: skippedFiles, ...figures, ...counts }));
  if (counts.unmatched + counts.leftovers > 0) return 1;
  return named !== '' && skippedFiles.no_such_folder ? 2 : 0;
}

async function replayed(recording: Recording): Promise<ReplayResult> {
  const result = await replayRecording(recording);
  const { operations, skipped, unmatched, leftovers } = result;
  const reasons = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`);
  const told = reasons.length === 0 ? 'none' : reasons.join(', ');
  say(
    `${recording.name}: ${result.replayed} of ${operations} replayed, ${result.decoded_responses} answers read, skipped: ${told}`,
  );
  for (const line of unmatched) say(`${recording.name}: unmatched: ${line}`);
  for (const line of leftovers) say(`${recording.name}: left over: ${line}`);
  return result;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
