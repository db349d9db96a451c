/** What can be activated, and what is woken by it: resources live in domains that do not know each other. */
import { isKnownModel, isKnownProvider } from '#catalog/queries.ts';
import type { ActivationDeps } from '#identity/activation/commands/decide-activation.ts';
import { existsApiKey } from '#identity/queries.ts';
import { wakeActivatedInstance, wakeActivatedUses } from '#instances/commands/wake-activated.ts';
import { announceMarket } from '#offerings/announce.ts';
import { existsOwnOffering } from '#offerings/queries.ts';

export const ACTIVATION_TARGETS: ActivationDeps = {
  async wake(tx, scope, { kind, id }, by) {
    switch (kind) {
      case 'instance':
        return wakeActivatedInstance(tx, scope, id, by);
      case 'model':
        if (!(await isKnownModel(tx, scope, id))) return false;
        await wakeActivatedUses(tx, scope, { kind, id }, by);
        return true;
      case 'provider':
        if (!(await isKnownProvider(tx, id))) return false;
        await wakeActivatedUses(tx, scope, { kind, id }, by);
        return true;
      case 'api_key':
        return existsApiKey(tx, scope, id);
      case 'offering':
        if (!(await existsOwnOffering(tx, scope, id))) return false;
        await announceMarket(tx, [scope.orgId], id);
        return true;
    }
  },
};
