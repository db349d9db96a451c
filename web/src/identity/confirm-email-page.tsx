import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck } from 'lucide-react';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { forgetLinkToken, takeLinkToken } from './link-token.ts';
import { PublicFrame, PublicNote } from './public-frame.tsx';
import { sessionQuery } from './session.ts';

/** A click, not the mere opening, confirms the address: programs that look at mails open links too. */
export function ConfirmEmailPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [token] = useState(() => takeLinkToken());
  const confirm = useMutation({
    mutationFn: (given: string) =>
      answerOf(api.POST('/api/v1/email-confirmation', { body: { token: given } })),
    onSuccess: async () => {
      forgetLinkToken('/confirm-email');
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
    },
  });
  const home = (
    <Link to="/" className={buttonClass({ size: 'lg' })}>
      {t('not_found.home')}
    </Link>
  );
  return (
    <PublicFrame title={t(confirm.isSuccess ? 'confirm_email.done' : 'confirm_email.title')}>
      <PublicNote>
        {confirm.isSuccess ? (
          <>
            <p className="flex gap-3" role="status">
              <CircleCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-ok" />
              {t('confirm_email.done_text')}
            </p>
            {home}
          </>
        ) : token === null ? (
          <>
            <p>{t('confirm_email.no_token')}</p>
            {home}
          </>
        ) : (
          <>
            <p>{t('confirm_email.text')}</p>
            {confirm.isError && <ErrorState error={confirm.error} />}
            <Button
              variant="primary"
              size="lg"
              isBusy={confirm.isPending}
              onClick={() => confirm.mutate(token)}
              data-testid="confirm-email"
            >
              {t('confirm_email.submit')}
            </Button>
          </>
        )}
      </PublicNote>
    </PublicFrame>
  );
}
