import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatParametersSchema } from '../../../src/contracts/workbench.ts';
import { PARAMETER_NAMES, PARAMETERS, readParameters, textsOf } from './chat-parameters.ts';

test('what is typed becomes numbers, and what is empty stays the model’s own', () => {
  const { parameters, wrong } = readParameters(
    { temperature: ' 0,7 ', top_p: '', max_tokens: '512', seed: '-3' },
    { stop: ['END'], temperature: 1 },
  );
  assert.deepEqual(parameters, { stop: ['END'], temperature: 0.7, max_tokens: 512, seed: -3 });
  assert.equal(wrong.size, 0);
  assert.deepEqual(textsOf(parameters), { temperature: '0.7', max_tokens: '512', seed: '-3' });
});

test('what the api would refuse is told beforehand, and is not sent', () => {
  const { parameters, wrong } = readParameters(
    { temperature: '2.1', top_p: 'much', max_tokens: '1.5', presence_penalty: '-2', seed: '1e3' },
    {},
  );
  assert.deepEqual([...wrong], ['temperature', 'top_p', 'max_tokens', 'seed']);
  assert.deepEqual(parameters, { presence_penalty: -2 });
});

test('the bounds are those of the api', () => {
  for (const name of PARAMETER_NAMES) {
    const { min, max, step } = PARAMETERS[name];
    const isTaken = (value: number) => chatParametersSchema.safeParse({ [name]: value }).success;
    assert.deepEqual([isTaken(min), isTaken(max)], [true, true], name);
    assert.equal(isTaken(0.5), step < 1, `${name} takes fractions or not`);
    if (name === 'seed') continue;
    const below = step < 1 ? min - 0.01 : min - 1;
    const above = step < 1 ? max + 0.01 : max + 1;
    assert.deepEqual([isTaken(below), isTaken(above)], [false, false], name);
  }
});
