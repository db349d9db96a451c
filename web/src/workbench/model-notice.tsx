import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Hourglass } from 'lucide-react';
import { useTranslation } from '../i18n/use-translation.ts';
import { InstanceProgress } from '../instances/instance-progress.tsx';
import { instancesQuery } from '../instances/queries.ts';
import { phaseOf } from '../instances/states.ts';

interface ModelNoticeProps {
  /** That the address or the conversation names. */
  asked: string | undefined;
  served: readonly string[] | undefined;
}

/** While others answer: that the model one came for does not, and how far its start is. */
export function ModelNotice({ asked, served }: ModelNoticeProps) {
  const isMissing =
    asked !== undefined && served !== undefined && served.length > 0 && !served.includes(asked);
  return isMissing ? <MissingModel asked={asked} /> : null;
}

function MissingModel({ asked }: { asked: string }) {
  const { t } = useTranslation();
  const instances = useInfiniteQuery(instancesQuery());
  const starting = instances.data?.pages
    .flatMap((page) => page.data)
    .find((entry) => entry.model === asked && phaseOf(entry) === 'starting');
  return (
    <aside className="card mb-3 flex gap-3 p-4" data-testid="chat-model-missing">
      <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
      <div className="min-w-0 flex-1 text-sm">
        <p>{t(starting ? 'chat.asked_starting' : 'chat.asked_missing', { model: asked })}</p>
        {starting && (
          <>
            <InstanceProgress instance={starting} className="mt-2" />
            <Link
              to="/instances/$id"
              params={{ id: starting.id }}
              className="mt-1.5 inline-block text-xs text-accent underline-offset-2 hover:underline"
            >
              {starting.name}
            </Link>
          </>
        )}
      </div>
    </aside>
  );
}
