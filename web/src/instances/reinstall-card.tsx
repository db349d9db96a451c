import { Link } from '@tanstack/react-router';
import { Circle, CircleCheck, CircleSlash, CircleX, LoaderCircle, type LucideIcon } from 'lucide-react';
import type {
  InstanceDetail,
  REINSTALL_LEFT_FOR,
  REINSTALL_PATHS,
  ReinstallLeftFor,
  ReinstallPath,
} from '#contracts/instances.ts';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { classNames } from '../design/class-names.ts';
import type { MessageKey } from '../i18n/en.ts';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';

type Reinstall = NonNullable<InstanceDetail['reinstall']>;
type Outcome = NonNullable<Reinstall['outcome']>;
type Standing = 'left' | 'working' | 'done' | 'failed' | 'ahead';

// Repeated here so that the zod schemas of the contract stay out of the page; the type keeps them equal.
const ALL_PATHS: typeof REINSTALL_PATHS = ['agent_order', 'user_data', 'ssh', 'replacement'];
const LEFT_FOR: typeof REINSTALL_LEFT_FOR = [
  'agent_unknown',
  'agent_unreachable',
  'agent_refused',
  'agent_failed',
  'provider_refused',
  'not_registered_in_time',
];
const OUTCOMES: Record<Outcome, { tone: Tone; icon: LucideIcon }> = {
  installed: { tone: 'ok', icon: CircleCheck },
  replaced: { tone: 'info', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
  cancelled: { tone: 'neutral', icon: CircleSlash },
};
const STANDINGS: Record<Standing, { icon: LucideIcon; color: string; text: MessageKey }> = {
  left: { icon: CircleSlash, color: 'text-warn', text: 'reinstall.left' },
  working: { icon: LoaderCircle, color: 'text-info motion-safe:animate-spin', text: 'reinstall.working' },
  done: { icon: CircleCheck, color: 'text-ok', text: 'reinstall.done' },
  failed: { icon: CircleX, color: 'text-danger', text: 'reinstall.not_done' },
  ahead: { icon: Circle, color: 'text-muted', text: 'reinstall.ahead' },
};

/** The newest installation anew: which way it is on, why the one before was left, and how it ended. */
export function ReinstallCard({ reinstall }: { reinstall: Reinstall }) {
  const { t, format } = useTranslation();
  const { outcome, replaced_by: replacedBy } = reinstall;
  return (
    <Card
      title={t('reinstall.title')}
      note={
        <time dateTime={reinstall.created_at}>
          {t(reinstall.is_automatic ? 'reinstall.automatic' : 'reinstall.asked', {
            time: format.moment(reinstall.created_at),
          })}
        </time>
      }
      actions={
        outcome === null ? (
          <Chip tone="info" icon={LoaderCircle} isWorking>
            {t('reinstall.working')}
          </Chip>
        ) : (
          <Chip {...OUTCOMES[outcome]} testId="reinstall-outcome">
            {t(`reinstall.outcome_${outcome}`)}
          </Chip>
        )
      }
    >
      <ol className="grid gap-3 sm:grid-cols-3">
        {pathsOf(reinstall).map((path) => (
          <PathLine key={path} path={path} reinstall={reinstall} />
        ))}
      </ol>
      {replacedBy !== null && (
        <p className="mt-3 text-sm">
          <Link
            to="/instances/$id"
            params={{ id: replacedBy }}
            className="text-accent underline-offset-2 hover:underline"
          >
            {t('reinstall.replaced_by')}
          </Link>
        </p>
      )}
      {reinstall.ended_at !== null && (
        <p className="mt-3 text-sm text-muted">
          {t('reinstall.ended', { time: format.moment(reinstall.ended_at) })}
        </p>
      )}
    </Card>
  );
}

/** A machine is installed anew from outside in one way or the other. */
function pathsOf({ path: now }: Reinstall): readonly ReinstallPath[] {
  const other = now === 'ssh' ? 'user_data' : 'ssh';
  return ALL_PATHS.filter((path) => path !== other);
}

function PathLine({ path, reinstall }: { path: ReinstallPath; reinstall: Reinstall }) {
  const { t } = useTranslation();
  const paths = pathsOf(reinstall);
  const standing = standingOf(path, reinstall);
  const { icon: Icon, color, text } = STANDINGS[standing];
  const isLastLeft = standing === 'left' && paths.indexOf(path) === paths.indexOf(reinstall.path) - 1;
  return (
    <li className="flex min-w-0 gap-2.5">
      <Icon aria-hidden className={classNames('mt-0.5 size-4 shrink-0', color)} />
      <span className="min-w-0">
        <span className="block text-sm font-medium">{t(`reinstall.path_${path}`)}</span>
        <span className="block text-xs text-muted">
          {t(text)}
          {isLastLeft && reinstall.path_reason !== null && ` · ${describeLeft(reinstall.path_reason, t)}`}
        </span>
      </span>
    </li>
  );
}

function standingOf(path: ReinstallPath, reinstall: Reinstall): Standing {
  const distance = ALL_PATHS.indexOf(path) - ALL_PATHS.indexOf(reinstall.path);
  if (distance < 0) return 'left';
  if (distance > 0) return 'ahead';
  if (reinstall.outcome === null) return 'working';
  return reinstall.outcome === 'installed' || reinstall.outcome === 'replaced' ? 'done' : 'failed';
}

function describeLeft(reason: string, t: Translate): string {
  const known: ReinstallLeftFor | undefined = LEFT_FOR.find((word) => word === reason);
  return known === undefined ? reason : t(`reinstall.left_for_${known}`);
}
