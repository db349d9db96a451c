/** Lives about what is compared with the cloud and swept there: kept volumes, orphans, tags, offers. */
import type { InstanceDetail } from '#contracts/instances.ts';
import { deploy, end, findOffer } from './asking.ts';
import { type Life, RELEASE, SWEEP } from './life.ts';
import { calls, commits } from './point-names.ts';
import type { Stage } from './stage.ts';

export const SWEEPS: readonly Life[] = [
  {
    name: 'kept volume',
    about: 'a data volume outlives its machine, and is deleted afterwards',
    run: liveOnInAVolume,
    apart: 4,
    points: [...calls(RELEASE, 'delete'), ...commits(RELEASE, 'delete', 'gone'), ...calls(RELEASE, 'look')],
  },
  {
    name: 'stuck volume',
    about: 'the deletion of a kept volume fails until an alert is raised',
    run: liveOnInAStuckVolume,
    apart: 2,
    points: commits(RELEASE, 'failure', 'alarm'),
  },
  {
    name: 'lost volume',
    about: 'a kept volume is deleted by others, and the provider has forgotten it',
    run: liveOnInALostVolume,
    points: commits(RELEASE, 'unseen'),
  },
  {
    name: 'orphan',
    about: 'what nobody ordered is found by a sweep that somebody asks for; what somebody ordered stays',
    run: livePlanted,
    points: [
      ...commits('run-reconcile', 'begin', 'report'),
      ...calls(SWEEP, 'list', 'look', 'delete'),
      ...commits(SWEEP, 'plan', 'round', 'examine', 'delete-check', 'delete', 'gone'),
    ],
  },
  {
    name: 'stuck orphan',
    about: 'its deletion fails until an alert is raised, and its end leaves no trace',
    run: livePlantedFast,
    points: commits(SWEEP, 'failure', 'alarm', 'unseen'),
  },
  {
    name: 'foreign volume',
    about: 'a volume with the tags of a living machine gets its row',
    run: liveWithAFoundVolume,
    points: [...calls(SWEEP, 'look-adoption'), ...commits(SWEEP, 'adopt')],
  },
  {
    name: 'unlisted',
    about: 'what exists cannot be listed for a while, and nothing is concluded from that',
    run: liveUnlisted,
    points: commits(SWEEP, 'void'),
  },
  {
    name: 'renewed',
    about: 'tags get more time; offers are taken over as every ten minutes, and by order',
    run: liveRenewed,
    points: [
      ...calls('renew-expiry', 'list', 'renew'),
      ...commits('renew-expiry', 'renew', 'failure', 'forget'),
      ...calls('sync-offers', 'list'),
      ...calls('run-catalogue-sync', 'list'),
      'run-catalogue-sync.report.commit',
    ],
  },
  {
    name: 'own account',
    about: 'an account on the provider is tried out and replaced',
    run: liveWithAnAccount,
    points: ['check-provider-account.commit'],
  },
];

async function liveOnInAVolume(stage: Stage): Promise<void> {
  const { id } = await leaveAVolume(stage);
  await stage.ask('DELETE', `/api/v1/volumes/${id}`);
}

async function liveOnInAStuckVolume(stage: Stage): Promise<void> {
  const { id } = await leaveAVolume(stage);
  await stage.change('ALARM_AFTER_MS', 500);
  await stage.fault({ kind: 'throttle', operation: 'volume.delete' });
  await stage.ask('DELETE', `/api/v1/volumes/${id}`);
  await untilAlert(stage, 'SWEEP_STUCK');
}

async function liveOnInALostVolume(stage: Stage): Promise<void> {
  const { id, ref } = await leaveAVolume(stage);
  await stage.setCloud({ tombstone_ms: 0 });
  // Long enough that nothing counts as proven before the cloud tells of the end again, as it does on its bill.
  await stage.change('ABSENCE_WINDOW_MS', 3_600_000);
  await stage.cloud.send('DELETE', `/v1/volumes/${ref}`);
  await stage.until('its absence is noted', async () => {
    const sql = 'select id from instance_volumes where id = $1 and missing_since is not null';
    return (await stage.query(sql, [id])).length === 1;
  });
}

/** A data volume that is kept after its machine's end. */
async function leaveAVolume(stage: Stage): Promise<{ readonly id: string; readonly ref: string }> {
  const { deploymentId, instanceId } = await deploy(stage, 'kept');
  await stage.untilState(instanceId, 'ready');
  const { volumes } = await stage.ask<InstanceDetail>('GET', `/api/v1/instances/${instanceId}`);
  const data = volumes.find((volume) => !volume.is_boot);
  if (!data) throw new Error('the machine has no data volume');
  await stage.ask('PATCH', `/api/v1/instances/${instanceId}/volumes/${data.id}`, { keep: true });
  await end(stage, deploymentId, instanceId);
  return { id: data.id, ref: data.provider_ref };
}

async function livePlanted(stage: Stage): Promise<void> {
  const { zone, instance_type: type } = await findOffer(stage);
  const { deploymentId, instanceId } = await deploy(stage, 'wanted');
  await stage.untilState(instanceId, 'ready');
  const wanted = await stage.serverOf(instanceId);
  const planted = await stage.plant({ zone, type }, [
    await stage.installationTag(),
    'inv_instance=inst_nobody',
  ]);
  const { id } = await stage.ask<{ id: string }>('POST', '/api/v1/reconcile', {});
  await untilDone(stage, `/api/v1/reconcile/${id}`);
  await untilGone(stage, planted);
  const left = await stage.serverOf(instanceId);
  if (left.id !== wanted.id) throw new Error(`${wanted.id} was wanted, and ${left.id} is there instead`);
  await end(stage, deploymentId, instanceId);
}

async function livePlantedFast(stage: Stage): Promise<void> {
  const { zone, instance_type: type } = await findOffer(stage);
  await stage.setCloud({ tombstone_ms: 0 });
  await stage.change('ALARM_AFTER_MS', 500);
  await stage.fault({ kind: 'throttle', operation: 'server.delete' });
  const planted = await stage.plant({ zone, type }, [
    await stage.installationTag(),
    'inv_instance=inst_nobody',
  ]);
  await untilAlert(stage, 'SWEEP_STUCK');
  await stage.clearFaults();
  await untilGone(stage, planted);
  await stage.until('the sweep follows nothing any more', async () => {
    return (await stage.query('select id from sweep_findings where closed_at is null')).length === 0;
  });
}

async function liveWithAFoundVolume(stage: Stage): Promise<void> {
  const { zone } = await findOffer(stage);
  const { deploymentId, instanceId } = await deploy(stage, 'found');
  await stage.untilState(instanceId, 'ready');
  const name = stage.nextName('found');
  const { volume } = await stage.cloud.send<{ volume: { id: string } }>('POST', '/v1/volumes', {
    zone,
    name,
    client_token: name,
    tags: [
      await stage.installationTag(),
      `inv_instance=${instanceId}`,
      `inv_attempt=att_${name}`,
      `inv_expires=${Date.now() + 86_400_000}`,
    ],
    size_bytes: 10_000_000_000,
  });
  await stage.until('the volume has a row', async () => {
    const { volumes } = await stage.api.instance(instanceId);
    return volumes.some(({ provider_ref: ref }) => ref === volume.id);
  });
  await end(stage, deploymentId, instanceId);
}

async function liveUnlisted(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'unlisted');
  await stage.untilState(instanceId, 'ready');
  await stage.fault({ kind: 'error_before', operation: 'volume.list' });
  await stage.until('a round is void', async () => {
    const { rounds } = await stage.api.json<{ rounds: { state: string }[] }>('GET', '/api/v1/sweep?limit=5');
    return rounds.some(({ state }) => state === 'void');
  });
  await stage.clearFaults();
  await end(stage, deploymentId, instanceId);
}

async function liveRenewed(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'renewed');
  await stage.untilState(instanceId, 'ready');
  await stage.fault({ kind: 'throttle', operation: 'key.tag' });
  // Whatever was tagged for three days has less than half of its time left now.
  await stage.change('EXPIRY_HOURS', 720);
  await stage.until('the tags have more time', async () => {
    await stage.hasten('renew-expiry');
    return (await soonestExpiry(stage)) > Date.now() + 360 * 3_600_000;
  });
  await stage.hasten('sync-offers');
  const { id } = await stage.ask<{ id: string }>('POST', '/api/v1/catalogue/sync', {});
  await untilDone(stage, `/api/v1/catalogue/sync/${id}`);
  await end(stage, deploymentId, instanceId);
}

/** Of everything but keys, whose tags cannot be changed in that life. */
async function soonestExpiry({ cloud }: Stage): Promise<number> {
  const things = [await cloud.liveServers(), await cloud.liveVolumes(), await cloud.liveParts()].flat();
  const tags = things.filter(({ id }) => !id.startsWith('key-')).flatMap((thing) => thing.tags);
  const expiries = tags.filter((tag) => tag.startsWith('inv_expires='));
  return Math.min(...expiries.map((tag) => Number(tag.slice('inv_expires='.length))));
}

async function liveWithAnAccount(stage: Stage): Promise<void> {
  const token = stage.stack.secret('mock_cloud_token');
  const { id } = await stage.ask<{ id: string }>('POST', '/api/v1/provider-accounts', {
    provider: 'mock',
    name: stage.nextName('own'),
    credential: { token },
  });
  const path = `/api/v1/provider-accounts/${id}`;
  await stage.ask('POST', `${path}/test`);
  await stage.until('the account was tried out', async () => {
    const { check } = await stage.api.json<{ check: { state: string } | null }>('GET', path);
    return check?.state === 'ok';
  });
  await stage.ask('DELETE', path);
}

async function untilDone(stage: Stage, path: string): Promise<void> {
  await stage.until(`${path} has a report`, async () => {
    const { state } = await stage.api.json<{ state: string }>('GET', path);
    return state === 'done' || state === 'failed';
  });
}

async function untilGone(stage: Stage, ids: readonly string[]): Promise<void> {
  await stage.until(`${ids.join(' ')} are gone`, async () => {
    const living = [...(await stage.cloud.liveServers()), ...(await stage.cloud.liveVolumes())];
    return !living.some(({ id }) => ids.includes(id));
  });
}

async function untilAlert(stage: Stage, code: string): Promise<void> {
  await stage.until(`there is an alert ${code}`, async () => {
    const { data } = await stage.api.json<{ data: { code: string }[] }>('GET', '/api/v1/alerts');
    return data.some((alert) => alert.code === code);
  });
}
