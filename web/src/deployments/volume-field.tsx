import type { OwnVolume } from '#contracts/sweep.ts';
import { useTranslation } from '../i18n/use-translation.ts';

interface VolumeFieldProps {
  /** Those that go with the machine. */
  volumes: readonly OwnVolume[];
  chosenIds: readonly string[];
  replicas: number;
  onChoose: (ids: readonly string[]) => void;
}

/** Kept volumes that the machine can be made with. Not there while there is none. */
export function VolumeField({ volumes, chosenIds, replicas, onChoose }: VolumeFieldProps) {
  const { t, format } = useTranslation();
  if (volumes.length === 0) return null;
  const isPossible = replicas === 1;
  const toggle = (id: string, isWanted: boolean) =>
    onChoose(isWanted ? [...chosenIds, id] : chosenIds.filter((one) => one !== id));
  return (
    <fieldset className="mt-5 min-w-0" data-testid="deploy-volumes" disabled={!isPossible}>
      <legend className="text-sm font-medium">{t('deploy.volumes')}</legend>
      <p className="mt-0.5 text-xs text-muted">
        {t(isPossible ? 'deploy.volumes_hint' : 'deploy.volumes_one_replica')}
      </p>
      <ul className="mt-2 flex flex-col gap-1.5">
        {volumes.map((volume) => (
          <li key={volume.id}>
            <label className="flex items-baseline gap-2 text-sm">
              <input
                type="checkbox"
                className="size-4 shrink-0 self-center accent-accent"
                checked={isPossible && chosenIds.includes(volume.id)}
                data-testid={`deploy-volume-${volume.id}`}
                onChange={(event) => toggle(volume.id, event.target.checked)}
              />
              <span className="min-w-0 truncate font-mono text-xs">{volume.provider_ref}</span>
              <span className="text-xs text-muted">
                {volume.instance} · {format.bytes(volume.size_bytes)}
                {volume.price_micros_per_hour !== null &&
                  ` · ${format.unitPrice(volume.price_micros_per_hour)}${t('unit.per_hour')}`}
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
