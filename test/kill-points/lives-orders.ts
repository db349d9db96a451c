/** Lives about what is ordered: made, unanswered, refused, never made; and the end of it. */
import { deploy, end, findOffer } from './asking.ts';
import { type Life, RECONCILE } from './life.ts';
import { pause } from './pause.ts';
import { calls, commits, forEach, KINDS, PARTS } from './point-names.ts';
import type { Stage } from './stage.ts';

/** Longer than OFFER_RETRY_MS of the test profile. */
const REFUSAL_LASTS_MS = 3_000;
/** As the cloud names them in its operations. */
const OPERATION_KINDS = ['key', 'security_group', 'address', 'volume', 'server'] as const;

export const ORDERS: readonly Life[] = [
  {
    name: 'plain',
    about: 'ordered, ready, ended',
    run: livePlainly,
    points: [
      'http.idempotent.before-answer-is-kept',
      'jobs.claimed',
      `${RECONCILE}.decided`,
      ...KINDS.flatMap((kind) => [
        ...commits(RECONCILE, `open-${kind}`, `called-${kind}`),
        ...calls(RECONCILE, `create-${kind}`),
        ...commits(RECONCILE, `adopt-${kind}`),
      ]),
      ...calls(RECONCILE, 'start'),
      ...commits(RECONCILE, 'start'),
      ...calls(RECONCILE, 'look'),
      ...commits(RECONCILE, 'look'),
      ...calls(RECONCILE, 'discover-volume'),
      ...commits(RECONCILE, 'discover-volume', 'move-installing', 'move-starting'),
      `${RECONCILE}.health.before`,
      ...commits(RECONCILE, 'health', 'move-ready', 'move-draining'),
      `${RECONCILE}.drain.before`,
      ...commits(RECONCILE, 'drain', 'move-terminating'),
      ...calls(RECONCILE, 'delete-server'),
      ...commits(RECONCILE, 'delete-server', 'gone-server'),
      ...calls(RECONCILE, 'look-volume'),
      ...commits(RECONCILE, 'look-volume'),
      ...calls(RECONCILE, 'delete-volume'),
      ...commits(RECONCILE, 'delete-volume', 'volume-gone'),
      ...PARTS.flatMap((kind) => [
        ...calls(RECONCILE, `look-${kind}`, `delete-${kind}`),
        ...commits(RECONCILE, `delete-${kind}`, `gone-${kind}`),
      ]),
      ...commits(RECONCILE, 'move-terminated'),
      'settle-costs.loaded',
      'settle-costs.applied',
    ],
  },
  {
    name: 'unanswered',
    about: 'the cloud makes what was ordered and deletes what it should, and does not say so',
    run: liveUnanswered,
    points: [...commits(RECONCILE, 'failure'), ...calls(RECONCILE, ...forEach(KINDS, 'find'))],
  },
  {
    name: 'slow boot',
    about: 'whether the server was told to start nobody says, and it is long on its way',
    run: liveSlowly,
    points: commits(RECONCILE, 'note-started'),
  },
  {
    name: 'throttled',
    about: 'each order is asked to come again later',
    run: liveThrottled,
    apart: 2,
    points: commits(RECONCILE, ...forEach(KINDS, 'reopen')),
  },
  {
    name: 'refused',
    about: 'one offer after the other lacks room for something else, also for the start',
    run: liveRefused,
    apart: 2,
    points: commits(RECONCILE, ...forEach(KINDS, 'refused'), 'start-refused'),
  },
  {
    name: 'without room',
    about: 'the first offer has no room, and the machine is made where the second one is',
    run: liveWithoutRoom,
    points: commits(RECONCILE, 'leave-offer'),
  },
  {
    name: 'unwanted',
    about: 'nobody wants it any more, and whether it was made nobody says',
    run: liveUnwanted,
    points: commits(RECONCILE, ...forEach(KINDS, 'absent')),
  },
  {
    name: 'given up',
    about: 'no order is answered in time, so that it fails for people to see',
    run: liveGivenUp,
    points: commits(RECONCILE, 'move-provisioning_failed'),
  },
  {
    name: 'fallen back',
    about: 'the server goes back to rest instead of starting, and is ended by people',
    run: liveFallenBack,
    points: commits(RECONCILE, 'move-startup_failed'),
  },
  {
    name: 'started in vain',
    about:
      'the first offer takes the order and does not start, and the machine is made where the second one is',
    run: liveInVain,
    points: commits(RECONCILE, 'start-in-vain'),
  },
  {
    name: 'stalled end',
    about: 'a deletion is refused until an alert is raised',
    run: liveToAStalledEnd,
    points: commits(RECONCILE, 'alarm'),
  },
];

async function livePlainly(stage: Stage): Promise<void> {
  // The sweep gives a row to a volume that it finds before its own machine does; here it leaves it alone.
  await stage.change('SWEEP_GRACE_MS', 3_600_000);
  const { deploymentId, instanceId } = await deploy(stage, 'plain');
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
}

async function liveUnanswered(stage: Stage): Promise<void> {
  const lost = [
    ...OPERATION_KINDS.map((kind) => `${kind}.create`),
    ...OPERATION_KINDS.map((kind) => `${kind}.delete`),
    'server.start',
  ];
  for (const operation of lost) await stage.fault({ kind: 'lost_reply', operation, count: 1, mode: 'reset' });
  await stage.fault({ kind: 'late_visibility', operation: 'server.create', count: 1, delay_ms: 300 });
  await livePlainly(stage);
}

async function liveSlowly(stage: Stage): Promise<void> {
  await stage.setCloud({ boot_ms: 4_000 });
  await stage.fault({ kind: 'lost_reply', operation: 'server.start', count: 1, mode: 'reset' });
  await livePlainly(stage);
}

async function liveThrottled(stage: Stage): Promise<void> {
  for (const kind of OPERATION_KINDS)
    await stage.fault({ kind: 'throttle', operation: `${kind}.create`, count: 1 });
  await livePlainly(stage);
}

/** The last offer has room for everything. */
async function liveRefused(stage: Stage): Promise<void> {
  const { fallbacks } = await findOffer(stage, 'anywhere');
  for (const kind of OPERATION_KINDS)
    await stage.fault({ kind: 'quota', operation: `${kind}.create`, count: 1 });
  await stage.fault({ kind: 'stock_out', operation: 'server.start', count: 1 });
  const { deploymentId, instanceId } = await deploy(stage, 'refused', fallbacks);
  await stage.untilState(instanceId, 'ready');
  await end(stage, deploymentId, instanceId);
  // Until then the next order would pass over the offers that were refused.
  await pause(REFUSAL_LASTS_MS);
}

async function liveWithoutRoom(stage: Stage): Promise<void> {
  const { zone, fallbacks } = await findOffer(stage);
  await stage.fault({ kind: 'stock_out', operation: 'server.create', zone });
  const { deploymentId, instanceId } = await deploy(stage, 'elsewhere', fallbacks.slice(0, 1));
  await stage.untilState(instanceId, 'ready');
  await stage.clearFaults();
  await end(stage, deploymentId, instanceId);
  await pause(REFUSAL_LASTS_MS);
}

/** One after the other gets as far as another thing; the proofs that nothing was made are waited for together. */
async function liveUnwanted(stage: Stage): Promise<void> {
  const ordered: string[] = [];
  for (const kind of OPERATION_KINDS) {
    await stage.fault({ kind: 'error_before', operation: `${kind}.create` });
    const { deploymentId, instanceId } = await deploy(stage, 'unwanted');
    await stage.until(`the order of a ${kind} has failed`, () =>
      stage.hasAction(instanceId, 'PROVIDER_CREATE', 'failed'),
    );
    await stage.ask('DELETE', `/api/v1/deployments/${deploymentId}`);
    await stage.until(`${instanceId} is to end`, async () =>
      /^terminat/.test((await stage.api.instance(instanceId)).state),
    );
    await stage.clearFaults();
    ordered.push(instanceId);
  }
  for (const id of ordered) await stage.untilState(id, 'terminated');
}

async function liveGivenUp(stage: Stage): Promise<void> {
  await stage.change('PROVISION_DEADLINE_MS', 1_000);
  await stage.fault({ kind: 'error_before', operation: 'server.create' });
  const { deploymentId, instanceId } = await deploy(stage, 'given-up');
  await stage.untilState(instanceId, 'provisioning_failed');
  await end(stage, deploymentId, instanceId);
}

async function liveFallenBack(stage: Stage): Promise<void> {
  await stage.fault({ kind: 'stock_out', operation: 'server.start', mode: 'silent' });
  const { deploymentId, instanceId } = await deploy(stage, 'fallen-back');
  await stage.untilState(instanceId, 'startup_failed');
  await end(stage, deploymentId, instanceId);
}

async function liveInVain(stage: Stage): Promise<void> {
  const { zone, fallbacks } = await findOffer(stage);
  await stage.fault({ kind: 'stock_out', operation: 'server.start', zone, mode: 'silent' });
  const { deploymentId, instanceId } = await deploy(stage, 'in-vain', fallbacks.slice(0, 1));
  await stage.untilState(instanceId, 'ready');
  await stage.clearFaults();
  await end(stage, deploymentId, instanceId);
  await pause(REFUSAL_LASTS_MS);
}

async function liveToAStalledEnd(stage: Stage): Promise<void> {
  const { deploymentId, instanceId } = await deploy(stage, 'stalled');
  await stage.untilState(instanceId, 'ready');
  await stage.fault({ kind: 'throttle', operation: 'server.delete' });
  await stage.change('ALARM_AFTER_MS', 500);
  await stage.ask('DELETE', `/api/v1/deployments/${deploymentId}`);
  await stage.until('the alert', () => stage.hasAction(instanceId, 'TERMINATION_STALLED', 'failed'));
  await stage.clearFaults();
  await stage.untilState(instanceId, 'terminated');
}
