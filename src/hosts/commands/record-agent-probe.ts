/** What a machine says of itself through its agent, judged as what is seen by SSH is. */
import type { Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { readProbe, typeCodeOf } from '#providers/host-facts.ts';
import { recordProbe } from '../host-store.ts';

export async function recordAgentProbe(
  tx: Transaction,
  scope: OrgScope,
  host: { readonly id: string; readonly probesAsked: number },
  lines: readonly string[],
): Promise<void> {
  const report = readProbe(lines.join('\n'));
  const missing = report?.missingTools ?? [];
  const failure = !report
    ? { error: 'command_failed', message: 'the machine said nothing of itself that can be read' }
    : missing.length > 0
      ? { error: 'missing_tools', message: `nothing can be installed there without ${missing.join(', ')}` }
      : { error: null, message: null };
  const isUsable = report !== undefined && failure.error === null;
  await recordProbe(tx, scope, host.id, {
    ...failure,
    number: host.probesAsked,
    seenHostKey: null,
    facts: isUsable ? report.facts : null,
    typeCode: isUsable ? typeCodeOf(report.facts) : null,
  });
}
