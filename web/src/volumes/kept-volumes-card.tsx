import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { OwnVolume } from '#contracts/sweep.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { DeleteVolumeDialog } from './delete-volume-dialog.tsx';
import { keptVolumesQuery } from './queries.ts';

/** What goes on costing after its machine is gone, or will. Not there while nothing is kept. */
export function KeptVolumesCard() {
  const { t, format } = useTranslation();
  const isWriter = useIsAllowed('instances.write');
  const [leaving, setLeaving] = useState<OwnVolume | null>(null);
  const kept = useQuery(keptVolumesQuery);
  if (kept.isError) return <ErrorState error={kept.error} onRetry={() => void kept.refetch()} />;
  if (!kept.data || kept.data.length === 0) return null;
  const columns: Column<OwnVolume>[] = [
    {
      id: 'ref',
      header: t('volumes.volume'),
      cell: (volume) => (
        <>
          <span className="block font-mono text-xs">{volume.provider_ref}</span>
          <span className="text-xs text-muted">
            {volume.provider} · {volume.zone} · {format.bytes(volume.size_bytes)}
          </span>
        </>
      ),
    },
    {
      id: 'instance',
      header: t('intervals.instance'),
      cell: (volume) => (
        <Link to="/instances/$id" params={{ id: volume.instance_id }} className="hover:underline">
          {volume.instance}
        </Link>
      ),
    },
    {
      id: 'price',
      header: t('instance.price'),
      align: 'end',
      cell: (volume) =>
        volume.price_micros_per_hour === null
          ? t('price.unknown_short')
          : format.unitPrice(volume.price_micros_per_hour),
    },
    {
      id: 'now',
      header: t('volumes.now'),
      cell: (volume) => (
        <KeptVolumeState volume={volume} onDelete={isWriter ? () => setLeaving(volume) : undefined} />
      ),
    },
  ];
  return (
    <Card isFlush title={t('volumes.kept_title')} note={t('volumes.kept_note')}>
      <Table
        label={t('volumes.kept_title')}
        columns={columns}
        rows={kept.data}
        rowKey={(volume) => volume.id}
        rowTestId={(volume) => `kept-volume-${volume.id}`}
      />
      {leaving && <DeleteVolumeDialog volume={leaving} onClose={() => setLeaving(null)} />}
    </Card>
  );
}

interface KeptVolumeStateProps {
  volume: OwnVolume;
  onDelete: (() => void) | undefined;
}

/** Where a kept volume stands: with its machine, alone, or on its way out. */
function KeptVolumeState({ volume, onDelete }: KeptVolumeStateProps) {
  const { t } = useTranslation();
  if (volume.delete_asked_at !== null) return t('volumes.deleting');
  const isAlone = volume.instance_state === 'terminated' || volume.instance_state === 'archived';
  if (!isAlone) return t('volumes.in_use');
  if (volume.used_by !== null) {
    return (
      <Link to="/instances/$id" params={{ id: volume.used_by }} className="hover:underline">
        {t('volumes.used_by', { name: volume.used_by_name ?? volume.used_by })}
      </Link>
    );
  }
  return <DeleteVolumeButton onDelete={onDelete} />;
}

/** For those who may not delete it, the word that it is kept. */
export function DeleteVolumeButton({ onDelete }: { onDelete: (() => void) | undefined }) {
  const { t } = useTranslation();
  if (onDelete === undefined) return t('volumes.kept');
  return (
    <Button
      size="sm"
      icon={<Trash2 aria-hidden className="size-4 text-danger" />}
      data-testid="delete-volume"
      onClick={onDelete}
    >
      {t('volumes.delete')}
    </Button>
  );
}
