/** An offering is served when both sides of its organisation have activated it, by an act of theirs or by saying so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideActivation } from '#identity/activation/commands/decide-activation.ts';
import { ACTIVATION_TARGETS } from '../../bin/activation-targets.ts';
import { readMarket } from './queries.ts';
import { ACME, priceOf, startTestMarket } from './testing.ts';

const WANTED = {
  code: 'late',
  model_id: 'Qwen/Qwen3-8B',
  name: 'Late',
  access: 'free',
  visibility: 'public',
};

test('what one side alone publishes is not served until the other has acted', async (t) => {
  const market = await startTestMarket(t);
  const served = async () => (await readMarket(market.api.db)).offerings.map(({ id }) => id);
  const admin = await market.person(ACME, 'admin');
  const manager = await market.person(ACME, 'manager');
  const { id } = await market.ok(admin, 'offerings', WANTED);
  await market.ok(admin, `offerings/${id}/publish`);
  assert.deepEqual(await served(), []);
  await market.ok(manager, `offerings/${id}/prices`, { price: priceOf(5) });
  assert.deepEqual(await served(), [id]);

  const resource = { kind: 'offering', id } as const;
  const decide = (isGiven: boolean, resourceId = id) =>
    market.api.db.transaction((tx) =>
      decideActivation(
        ACTIVATION_TARGETS,
        tx,
        {
          scope: { orgId: ACME },
          role: 'manager',
          by: { actor: `user:${manager.userId}`, correlationId: 'cor_1' },
        },
        { resource: { ...resource, id: resourceId }, sides: ['economic'], isGiven },
      ),
    );
  assert.deepEqual((await decide(false)).missing, ['economic']);
  assert.deepEqual(await served(), []);
  // Publishing anew gives nothing back that was taken.
  await market.ok(admin, `offerings/${id}/publish`);
  assert.deepEqual(await served(), []);
  await decide(true);
  assert.deepEqual(await served(), [id]);
  await assert.rejects(decide(true, 'off_none'), { code: 'activation.resource_not_found' });
});
