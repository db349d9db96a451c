import { raiseAlert } from '#alerts/alerts.ts';
import { adopt } from './act-adopt.ts';
import { callCreate, findAttempt, openAttempt, resolveAbsent } from './act-create.ts';
import { leaveOffer } from './act-offers.ts';
import {
  beginAutomatic,
  installBySsh,
  noteAddress,
  orderReinstall,
  rebootAnew,
  replace,
  restartServer,
  takePath,
} from './act-reinstall.ts';
import {
  confirmGone,
  confirmVolumeGone,
  deleteResource,
  deleteVolume,
  lookPart,
  lookVolume,
} from './act-release.ts';
import {
  checkHealth,
  discoverVolume,
  giveUpStart,
  look,
  move,
  noteStarted,
  orderDrain,
  startServer,
} from './act-start.ts';
import { apply, log, type Run } from './run.ts';
import type { Effect } from './situation.ts';

/** One effect per decision. Each may be repeated: after a crash the same decision is simply taken again. */
export async function act(run: Run, decision: Effect): Promise<void> {
  switch (decision.do) {
    case 'open_attempt':
      return openAttempt(run, decision.kind);
    case 'call_create':
      return callCreate(run, decision);
    case 'find_attempt':
      return findAttempt(run, decision);
    case 'adopt':
      return adopt(run, decision.attempt, decision.resources, { code: 'PROVIDER_ADOPT' });
    case 'resolve_absent':
      return resolveAbsent(run, decision.attempt);
    case 'leave_offer':
      return leaveOffer(run, decision);
    case 'look_part':
      return lookPart(run, decision);
    case 'look':
      return look(run, decision);
    case 'discover_volume':
      return discoverVolume(run, decision);
    case 'start_server':
      return startServer(run, decision);
    case 'give_up_start':
      return giveUpStart(run, decision);
    case 'note_started':
      return noteStarted(run);
    case 'move':
      return move(run, decision);
    case 'check_health':
      return checkHealth(run);
    case 'order_drain':
      return orderDrain(run);
    case 'restart_server':
      return restartServer(run, decision);
    case 'note_address':
      return noteAddress(run, decision);
    case 'begin_reinstall':
      return beginAutomatic(run);
    case 'order_reinstall':
      return orderReinstall(run, decision);
    case 'install_by_ssh':
      return installBySsh(run, decision);
    case 'reboot_anew':
      return rebootAnew(run, decision);
    case 'next_path':
      return takePath(run, decision);
    case 'replace':
      return replace(run, decision);
    case 'delete_resource':
      return deleteResource(run, decision);
    case 'confirm_gone':
      return confirmGone(run, decision);
    case 'look_volume':
      return lookVolume(run, decision);
    case 'delete_volume':
      return deleteVolume(run, decision);
    case 'confirm_volume_gone':
      return confirmVolumeGone(run, decision);
    case 'raise_alarm':
      return raiseAlarm(run, decision.code);
  }
}

async function raiseAlarm(run: Run, code: Extract<Effect, { do: 'raise_alarm' }>['code']): Promise<void> {
  const { instance, nowMs } = run.situation;
  const lastsMs = Math.round(nowMs - instance.stateAtMs);
  run.deps.env.log.error(
    { instance_id: instance.id, alarm: code, lasts_ms: lastsMs },
    'an instance is stuck',
  );
  run.deps.onAlarm?.(code);
  const { env } = run.deps;
  const details = { state: instance.state, lasts_ms: lastsMs };
  await apply(run, 'alarm', async (tx) => {
    await raiseAlert(env, tx, {
      code,
      severity: code === 'WORKER_UNAVAILABLE' ? 'warning' : 'critical',
      orgId: instance.orgId,
      subject: { kind: 'instance', id: instance.id },
      details,
      correlationId: instance.correlationId,
    });
    await log(run, tx, { code, status: 'failed', errorCode: 'stuck', metadata: { lasts_ms: lastsMs } });
  });
}
