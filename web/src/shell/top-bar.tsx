import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BookOpen, LogOut, Rocket, Search, UserCog } from 'lucide-react';
import { AlertsMenu } from '../alerts/alerts-menu.tsx';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { IconButton } from '../design/button.tsx';
import { Popover } from '../design/popover.tsx';
import { useCostsNow } from '../finops/use-costs-now.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession, useSignOut } from '../identity/session.ts';
import { openPalette } from '../palette/palette-state.ts';
import { ConnectionDot } from './connection-dot.tsx';
import { LanguageToggle, ThemeToggle } from './toggles.tsx';
import { versionQuery } from './version.ts';
import { WorkspaceSwitcher } from './workspace-switcher.tsx';

export function TopBar({ isNarrow }: { isNarrow: boolean }) {
  const { t } = useTranslation();
  return (
    <header className="sticky top-0 z-20 flex h-13 items-center gap-1 border-b border-border bg-bg/90 px-2 backdrop-blur-md md:px-8">
      <WorkspaceSwitcher isNarrow={isNarrow} />
      <CostChip />
      <div className="ml-auto flex items-center gap-0.5">
        {isNarrow && (
          <IconButton
            data-testid="deploy-open"
            label={t('deploy.open')}
            icon={<Rocket className="size-[18px]" />}
            className="mr-1 bg-accent text-on-accent hover:bg-accent hover:text-on-accent"
            onClick={() => requestDeploy()}
          />
        )}
        <IconButton
          data-testid="palette-open"
          label={`${t('palette.open')} (Ctrl K)`}
          icon={<Search className="size-[18px]" />}
          className="max-sm:hidden"
          onClick={openPalette}
        />
        <AlertsMenu />
        <ConnectionDot isNarrow={isNarrow} />
        <LanguageToggle />
        <ThemeToggle />
        <UserMenu />
      </div>
    </header>
  );
}

/** What runs now costs this much: always in sight, on every page. */
function CostChip() {
  const { t, format } = useTranslation();
  const { costs } = useCostsNow();
  if (!costs) return null;
  return (
    <Link
      to="/costs"
      className="tabular flex h-8 items-center gap-2 rounded-md px-1 text-sm text-muted hover:bg-text/6 md:px-2 hover:text-text"
    >
      <span>
        <span className="font-semibold text-text">{format.unitPrice(costs.micros_per_hour)}</span>
        {t('unit.per_hour')}
      </span>
      <span className="hidden sm:inline">
        {t('shell.this_month', { amount: format.money(costs.month_micros) })}
      </span>
    </Link>
  );
}

function UserMenu() {
  const { t } = useTranslation();
  const { user, organisation } = useSession();
  const signOut = useSignOut();
  const { data: version } = useQuery(versionQuery);
  const row = 'flex h-9 w-full items-center gap-2.5 rounded-md px-2.5 text-base hover:bg-text/8';
  return (
    <Popover
      label={t('shell.account', { name: user.username })}
      trigger={user.username.slice(0, 2).toUpperCase()}
      triggerClassName="ml-1.5 flex size-8 items-center justify-center rounded-full border border-accent/30 bg-accent/12 text-xs font-semibold text-text hover:bg-accent/20"
      testId="user-menu"
    >
      {(close) => (
        <>
          <div className="px-2.5 pt-1.5 pb-2.5">
            <p className="truncate font-semibold">{user.username}</p>
            <p className="truncate text-sm text-muted">{user.email}</p>
            <p className="mt-1.5 truncate text-xs text-muted">
              {organisation.name} · {t(`role.${organisation.role}`)}
            </p>
          </div>
          <div className="border-t border-border pt-1.5">
            <Link to="/account" className={row} onClick={close} data-testid="account-link">
              <UserCog aria-hidden className="size-4 text-muted" />
              {t('nav.account')}
            </Link>
            <a href="/api/docs" target="_blank" rel="noreferrer" className={row}>
              <BookOpen aria-hidden className="size-4 text-muted" />
              {t('nav.api_docs')}
            </a>
            <button type="button" className={row} data-testid="sign-out" onClick={() => void signOut()}>
              <LogOut aria-hidden className="size-4 text-muted" />
              {t('shell.sign_out')}
            </button>
          </div>
          {version && (
            <p className="border-t border-border px-2.5 pt-2 pb-1 text-xs text-muted">
              {t('shell.version')} <span className="font-mono">{version.version}</span>
            </p>
          )}
        </>
      )}
    </Popover>
  );
}
