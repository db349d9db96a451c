import { useState } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import type { InstanceVolume } from '../api/types.ts';
import { Card } from '../design/card.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { DeleteVolumeDialog } from '../volumes/delete-volume-dialog.tsx';
import { KeepToggle } from '../volumes/keep-toggle.tsx';
import { DeleteVolumeButton } from '../volumes/kept-volumes-card.tsx';
import { isEnded } from './states.ts';

/** The disks of the machine: what becomes of each when it ends, and what was kept when it did. */
export function VolumesCard({ instance }: { instance: InstanceDetail }) {
  const { t, format } = useTranslation();
  const [leaving, setLeaving] = useState<InstanceVolume | null>(null);
  const columns: Column<InstanceVolume>[] = [
    {
      id: 'ref',
      header: t('volumes.volume'),
      cell: (volume) => (
        <>
          <span className="block font-mono text-xs">{volume.provider_ref}</span>
          <span className="text-xs text-muted">
            {volume.kind}
            {volume.is_boot && ` · ${t('volumes.boot')}`}
            {volume.is_given && ` · ${t('volumes.given')}`}
          </span>
        </>
      ),
    },
    {
      id: 'size',
      header: t('volumes.size'),
      align: 'end',
      isSecondary: true,
      cell: (volume) => format.bytes(volume.size_bytes),
    },
    {
      id: 'price',
      header: t('instance.price'),
      align: 'end',
      isSecondary: true,
      cell: ({ price_micros_per_hour: price }) =>
        price === null ? t('price.unknown_short') : `${format.unitPrice(price)}${t('unit.per_hour')}`,
    },
    {
      id: 'end',
      header: t('volumes.with_instance'),
      className: 'min-w-48',
      cell: (volume) => <Fate instance={instance} volume={volume} />,
    },
    {
      id: 'state',
      header: t('volumes.now'),
      cell: (volume) => <Present instance={instance} volume={volume} onDelete={() => setLeaving(volume)} />,
    },
  ];
  return (
    <Card isFlush title={t('volumes.title')}>
      {instance.volumes.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{t('volumes.none')}</p>
      ) : (
        <Table
          label={t('volumes.title')}
          columns={columns}
          rows={instance.volumes}
          rowKey={(volume) => volume.id}
        />
      )}
      {leaving && <DeleteVolumeDialog volume={leaving} onClose={() => setLeaving(null)} />}
    </Card>
  );
}

interface VolumeProps {
  instance: InstanceDetail;
  volume: InstanceVolume;
}

/** What happens to it when the machine ends; it can be changed until that has begun. */
function Fate({ instance, volume }: VolumeProps) {
  const { t } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  const hasBegun = isEnded(instance) || instance.state === 'terminating' || instance.state === 'failed';
  if (volume.is_boot)
    return (
      <>
        <span className="block">{t('volumes.deleted_with')}</span>
        <span className="block text-xs text-muted">{t('volumes.boot_why')}</span>
      </>
    );
  // Whether it is kept was said of the machine that it was made for.
  if (isWriter && !hasBegun && !volume.is_given && volume.deleted_at === null)
    return <KeepToggle instanceId={instance.id} volume={volume} />;
  return t(volume.delete_on_terminate ? 'volumes.deleted_with' : 'volumes.kept');
}

interface PresentProps extends VolumeProps {
  onDelete: () => void;
}

function Present({ instance, volume, onDelete }: PresentProps) {
  const { t, format } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  if (volume.deleted_at !== null) return t('volumes.gone', { time: format.time(volume.deleted_at) });
  if (volume.delete_asked_at !== null) return t('volumes.deleting');
  if (!isEnded(instance) || volume.delete_on_terminate) return t('volumes.present');
  return <DeleteVolumeButton onDelete={isWriter ? onDelete : undefined} />;
}
