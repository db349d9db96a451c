import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EVENTS_BEGIN, renderEvents } from './events-page.ts';

test('the page on events says what the contracts say', () => {
  const path = 'docs/reference/events.md';
  const page = readFileSync(join(import.meta.dirname, '..', path), 'utf8');
  const [, written = ''] = page.split(EVENTS_BEGIN);
  assert.equal(
    written.trim(),
    renderEvents(),
    `${path} must hold this after its mark:\n\n${renderEvents()}\n`,
  );
});
