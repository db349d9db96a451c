/**
 * `inventiv reap`: shows, and with `--delete` deletes, what has expired at the providers. Needs their credentials and
 * no database. Exit code 0: nothing has expired, or all of it is proven gone. 1: it could not be done. 2: something
 * has expired and was only shown. 3: something was not proven gone in time.
 */
import { parseArgs } from 'node:util';
import type { Config } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { OwnedResource } from '#providers/provider.ts';
import { inDeletingOrder, type ReapOrder, type ReapReport, reap } from '#providers/reap.ts';
import { VERDICTS } from '#providers/reap-verdict.ts';
import { ownProviders } from './provider-kinds.ts';

const EXIT = { done: 0, failed: 1, shown: 2, unfinished: 3 } as const;
const WAIT_MINUTES_MAX = 1_440;
const MINUTE_MS = 60_000;
const ABOUT: Record<(typeof VERDICTS)[number], string> = {
  expired: 'expired',
  live: 'not expired',
  in_use: 'expired, but used by a server that is not: left alone',
  unreadable: 'tags that cannot be read: left alone',
  foreign: 'of another installation: left alone',
};

export async function reapWord(env: Env, config: Config, words: readonly string[]): Promise<void> {
  const { order, names, asJson } = readWords(config, words);
  const chosen = ownProviders(env, config).filter(({ id }) => !names || names.includes(id));
  if (chosen.length === 0) {
    throw new StartError(`--provider names none of ${config.enabledProviders.join(', ')}`);
  }
  const codes: number[] = [];
  for (const provider of chosen) {
    try {
      const report = await reap(env, provider, order);
      process.stdout.write(asJson ? `${JSON.stringify(report)}\n` : reportText(report, order, env));
      codes.push(exitCodeOf(report, order));
    } catch (error) {
      process.stderr.write(`inventiv: ${messageOf(error)}\n`);
      codes.push(EXIT.failed);
    }
  }
  const worst = [EXIT.failed, EXIT.unfinished, EXIT.shown].find((code) => codes.includes(code));
  process.exit(worst ?? EXIT.done);
}

function readWords(config: Config, words: readonly string[]) {
  const { values } = parsed(words);
  if (values.installation !== undefined && values.all) {
    throw new StartError('--installation and --all contradict each other: give one of them');
  }
  if (values.delete && values.installation === undefined && !values.all) {
    throw new StartError(
      '--delete needs --installation ID, or --all for every installation that shares these accounts',
    );
  }
  const minutes = Number(values['wait-minutes'] ?? '10');
  if (!Number.isInteger(minutes) || minutes < 0 || minutes > WAIT_MINUTES_MAX) {
    throw new StartError(`--wait-minutes must be a whole number up to ${WAIT_MINUTES_MAX}`);
  }
  const order: ReapOrder = {
    installation: values.installation,
    zones: values.zone,
    isDeleting: values.delete === true,
    limitMs: minutes * MINUTE_MS,
    callTimeoutMs: fixedSettings(config).get('PROVIDER_TIMEOUT_MS'),
  };
  return { order, names: values.provider, asJson: values.json === true };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      strict: true,
      options: {
        delete: { type: 'boolean' },
        installation: { type: 'string' },
        all: { type: 'boolean' },
        provider: { type: 'string', multiple: true },
        zone: { type: 'string', multiple: true },
        'wait-minutes': { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new StartError(
      `${messageOf(error)}: inventiv reap [--delete] [--installation ID | --all] [--provider ID] [--zone ZONE] [--wait-minutes N] [--json]`,
    );
  }
}

function exitCodeOf(report: ReapReport, order: ReapOrder): number {
  if (report.left.length > 0) return EXIT.unfinished;
  const hasExpired = report.findings.some(({ verdict }) => verdict === 'expired');
  return hasExpired && !order.isDeleting ? EXIT.shown : EXIT.done;
}

function reportText(report: ReapReport, order: ReapOrder, env: Env): string {
  const { provider, zones, findings, deleted, left } = report;
  const lines = [`${provider}, ${zones.length} zones: ${findings.length} with a tag of ours`];
  for (const verdict of VERDICTS) {
    const those = inDeletingOrder(findings.filter((one) => one.verdict === verdict));
    if (those.length === 0) continue;
    lines.push(`${ABOUT[verdict]}: ${those.length}`);
    // What is alive is not news.
    if (verdict !== 'live') lines.push(...those.map((one) => `  ${nameOf(one)}${expiryOf(one, env)}`));
  }
  if (order.isDeleting) lines.push(`deleted and proven gone: ${deleted.length}`);
  if (left.length > 0) lines.push(`not gone in time: ${left.length}; run it again`);
  lines.push(...left.map(({ resource, reason }) => `  ${nameOf(resource)}: ${reason}`));
  const hasExpired = findings.some(({ verdict }) => verdict === 'expired');
  if (hasExpired && !order.isDeleting) lines.push('nothing was deleted: add --delete');
  return `${lines.join('\n')}\n`;
}

function nameOf({ kind, ref, owner }: OwnedResource): string {
  const of = owner ? `, of ${owner.instance} in ${owner.installation}` : '';
  return `${kind} ${ref.id} in ${ref.zone}${of}`;
}

function expiryOf({ owner }: OwnedResource, env: Env): string {
  if (!owner) return '';
  const hours = (env.clock.now() - owner.expiresAtMs) / 3_600_000;
  return hours >= 0 ? `, expired ${hours.toFixed(1)} h ago` : `, expires in ${(-hours).toFixed(1)} h`;
}
