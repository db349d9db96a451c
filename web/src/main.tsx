import './design/base.css';
import { I18nProvider } from '@lingui/react';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.ts';
import { activateLanguage, i18n, preferredLanguage } from './i18n/i18n.ts';
import { addressOf, followWorkspace, openWorkspace } from './identity/open-workspace.ts';
import { isPublicPath } from './identity/public-paths.ts';
import { refusalNotice } from './identity/refusal-notice.ts';
import { createAppRouter } from './router.tsx';
import { followSystemTheme } from './shell/theme.ts';

/** Loads the words first, so that nothing is ever painted in the wrong language or as a key. */
async function start(): Promise<void> {
  followSystemTheme();
  await activateLanguage(preferredLanguage());
  const client = createQueryClient(() => {
    if (!isPublicPath(router.state.location.pathname)) noticeRefusal();
  });
  const router = createAppRouter(client);
  const noticeRefusal = refusalNotice(client, async () => {
    const { pathname, publicHref } = router.state.location;
    if (isPublicPath(pathname)) return;
    // Only once the page that shows the session is gone may the session itself go.
    await router.navigate({ to: '/login', search: { next: publicHref } });
    client.removeQueries({ queryKey: ['session'] });
  });
  followWorkspace(client, () => {
    const { pathname, href } = router.state.location;
    if (!isPublicPath(pathname)) router.history.replace(addressOf(href));
  });
  const { pathname } = window.location;
  if (!isPublicPath(pathname)) await openWorkspace(client, pathname);
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <I18nProvider i18n={i18n}>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </I18nProvider>
    </StrictMode>,
  );
}

void start();
