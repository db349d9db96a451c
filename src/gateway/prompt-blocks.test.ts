import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestDescriber } from './describe-request.ts';
import { PromptReader } from './prompt-blocks.ts';

const PLACE = { orgId: 'org_a', modelId: 'model_a' };
const reader = new PromptReader();

function blocksOf(body: Record<string, unknown>, place = PLACE): readonly number[] {
  return reader.read(body, place, 10_000).blocks;
}

function shared(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((block, i) => block !== b[i]);
  return differs < 0 ? a.length : differs;
}

/** Text that repeats nowhere. */
function textOf(seed: number, length: number): string {
  let text = '';
  for (let i = seed; text.length < length; i++) text += `${(i * 2_654_435_761) % 4_294_967_291} `;
  return text.slice(0, length);
}

function chat(...contents: string[]) {
  return {
    messages: contents.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content })),
  };
}

test('the next turn of a conversation begins as the last one did, and a changed letter ends what is shared', () => {
  const turn = blocksOf(chat(textOf(1, 5_000), textOf(2, 3_000)));
  const next = blocksOf(chat(textOf(1, 5_000), textOf(2, 3_000), textOf(3, 2_500)));
  assert.equal(turn.length, 7);
  assert.equal(shared(turn, next), 7);
  const edited = textOf(1, 5_000);
  const other = blocksOf(chat(`${edited.slice(0, 2_500)}X${edited.slice(2_501)}`, textOf(2, 3_000)));
  assert.equal(shared(turn, other), 2);
});

test('roles, tools and system text are part of the prompt; how it is sampled is not', () => {
  const body = chat(textOf(1, 4_000));
  const plain = blocksOf(body);
  assert.deepEqual(blocksOf({ ...body, temperature: 0.3, stream: true, model: 'x' }), plain);
  assert.equal(shared(plain, blocksOf({ ...body, tools: [{ type: 'function', name: 'f' }] })), 0);
  assert.equal(shared(plain, blocksOf({ ...body, system: 'You are another.' })), 0);
  assert.equal(shared(plain, blocksOf({ messages: [{ role: 'system', content: textOf(1, 4_000) }] })), 0);
  const reordered = { messages: [{ content: textOf(1, 4_000), role: 'user' }] };
  assert.deepEqual(blocksOf(reordered), plain);
});

test('no two tenants, models or cache salts have a block in common', () => {
  const body = chat(textOf(1, 4_000));
  const plain = blocksOf(body);
  const others = [
    blocksOf(body, { ...PLACE, orgId: 'org_b' }),
    blocksOf(body, { ...PLACE, modelId: 'model_b' }),
    blocksOf({ ...body, cache_salt: 's' }),
  ];
  for (const other of others) assert.equal(other.filter((block) => plain.includes(block)).length, 0);
});

test('token ids are exact, in any of the forms that completions take', () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => i * 17);
  const shape = reader.read({ prompt: ids }, PLACE, 5_000);
  assert.deepEqual([shape.tokenIds, shape.blocks.length, shape.bytes], [1_000, 3, 4_000]);
  const changed = blocksOf({ prompt: ids.with(300, 1) });
  assert.equal(shared(shape.blocks, changed), 1);
  assert.equal(reader.read({ prompt: [ids, ids] }, PLACE, 10_000).tokenIds, 2_000);
  assert.equal(blocksOf({ prompt: textOf(1, 3_000) }).length, 2);
  assert.equal(blocksOf({ input: [{ role: 'user', content: textOf(1, 3_000) }] }).length, 2);
});

test('pictures count by samples of their bytes, and by tokens of their own', () => {
  const picture = (seed: number) => `data:image/png;base64,${textOf(seed, 500_000)}`;
  const withPicture = (seed: number) => ({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: picture(seed) } },
          { type: 'text', text: textOf(1, 3_000) },
        ],
      },
    ],
  });
  const shape = reader.read(withPicture(1), PLACE, 503_000);
  assert.equal(shape.attachments, 1);
  assert.ok(shape.bytes < 4_000, String(shape.bytes));
  assert.deepEqual(blocksOf(withPicture(1)), shape.blocks);
  assert.equal(shared(blocksOf(withPicture(2)), shape.blocks), 0);
});

test('bodies that are strange or huge are read within limits, and without harm', () => {
  let nested: unknown = 'x';
  for (let i = 0; i < 50_000; i++) nested = [nested];
  for (const strange of [nested, 7, null, true, {}, [], [null, {}, [[]]], { content: { a: { b: 1 } } }]) {
    assert.equal(blocksOf({ messages: strange } as Record<string, unknown>).length, 0);
  }
  const huge = { prompt: textOf(1, 3_000_000) };
  const shape = reader.read(huge, PLACE, 3_000_020);
  assert.deepEqual([shape.blocks.length, shape.bytes], [1_024, 3_000_020]);
  const ids = { prompt: Array.from({ length: 400_000 }, (_, i) => i) };
  assert.deepEqual(
    [reader.read(ids, PLACE, 2_000_000).tokenIds, reader.read(ids, PLACE, 2_000_000).blocks.length],
    [400_000, 1_024],
  );
  assert.equal(reader.read(chat('short'), PLACE, 50).blocks.length, 0);
});

test('the number of tokens is learned from what engines count, apart for each model', () => {
  const describer = new RequestDescriber();
  const request = { method: 'POST', target: '/', httpVersion: '1.1', rawHeaders: [] };
  const describe = (modelId: string) => {
    const body = chat(textOf(1, 10_000));
    return describer.describe({
      request,
      body,
      bodyBytes: 10_050,
      isStream: true,
      orgId: 'o',
      modelId,
      outputTokens: 9,
    });
  };
  assert.ok(Math.abs(describe('m').inputTokens - 2_500) < 50);
  for (let i = 0; i < 100; i++) {
    const counts = { promptTokens: 5_000, completionTokens: 30, cachedTokens: 0 };
    describer.estimates.learn('m', describe('m').shape, counts);
  }
  assert.ok(Math.abs(describe('m').inputTokens - 5_000) < 50, String(describe('m').inputTokens));
  assert.ok(Math.abs(describe('m').blockTokens - 512) < 10);
  assert.ok(Math.abs(describe('other').inputTokens - 2_500) < 50);
});

test('a conversation is named by our header, else by what the APIs have for it', () => {
  const describer = new RequestDescriber();
  const sessionOf = (rawHeaders: string[], extra: Record<string, unknown>) =>
    describer.describe({
      request: { method: 'POST', target: '/', httpVersion: '1.1', rawHeaders },
      body: { ...chat('hi'), ...extra },
      bodyBytes: 100,
      isStream: true,
      orgId: 'o',
      modelId: 'm',
      outputTokens: 9,
    }).session;
  assert.equal(sessionOf([], {}), undefined);
  assert.equal(sessionOf(['X-Inventiv-Session', 's'], { user: 'u' }), 's');
  assert.equal(sessionOf([], { user: 'u', prompt_cache_key: 'p' }), 'p');
  assert.equal(sessionOf([], { user: 'u' }), 'u');
  assert.equal(sessionOf([], { metadata: { user_id: 'a' } }), 'a');
  assert.equal(sessionOf([], { user: 7, metadata: 'x' }), undefined);
  assert.equal(sessionOf(['x-inventiv-session', 'x'.repeat(9_000)], {})?.length, 200);
});
