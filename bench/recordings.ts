/**
 * `make test-recordings [DIR=folder]`: replays recordings of Scaleway's real API through our adapter, read where they
 * lie. Prints {files, operations, replayed, parsed_responses, skipped, unmatched, leftovers} as the last line; what
 * did not match is told in words before. Exit code 1 when something did not match or was left over.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRecordings } from '#providers/scaleway/testing/recordings/recording.ts';
import { replayRecording } from '#providers/scaleway/testing/recordings/replay.ts';
import { emptyResult } from '#providers/scaleway/testing/recordings/replay-result.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

await main();

async function main(): Promise<void> {
  const folder = process.env['DIR'] || join(ROOT, '../shared/fixtures/scaleway');
  const sum = emptyResult();
  const skipped: Record<string, number> = {};
  let files = 0;
  if (!existsSync(folder)) {
    process.stderr.write(`there are no recordings in ${folder}: name their folder with DIR=folder\n`);
    skipped['no_such_folder'] = 1;
  } else {
    const { recordings, others } = readRecordings(folder);
    if (others.length > 0) skipped['file_that_is_no_recording'] = others.length;
    for (const recording of recordings) {
      files += 1;
      const result = await replayRecording(recording);
      sum.operations += result.operations;
      sum.replayed += result.replayed;
      sum.parsed_responses += result.parsed_responses;
      for (const [reason, count] of Object.entries(result.skipped)) {
        skipped[reason] = (skipped[reason] ?? 0) + count;
      }
      for (const [what, list] of [
        ['unmatched', result.unmatched],
        ['left over', result.leftovers],
      ] as const) {
        for (const line of list) process.stderr.write(`${recording.name}: ${what}: ${line}\n`);
      }
      sum.unmatched.push(...result.unmatched);
      sum.leftovers.push(...result.leftovers);
    }
  }
  const { operations, replayed, parsed_responses } = sum;
  const [unmatched, leftovers] = [sum.unmatched.length, sum.leftovers.length];
  console.log(
    JSON.stringify({ files, operations, replayed, parsed_responses, skipped, unmatched, leftovers }),
  );
  process.exit(unmatched + leftovers > 0 ? 1 : 0);
}
