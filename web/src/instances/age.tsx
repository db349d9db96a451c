import type { InstanceView } from '#contracts/instances.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';

/** How long something has been ours; stands still once it was given back. */
export function Age({ created_at, terminated_at }: Pick<InstanceView, 'created_at' | 'terminated_at'>) {
  const { format } = useTranslation();
  const nowMs = useNow(1_000);
  const endMs = terminated_at === null ? nowMs : Date.parse(terminated_at);
  return (
    <time dateTime={created_at} title={format.dateTime(created_at)} className="whitespace-nowrap">
      {format.age(endMs - Date.parse(created_at))}
    </time>
  );
}
