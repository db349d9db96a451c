import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyOf, type Message, turnsOfMessages } from './chat-messages.ts';

const question = (text: string): Message => ({ id: text, role: 'user', text, status: 'done' });
const answer = (text: string, place?: number): Message => ({
  id: text || `empty-${place}`,
  role: 'assistant',
  text,
  status: 'done',
  ...(place === undefined ? {} : { place }),
});
const texts = (messages: readonly Message[]) => messages.map(({ text }) => text);

test('answers stand in the order of their places, whichever was kept first', () => {
  const turns = turnsOfMessages([
    question('q1'),
    answer('b', 1),
    answer('a', 0),
    question('q2'),
    answer('c'),
  ]);
  assert.deepEqual(
    turns.map(({ question: asked, answers }) => [asked?.text, texts(answers)]),
    [
      ['q1', ['a', 'b']],
      ['q2', ['c']],
    ],
  );
});

test('each model goes on from its own answers, and where it has none from the first', () => {
  const said = [
    question('q1'),
    answer('a', 0),
    answer('b', 1),
    question('q2'),
    answer('c', 0),
    answer('', 1),
  ];
  assert.deepEqual(texts(historyOf(said, 0)), ['q1', 'a', 'q2', 'c']);
  assert.deepEqual(texts(historyOf(said, 1)), ['q1', 'b', 'q2', 'c']);
  assert.deepEqual(texts(historyOf(said, 3)), ['q1', 'a', 'q2', 'c']);
  assert.deepEqual(texts(historyOf([question('q1'), answer('', 0)], 0)), ['q1']);
});
