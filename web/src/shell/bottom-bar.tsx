import { Link, useLocation } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { Popover } from '../design/popover.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { type NavigationItem, useNavigation } from './navigation.ts';

const PLACE =
  'flex h-14 w-full flex-col items-center justify-center gap-0.5 text-xs font-medium -outline-offset-2';

export function BottomBar() {
  const { t } = useTranslation();
  const navigation = useNavigation();
  return (
    <nav
      aria-label={t('shell.navigation')}
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-5 border-t border-border bg-surface pb-[env(safe-area-inset-bottom)]"
    >
      {navigation
        .filter((item) => !item.isRare)
        .map((item) => (
          <Place key={item.to} item={item} className={PLACE} />
        ))}
      <More items={navigation.filter((item) => item.isRare)} />
    </nav>
  );
}

function More({ items }: { items: readonly NavigationItem[] }) {
  const { t } = useTranslation();
  const pathname = useLocation({ select: (location) => location.pathname });
  const isHere = items.some((item) => pathname.startsWith(item.to));
  return (
    <Popover
      opensUp
      label={t('nav.more')}
      trigger={
        <>
          <Ellipsis className="mx-auto size-5" />
          {t('nav.more')}
        </>
      }
      triggerClassName={`${PLACE} ${isHere ? 'text-accent' : 'text-muted'}`}
      testId="navigation-more"
    >
      {(close) =>
        items.map((item) => (
          <Place
            key={item.to}
            item={item}
            onClick={close}
            className="flex h-11 items-center gap-3 rounded-md px-3 text-base font-medium hover:bg-text/8"
          />
        ))
      }
    </Popover>
  );
}

interface PlaceProps {
  item: NavigationItem;
  className: string;
  onClick?: () => void;
}

function Place({ item: { to, label, icon: Icon }, className, onClick }: PlaceProps) {
  const { t } = useTranslation();
  return (
    <Link
      to={to}
      activeOptions={{ exact: to === '/', includeSearch: false }}
      className={className}
      activeProps={{ className: 'text-accent', 'aria-current': 'page' }}
      inactiveProps={{ className: 'text-muted' }}
      {...(onClick ? { onClick } : {})}
    >
      <Icon aria-hidden className="size-5" />
      {t(label)}
    </Link>
  );
}
