import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BookOpen, PanelLeftClose, PanelLeftOpen, Rocket } from 'lucide-react';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button, IconButton } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { BrandMark } from './brand.tsx';
import { useNavigation } from './navigation.ts';
import { versionQuery } from './version.ts';

interface RailProps {
  isCollapsed: boolean;
  onToggle: () => void;
}

const ITEM =
  'flex h-9 shrink-0 items-center gap-3 rounded-md text-base font-medium transition-colors duration-100';

export function Rail({ isCollapsed, onToggle }: RailProps) {
  const { t } = useTranslation();
  const { organisation } = useSession();
  const navigation = useNavigation();
  const itemClass = classNames(ITEM, isCollapsed ? 'w-9 justify-center' : 'px-2.5');
  return (
    <aside
      className={classNames(
        'sticky top-0 flex h-dvh shrink-0 flex-col border-r border-border bg-surface py-3 transition-[width] duration-150',
        isCollapsed ? 'w-14 items-center px-2' : 'w-[232px] px-3',
      )}
    >
      <Link
        to="/"
        aria-label={isCollapsed ? t('shell.home') : undefined}
        className="mb-4 flex h-10 items-center gap-2.5 rounded-md px-1.5"
      >
        <BrandMark className="size-7 shrink-0" />
        {!isCollapsed && (
          <span className="min-w-0 leading-tight">
            <span className="block truncate font-semibold tracking-tight">Inventiv Agents</span>
            <span className="block truncate text-xs text-muted">{organisation.name}</span>
          </span>
        )}
      </Link>
      <RailDeploy isCollapsed={isCollapsed} />
      <nav
        aria-label={t('shell.navigation')}
        className="-m-1 flex min-h-0 flex-col gap-0.5 overflow-y-auto p-1"
      >
        {navigation.map(({ to, label, icon: Icon }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: to === '/', includeSearch: false }}
            aria-label={isCollapsed ? t(label) : undefined}
            title={isCollapsed ? t(label) : undefined}
            className={itemClass}
            activeProps={{ className: 'bg-accent/12 text-text [&_svg]:text-accent', 'aria-current': 'page' }}
            inactiveProps={{ className: 'text-muted hover:bg-text/6 hover:text-text' }}
          >
            <Icon aria-hidden className="size-[18px] shrink-0" />
            {!isCollapsed && t(label)}
          </Link>
        ))}
      </nav>
      <div className={classNames('mt-auto flex flex-col gap-0.5', isCollapsed && 'items-center')}>
        <a
          href="/api/docs"
          target="_blank"
          rel="noreferrer"
          aria-label={isCollapsed ? t('nav.api_docs') : undefined}
          title={isCollapsed ? t('nav.api_docs') : undefined}
          className={classNames(itemClass, 'text-muted hover:bg-text/6 hover:text-text')}
        >
          <BookOpen aria-hidden className="size-[18px] shrink-0" />
          {!isCollapsed && t('nav.api_docs')}
        </a>
        <RailFoot isCollapsed={isCollapsed} onToggle={onToggle} />
      </div>
    </aside>
  );
}

function RailDeploy({ isCollapsed }: { isCollapsed: boolean }) {
  const { t } = useTranslation();
  if (isCollapsed) {
    return (
      <IconButton
        data-testid="deploy-open"
        label={t('deploy.open')}
        icon={<Rocket className="size-[18px]" />}
        className="mb-4 bg-accent text-on-accent hover:bg-accent hover:text-on-accent hover:brightness-110"
        onClick={() => requestDeploy()}
      />
    );
  }
  return (
    <Button
      data-testid="deploy-open"
      variant="primary"
      icon={<Rocket aria-hidden className="size-4" />}
      className="mb-4 w-full"
      onClick={() => requestDeploy()}
    >
      {t('deploy.open')}
    </Button>
  );
}

function RailFoot({ isCollapsed, onToggle }: RailProps) {
  const { t } = useTranslation();
  const { data } = useQuery(versionQuery);
  return (
    <div
      className={classNames(
        'mt-2 flex items-center border-t border-border pt-2',
        isCollapsed ? 'flex-col' : 'pl-2.5',
      )}
    >
      {!isCollapsed && data && (
        <span className="tabular font-mono text-xs text-muted" title={t('shell.version')}>
          v{data.version}
        </span>
      )}
      <IconButton
        label={isCollapsed ? t('shell.expand') : t('shell.collapse')}
        icon={
          isCollapsed ? <PanelLeftOpen className="size-[18px]" /> : <PanelLeftClose className="size-[18px]" />
        }
        className={isCollapsed ? '' : 'ml-auto'}
        onClick={onToggle}
      />
    </div>
  );
}
