import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, Euro, Wrench } from 'lucide-react';
import type { ActivationSide, ActivationView, ResourceKind } from '#contracts/activation.ts';
import { isAllowed } from '#contracts/permissions.ts';
import { answerOf, api } from '../../api/client.ts';
import { useOrderKey } from '../../api/order-key.ts';
import { Button } from '../../design/button.tsx';
import { ErrorState } from '../../design/error-state.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { When } from '../../widgets/when.tsx';
import { Actor } from '../actor.tsx';
import { useSession } from '../session.ts';

const SIDES = ['technical', 'economic'] as const satisfies readonly ActivationSide[];
const ICONS = { technical: Wrench, economic: Euro } as const;
const STALE = ['activations', 'instances', 'deployments', 'models', 'api-keys', 'offers', 'market'] as const;

export interface Activatable {
  kind: ResourceKind;
  id: string;
  activation: ActivationView;
}

/** Both sides of an activation: who gave it, or who can; and a button for who reads this, if they can. */
export function ActivationSides({ kind, id, activation }: Activatable) {
  const decide = useDecision(kind, id);
  return (
    <div>
      <ul className="divide-y divide-border">
        {SIDES.map((side) => (
          <Side
            key={side}
            side={side}
            activation={activation}
            busy={decide.isPending ? decide.variables.side : null}
            onDecide={(isGiven) => decide.mutate({ side, isGiven })}
          />
        ))}
      </ul>
      {decide.isError && <ErrorState error={decide.error} className="mt-3" />}
    </div>
  );
}

interface SideProps {
  side: ActivationSide;
  activation: ActivationView;
  busy: ActivationSide | null;
  onDecide: (isGiven: boolean) => void;
}

function Side({ side, activation, busy, onDecide }: SideProps) {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const { given: isGiven, by, at } = activation[side];
  const mayDecide = isAllowed(organisation.role, `activation.${side}`);
  const Icon = ICONS[side];
  const State = isGiven ? CircleCheck : CircleDashed;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2.5">
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex items-center gap-1.5 font-medium">
          {t(`activation.${side}`)}
          <State aria-hidden className={isGiven ? 'size-4 text-ok' : 'size-4 text-warn'} />
          <span className="text-sm font-normal text-muted">
            {t(isGiven ? 'activation.given' : 'activation.missing')}
          </span>
        </p>
        <p className="text-sm text-muted">
          {isGiven ? (
            <>
              {by !== null && <Actor actor={by} />}
              {at !== null && (
                <>
                  {' · '}
                  <When iso={at} />
                </>
              )}
            </>
          ) : (
            <Givers side={side} activation={activation} />
          )}
        </p>
      </div>
      {mayDecide && (
        <Button
          size="sm"
          variant={isGiven ? 'secondary' : 'primary'}
          isBusy={busy === side}
          disabled={busy !== null}
          onClick={() => onDecide(!isGiven)}
          data-testid={`activation-${side}`}
        >
          {t(isGiven ? 'activation.withdraw' : 'activation.give')}
        </Button>
      )}
    </li>
  );
}

/** Whom to ask: the roles that can give it, and the people who have one. */
function Givers({ side, activation }: { side: ActivationSide; activation: ActivationView }) {
  const { t, language } = useTranslation();
  const givers = activation.who_can.find((entry) => entry.side === side);
  if (!givers) return null;
  const list = new Intl.ListFormat(language, { type: 'disjunction' });
  const roles = list.format(givers.roles.map((role) => t(`role.${role}`)));
  if (givers.people.length === 0) return t('activation.nobody', { roles });
  return t('activation.ask', { people: list.format(givers.people.map(({ username }) => username)), roles });
}

function useDecision(kind: ResourceKind, id: string) {
  const client = useQueryClient();
  const headerFor = useOrderKey();
  return useMutation({
    mutationFn: ({ side, isGiven }: { side: ActivationSide; isGiven: boolean }) => {
      // What is decided, taken back and decided again are three orders.
      const header = headerFor([side, isGiven, Date.now()]);
      if (isGiven) {
        const body = { resource_kind: kind, resource_id: id, sides: [side] };
        return answerOf(api.POST('/api/v1/activations', { params: { header }, body }));
      }
      const path = { id: `${kind}:${id}` };
      return answerOf(api.DELETE('/api/v1/activations/{id}', { params: { path, query: { side }, header } }));
    },
    onSettled: () => Promise.all(STALE.map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}
