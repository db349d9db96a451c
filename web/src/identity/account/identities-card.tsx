import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IdCard } from 'lucide-react';
import { useState } from 'react';
import type { AccountView } from '#contracts/people.ts';
import { answerOf, api } from '../../api/client.ts';
import { Button } from '../../design/button.tsx';
import { Card } from '../../design/card.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { FormDialog } from '../../widgets/form-dialog.tsx';
import { When } from '../../widgets/when.tsx';
import { loginMethodsQuery } from '../login-methods.ts';
import { ProofField, proofOf } from './proof-field.tsx';

/** Single sign-on, where the installation has it or the account still uses it. */
export function IdentitiesCard({ account }: { account: AccountView }) {
  const { t } = useTranslation();
  const methods = useQuery(loginMethodsQuery);
  const [open, setOpen] = useState<{ unlink: string | null } | null>(null);
  const isOffered = Boolean(methods.data?.oidc);
  if (!isOffered && account.identities.length === 0) return null;
  return (
    <Card title={t('sso.title')} note={t('sso.note')}>
      {account.identities.length === 0 && <p className="text-muted">{t('sso.none')}</p>}
      <ul className="divide-y divide-border">
        {account.identities.map(({ issuer, last_used_at: at }) => (
          <li key={issuer} className="flex flex-wrap items-center gap-3 py-2.5">
            <IdCard aria-hidden className="size-4 shrink-0 text-muted" />
            <span className="min-w-0 flex-1">
              <span className="block font-medium break-all">{issuer}</span>
              <span className="block text-sm text-muted">
                {t('keys.last_used')} <When iso={at} />
              </span>
            </span>
            <Button size="sm" variant="ghost" onClick={() => setOpen({ unlink: issuer })}>
              {t('sso.unlink')}
            </Button>
          </li>
        ))}
      </ul>
      {isOffered && account.identities.length === 0 && (
        <Button className="mt-4" onClick={() => setOpen({ unlink: null })}>
          {t('sso.link')}
        </Button>
      )}
      {open && <IdentityDialog account={account} unlink={open.unlink} onClose={() => setOpen(null)} />}
    </Card>
  );
}

interface IdentityDialogProps {
  account: AccountView;
  /** The issuer to take away; null adds the one of this installation. */
  unlink: string | null;
  onClose: () => void;
}

function IdentityDialog({ account, unlink, onClose }: IdentityDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const change = useMutation({
    mutationFn: async () => {
      const proof = proofOf(account, password);
      if (unlink !== null) {
        const body = { issuer: unlink, ...proof };
        await answerOf(api.POST('/api/v1/account/identities/remove', { body }));
        return null;
      }
      const answer = await answerOf(api.POST('/api/v1/account/identities', { body: proof }));
      return answer.authorization_url;
    },
    onSuccess: async (url) => {
      if (url !== null) return window.location.assign(url);
      toast(t('sso.unlinked'));
      onClose();
      await client.invalidateQueries({ queryKey: ['account'] });
    },
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t(unlink === null ? 'sso.link' : 'sso.unlink')}
      description={t(unlink === null ? 'sso.link_text' : 'sso.unlink_text')}
      submit={t(unlink === null ? 'totp.continue' : 'sso.unlink')}
      action={change}
      onSubmit={() => change.mutate()}
    >
      <ProofField account={account} value={password} onChange={setPassword} />
    </FormDialog>
  );
}
