import type { InstanceVolume } from '../api/types.ts';
import { Card } from '../design/card.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

export function VolumesCard({ volumes }: { volumes: readonly InstanceVolume[] }) {
  const { t, format } = useTranslation();
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
          </span>
        </>
      ),
    },
    {
      id: 'size',
      header: t('volumes.size'),
      align: 'end',
      cell: (volume) => format.bytes(volume.size_bytes),
    },
    {
      id: 'end',
      header: t('volumes.with_instance'),
      isSecondary: true,
      cell: (volume) => t(volume.delete_on_terminate ? 'volumes.deleted_with' : 'volumes.kept'),
    },
    {
      id: 'state',
      header: t('volumes.now'),
      cell: (volume) =>
        volume.deleted_at === null
          ? t('volumes.present')
          : t('volumes.gone', { time: format.time(volume.deleted_at) }),
    },
  ];
  return (
    <Card isFlush title={t('volumes.title')}>
      {volumes.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{t('volumes.none')}</p>
      ) : (
        <Table label={t('volumes.title')} columns={columns} rows={volumes} rowKey={(volume) => volume.id} />
      )}
    </Card>
  );
}
