import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { deploymentsQuery } from '../deployments/queries.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { classNames } from '../design/class-names.ts';
import { Progress } from '../design/progress.tsx';
import { costSummaryQuery, usageSummaryQuery } from '../finops/queries.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { apiKeysQuery } from '../identity/api-keys.ts';

type StepName = 'deploy' | 'chat' | 'key' | 'costs';

/** The way of a newcomer. Each step is done when the system says so; gone when all are. */
export function Checklist() {
  const { t } = useTranslation();
  const done = useDoneSteps();
  if (done === null || done.size === 4) return null;
  const steps: { name: StepName; action: ReactNode }[] = [
    {
      name: 'deploy',
      action: (
        <Button size="sm" variant="primary" onClick={() => requestDeploy({ provider: 'mock' })}>
          {t('checklist.deploy_action')}
        </Button>
      ),
    },
    { name: 'chat', action: <StepLink to="/chat" label={t('checklist.chat_action')} /> },
    { name: 'key', action: <StepLink to="/keys" label={t('checklist.key_action')} /> },
    { name: 'costs', action: <StepLink to="/costs" label={t('checklist.costs_action')} /> },
  ];
  const nextName = steps.find((step) => !done.has(step.name))?.name;
  return (
    <Card
      title={t('checklist.title')}
      note={
        <span className="tabular">{t('checklist.progress', { done: done.size, total: steps.length })}</span>
      }
    >
      <Progress
        value={(100 * done.size) / steps.length}
        label={t('checklist.title')}
        tone="ok"
        className="mb-3"
      />
      <ol className="grid gap-x-8 lg:grid-cols-2">
        {steps.map((step, index) => (
          <Step
            key={step.name}
            name={step.name}
            number={index + 1}
            isDone={done.has(step.name)}
            isNext={step.name === nextName}
            action={step.action}
          />
        ))}
      </ol>
    </Card>
  );
}

interface StepProps {
  name: StepName;
  number: number;
  isDone: boolean;
  isNext: boolean;
  action: ReactNode;
}

function Step({ name, number, isDone, isNext, action }: StepProps) {
  const { t } = useTranslation();
  return (
    <li className="flex items-start gap-3 py-2.5" data-done={isDone}>
      <span
        className={classNames(
          'tabular mt-0.5 flex size-6 shrink-0 items-center justify-center rounded-full border text-xs font-semibold',
          isDone
            ? 'border-transparent bg-ok/15 text-ok'
            : isNext
              ? 'border-accent text-text'
              : 'border-control text-muted',
        )}
      >
        {isDone ? <Check className="size-3.5" strokeWidth={3} aria-label={t('checklist.done')} /> : number}
      </span>
      <div className="min-w-0 flex-1">
        <p className={classNames('font-medium', isDone && 'text-muted')}>{t(`checklist.${name}`)}</p>
        <p className="text-sm text-muted">{t(`checklist.${name}_text`)}</p>
      </div>
      {!isDone && isNext && action}
    </li>
  );
}

function StepLink({ to, label }: { to: '/chat' | '/keys' | '/costs'; label: string }) {
  return (
    <Link to={to} className={buttonClass({ variant: 'primary', size: 'sm' })}>
      {label}
    </Link>
  );
}

/** Null until everything is known: a checklist that flashes and goes is worse than one that comes late. */
function useDoneSteps(): Set<StepName> | null {
  const deployments = useQuery(deploymentsQuery);
  const usage = useQuery(usageSummaryQuery);
  const keys = useQuery(apiKeysQuery);
  const costs = useQuery(costSummaryQuery);
  if (!deployments.data || !usage.data || !keys.data || !costs.data) return null;
  const done = new Set<StepName>();
  if (deployments.data.length > 0) done.add('deploy');
  if (usage.data.requests > 0) done.add('chat');
  if (keys.data.length > 0) done.add('key');
  if (costs.data.cumulative_micros > 0) done.add('costs');
  return done;
}
