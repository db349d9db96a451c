import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useLocation } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { startLive } from '../api/live.ts';
import { useDeployRequest } from '../deployments/deploy-request.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { withTexts } from '../i18n/with-texts.ts';
import { usePaletteKey, usePaletteOpen } from '../palette/palette-state.ts';
import { Announcer } from './announcer.tsx';
import { BottomBar } from './bottom-bar.tsx';
import { Rail } from './rail.tsx';
import { Toaster } from './toaster.tsx';
import { TopBar } from './top-bar.tsx';
import { useIsNarrow } from './use-is-narrow.ts';

const DeployDialog = lazy(
  withTexts(() =>
    import('../deployments/deploy-dialog.tsx').then((module) => ({ default: module.DeployDialog })),
  ),
);
const PaletteDialog = lazy(
  withTexts(() =>
    import('../palette/palette-dialog.tsx').then((module) => ({ default: module.PaletteDialog })),
  ),
);
const STORAGE_KEY = 'inventiv.rail';

/** The frame around every page: navigation, the state of the connection, and the layers above it. */
export function Shell() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isNarrow = useIsNarrow();
  const [isCollapsed, setCollapsed] = useState(() => localStorage.getItem(STORAGE_KEY) === 'collapsed');
  const deployRequest = useDeployRequest();
  const mainRef = useFocusOnNavigation();
  const isPaletteOpen = usePaletteOpen();
  usePaletteKey();

  useEffect(() => startLive(client), [client]);

  const toggleRail = () => {
    localStorage.setItem(STORAGE_KEY, isCollapsed ? 'open' : 'collapsed');
    setCollapsed(!isCollapsed);
  };
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('shell.skip')}
      </a>
      {!isNarrow && <Rail isCollapsed={isCollapsed} onToggle={toggleRail} />}
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar isNarrow={isNarrow} />
        <main
          id="main"
          ref={mainRef}
          tabIndex={-1}
          className="mx-auto flex w-full max-w-[1320px] flex-1 flex-col px-4 pt-5 pb-24 outline-none md:px-8 md:pt-7 md:pb-12"
        >
          <Outlet />
        </main>
        {isNarrow && <BottomBar />}
      </div>
      {deployRequest && (
        <Suspense fallback={null}>
          <DeployDialog request={deployRequest} />
        </Suspense>
      )}
      {isPaletteOpen && (
        <Suspense fallback={null}>
          <PaletteDialog />
        </Suspense>
      )}
      <Toaster />
      <Announcer />
    </div>
  );
}

/** After a change of page the keyboard starts at its content, as after a full load. */
function useFocusOnNavigation() {
  const ref = useRef<HTMLElement>(null);
  const pathname = useLocation({ select: (location) => location.pathname });
  const lastPathname = useRef(pathname);
  useEffect(() => {
    if (lastPathname.current === pathname) return;
    lastPathname.current = pathname;
    ref.current?.focus({ preventScroll: true });
  }, [pathname]);
  return ref;
}
