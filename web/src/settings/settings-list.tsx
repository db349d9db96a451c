import { useQuery } from '@tanstack/react-query';
import { SearchX, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import type { OrganisationSettingView, SettingView } from '#contracts/settings.ts';
import { Button } from '../design/button.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Loaded } from '../widgets/loaded.tsx';
import { SearchField } from '../widgets/search-field.tsx';
import { type SettingsOwner, settingsQuery } from './queries.ts';
import { SettingDialog } from './setting-dialog.tsx';
import { matchesSearch } from './setting-value.ts';

export type AnySetting = SettingView & Partial<Pick<OrganisationSettingView, 'inherited'>>;

const TONES: Record<AnySetting['origin'], Tone> = {
  organisation: 'accent',
  provider: 'accent',
  global: 'info',
  environment: 'neutral',
  default: 'neutral',
};

interface SettingsListProps {
  owner: SettingsOwner;
  mayWrite: boolean;
  find: string | undefined;
  onFind: (find: string | undefined) => void;
}

/** Values in force, where each comes from, and a way to change it or take it back. */
export function SettingsList({ owner, mayWrite, find, onFind }: SettingsListProps) {
  const { t } = useTranslation();
  const settings = useQuery(settingsQuery(owner));
  const [open, setOpen] = useState<string | null>(null);
  const opened = settings.data?.find(({ name }) => name === open);
  return (
    <>
      <div className="mb-4">
        <SearchField label={t('settings.find')} value={find} onFind={onFind} />
      </div>
      <div className="card">
        <Loaded query={settings} rows={6}>
          {(data) => {
            const shown = find === undefined ? data : data.filter((setting) => matchesSearch(setting, find));
            if (shown.length === 0) {
              return (
                <EmptyState
                  icon={find === undefined ? SlidersHorizontal : SearchX}
                  title={t(find === undefined ? 'settings.none' : 'settings.none_match')}
                >
                  {t('settings.none_text')}
                </EmptyState>
              );
            }
            return (
              <ul className="divide-y divide-border">
                {shown.map((setting) => (
                  <Setting
                    key={setting.name}
                    setting={setting}
                    mayWrite={mayWrite}
                    onOpen={() => setOpen(setting.name)}
                  />
                ))}
              </ul>
            );
          }}
        </Loaded>
      </div>
      {opened && (
        <SettingDialog owner={owner} setting={opened} mayWrite={mayWrite} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

interface SettingProps {
  setting: AnySetting;
  mayWrite: boolean;
  onOpen: () => void;
}

function Setting({ setting, mayWrite, onOpen }: SettingProps) {
  const { t } = useTranslation();
  const { name, about, origin, overrides } = setting;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-80">
        <p className="font-mono text-sm font-medium break-all">{name}</p>
        <p className="text-sm text-muted">{about}</p>
      </div>
      <div className="flex items-center gap-3 max-sm:w-full">
        <span className="tabular text-right font-semibold" data-testid={`setting-value-${name}`}>
          <ValueText setting={setting} value={setting.value} />
        </span>
        <Chip tone={TONES[origin]} icon={SlidersHorizontal}>
          {t(`origin.${origin}`)}
        </Chip>
        {overrides.length > 0 && (
          <span className="text-sm text-muted">{t('settings.overrides', { count: overrides.length })}</span>
        )}
        <Button
          size="sm"
          className="max-sm:ml-auto"
          aria-label={t(mayWrite ? 'settings.edit_of' : 'settings.details_of', { name })}
          onClick={onOpen}
          data-testid={`setting-open-${name}`}
        >
          {t(mayWrite ? 'common.edit' : 'settings.details')}
        </Button>
      </div>
    </li>
  );
}

/** A value with its unit, and durations as people say them. */
export function ValueText({ setting, value }: { setting: AnySetting; value: number | string }) {
  const { t, format } = useTranslation();
  if (value === '') return <span className="text-muted">{t('settings.empty')}</span>;
  if (typeof value === 'string') return <span className="font-mono text-sm break-all">{value}</span>;
  if (setting.unit === 'ms') return <span title={`${value} ms`}>{format.duration(value)}</span>;
  if (setting.unit === 'bytes') return <span title={`${value}`}>{format.bytes(value)}</span>;
  if (setting.unit === 'percent') return format.percent(value);
  if (setting.unit === 'hours') return `${format.number(value)}\u00a0h`;
  return format.number(value);
}
