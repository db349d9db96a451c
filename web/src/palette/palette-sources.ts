import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  BookText,
  KeyRound,
  Languages,
  Layers,
  LogOut,
  MessageSquarePlus,
  Rocket,
  Route,
  Server,
  SunMoon,
} from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { chooseLanguage } from '../i18n/i18n.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed, useSignOut } from '../identity/session.ts';
import { useNavigation } from '../shell/navigation.ts';
import { chooseTheme, useResolvedTheme } from '../shell/theme.ts';
import { isMeant, looksLikeTrace, type PaletteItem } from './palette-items.ts';

const FOUND_MAX = 5;

/** Pages and commands that fit what was typed. They are known at once. */
export function useKnownItems(typed: string): PaletteItem[] {
  const { t, language } = useTranslation();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const theme = useResolvedTheme();
  const canDeploy = useIsAllowed('deployments.write');
  const pages = useNavigation().map(
    ({ to, label, icon }): PaletteItem => ({
      id: `page ${to}`,
      group: 'pages',
      label: t(label),
      icon,
      run: () => void navigate({ to }),
    }),
  );
  const command = (id: string, label: string, icon: PaletteItem['icon'], run: () => void): PaletteItem => ({
    id,
    group: 'commands',
    label,
    icon,
    run,
  });
  const commands = [
    ...(canDeploy ? [command('deploy', t('palette.deploy'), Rocket, () => requestDeploy())] : []),
    command('chat', t('palette.new_chat'), MessageSquarePlus, () => void navigate({ to: '/chat' })),
    command('prompts', t('palette.prompts'), BookText, () => void navigate({ to: '/chat/prompts' })),
    command('key', t('palette.create_key'), KeyRound, () => void navigate({ to: '/keys' })),
    command('theme', t('palette.theme'), SunMoon, () => chooseTheme(theme === 'dark' ? 'light' : 'dark')),
    command(
      'language',
      t('palette.language'),
      Languages,
      () => void chooseLanguage(language === 'fr' ? 'en' : 'fr'),
    ),
    command('sign-out', t('palette.sign_out'), LogOut, () => void signOut()),
  ];
  const id = typed.trim();
  const trace = looksLikeTrace(id)
    ? [
        command(
          'trace',
          t('palette.trace', { id }),
          Route,
          () => void navigate({ to: '/trace/$id', params: { id } }),
        ),
      ]
    : [];
  return [...trace, ...[...commands, ...pages].filter(({ label }) => isMeant(label, typed))];
}

/** What the api finds by name; nothing is asked before something is typed. */
export function useFoundItems(typed: string): { items: PaletteItem[]; isFetching: boolean; error: unknown } {
  const navigate = useNavigate();
  const q = typed.trim();
  const isAsked = q.length >= 2;
  const query = { q, limit: FOUND_MAX };
  const instances = useQuery({
    queryKey: ['instances', 'palette', q],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/instances', { params: { query }, signal })),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  });
  const deployments = useQuery({
    queryKey: ['deployments', 'palette', q],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/deployments', { params: { query }, signal })),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  });
  const keys = useQuery({
    queryKey: ['api-keys', 'palette', q],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/api-keys', { params: { query }, signal })),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  });
  if (!isAsked) return { items: [], isFetching: false, error: null };
  const items: PaletteItem[] = [
    ...(instances.data?.data ?? []).map(
      ({ id, name, model, zone }): PaletteItem => ({
        id: `instance ${id}`,
        group: 'instances',
        label: name,
        note: `${model} · ${zone}`,
        icon: Server,
        run: () => void navigate({ to: '/instances/$id', params: { id } }),
      }),
    ),
    ...(deployments.data?.data ?? []).map(
      ({ id, name, model }): PaletteItem => ({
        id: `deployment ${id}`,
        group: 'deployments',
        label: name,
        note: model,
        icon: Layers,
        run: () => void navigate({ to: '/instances', search: { deployment: id } }),
      }),
    ),
    ...(keys.data?.data ?? []).map(
      ({ id, name }): PaletteItem => ({
        id: `key ${id}`,
        group: 'keys',
        label: name,
        icon: KeyRound,
        run: () => void navigate({ to: '/keys' }),
      }),
    ),
  ];
  return {
    items,
    isFetching: instances.isFetching || deployments.isFetching || keys.isFetching,
    error: instances.error ?? deployments.error ?? keys.error,
  };
}
