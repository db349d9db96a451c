import { Cog, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { Card } from '../design/card.tsx';
import { Chip } from '../design/chip.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

type Engine = NonNullable<InstanceDetail['engine']>;
type Parts = NonNullable<Engine['parts']>;
type Part = keyof Parts;

const PARTS: readonly Part[] = ['image', 'args', 'environment', 'mounts', 'devices', 'network'];
/** Shown also when nothing is in it. */
const ALWAYS: readonly Part[] = ['image', 'args', 'network'];

/** With what the engine is run, and which place of the installation said each part of it. */
export function EngineCard({ engine }: { engine: Engine }) {
  const { t } = useTranslation();
  const { parts } = engine;
  return (
    <Card
      isFlush
      title={t('engine.title')}
      note={t(engine.is_told ? 'engine.told' : 'engine.planned')}
      actions={
        <Chip tone="neutral" icon={Cog} testId="engine-flavour">
          {engine.flavour ?? t('engine.none')}
        </Chip>
      }
    >
      <p className="px-4 pb-3 text-sm text-muted">
        {t(engine.gpu.is_measured ? 'engine.gpu_measured' : 'engine.gpu_planned', {
          family: engine.gpu.family ?? `${engine.gpu.vendor.toUpperCase()} (${t('engine.unknown_family')})`,
        })}
        {engine.kind === 'simulated' && ` ${t('engine.simulated')}`}
      </p>
      {engine.refusal !== null && (
        <p className="px-4 pb-3">
          <Chip tone="warn" icon={TriangleAlert}>
            {t('engine.refused')}
          </Chip>
          <span className="mt-1 block text-sm text-muted">{engine.refusal}</span>
        </p>
      )}
      {parts !== null && <PartsTable parts={parts} />}
      {engine.passed_over.length > 0 && <PassedOver engine={engine} />}
    </Card>
  );
}

function PartsTable({ parts }: { parts: Parts }) {
  const { t } = useTranslation();
  const columns: Column<Part>[] = [
    { id: 'part', header: t('engine.part'), cell: (part) => t(`engine.${part}`) },
    {
      id: 'value',
      header: t('engine.value'),
      className: 'min-w-64',
      cell: (part) => (
        <code className="font-mono text-xs break-all whitespace-pre-wrap">{textOf(parts, part)}</code>
      ),
    },
    {
      id: 'origin',
      header: t('engine.origin'),
      cell: (part) => (
        <>
          <span className="block">{t(`engine.origin_${parts[part].origin}`)}</span>
          <span className="block text-xs text-muted">{parts[part].flavour}</span>
        </>
      ),
    },
  ];
  const shown = PARTS.filter((part) => ALWAYS.includes(part) || textOf(parts, part) !== '–');
  return <Table label={t('engine.title')} columns={columns} rows={shown} rowKey={(part) => part} />;
}

function PassedOver({ engine }: { engine: Engine }) {
  const { t } = useTranslation();
  const line = ({ flavour, origin, because }: Engine['passed_over'][number]): ReactNode => (
    <li key={`${origin} ${flavour}`}>
      <code className="font-mono text-xs">{flavour}</code> · {t(`engine.origin_${origin}`)} ·{' '}
      {t(`engine.passed_${because}`)}
    </li>
  );
  return (
    <div className="px-4 py-3 text-sm text-muted">
      <p>{t('engine.passed_over')}</p>
      <ul className="mt-1 list-disc pl-5">{engine.passed_over.map(line)}</ul>
    </div>
  );
}

/** One line for each of several. */
function textOf(parts: Parts, part: Part): string {
  switch (part) {
    case 'image':
    case 'network':
      return parts[part].value;
    case 'args':
      return parts.args.value.join(' ') || '–';
    case 'devices':
      return parts.devices.value.join('\n') || '–';
    case 'environment':
      return (
        Object.entries(parts.environment.value)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n') || '–'
      );
    case 'mounts':
      return (
        parts.mounts.value
          .map(
            ({ source, target, read_only: isReadOnly }) =>
              `${source} → ${target}${isReadOnly ? ' (ro)' : ''}`,
          )
          .join('\n') || '–'
      );
  }
}
