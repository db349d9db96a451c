import assert from 'node:assert/strict';
import { test } from 'node:test';
import { luminanceOf, readableOn } from './colour.ts';

test('letters on a colour of any choice can be read', () => {
  assert.equal(readableOn('#000000'), '#ffffff');
  assert.equal(readableOn('#ffffff'), '#000000');
  assert.equal(readableOn('#ffdd00'), '#000000');
  for (let step = 0; step < 4_096; step++) {
    const colour = `#${[step >> 8, (step >> 4) & 15, step & 15].map((part) => (part * 17).toString(16).padStart(2, '0')).join('')}`;
    const [light, dark] = [luminanceOf(readableOn(colour)), luminanceOf(colour)].sort((a, b) => b - a);
    const contrast = ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
    assert(contrast >= 4.5, `${colour}: ${contrast}`);
  }
});
