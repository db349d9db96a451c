import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortUserAgent } from './user-agent.ts';

test('browsers are told apart though each names others too', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36';
  assert.equal(shortUserAgent(chrome), 'Chrome · Linux');
  assert.equal(shortUserAgent(`${chrome} Edg/126.0`), 'Edge · Linux');
  const phone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1 Version/17.4 Safari/604.1';
  assert.equal(shortUserAgent(phone), 'Safari · iPhone');
  assert.equal(shortUserAgent('inventiv-cli/1.2'), 'inventiv-cli/1.2');
  assert.equal(shortUserAgent(null), null);
});
