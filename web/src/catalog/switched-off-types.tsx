import { useQuery } from '@tanstack/react-query';
import { Card } from '../design/card.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { instanceTypesQuery } from './queries.ts';

/** What nobody is offered, so that it can be switched on again. */
export function SwitchedOffTypes({ onEdit }: { onEdit: (id: string) => void }) {
  const { t } = useTranslation();
  const types = useQuery(instanceTypesQuery);
  const off = types.data?.filter((type) => !type.is_active) ?? [];
  if (off.length === 0) return null;
  return (
    <Card title={t('machines.switched_off_title')} className="mt-5">
      <ul className="flex flex-wrap gap-2">
        {off.map((type) => (
          <li key={type.id}>
            <button
              type="button"
              className="h-8 rounded-md border border-control px-2.5 text-sm hover:bg-text/5"
              onClick={() => onEdit(type.id)}
            >
              {type.provider} · {type.code}
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
