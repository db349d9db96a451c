import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../api/client.ts';
import { CheckField, TextField } from '../design/field.tsx';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { eurosTextOf, isEuros, microsOf } from '../widgets/euros.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { NoteField } from './note-field.tsx';
import { walletOfQuery } from './queries.ts';
import { useMarketAction } from './use-market-action.ts';

function readAmount(text: string): number | null {
  const micros = text.trim() !== '' && isEuros(text) ? microsOf(text) : null;
  return micros === 0 ? null : micros;
}

interface AmountFieldProps {
  text: string;
  isChecked: boolean;
  onChange: (text: string) => void;
}

function AmountField({ text, isChecked, onChange }: AmountFieldProps) {
  const { t } = useTranslation();
  return (
    <TextField
      label={t('wallet.amount')}
      error={isChecked && readAmount(text) === null ? t('market.amount_wrong') : undefined}
      value={text}
      required
      inputMode="decimal"
      maxLength={18}
      autoComplete="off"
      onChange={(event) => onChange(event.target.value)}
      data-testid="amount"
    />
  );
}

/** From the own wallet to another organisation's. */
export function TransferDialog({ balance, onClose }: { balance: number; onClose: () => void }) {
  const { t, format } = useTranslation();
  const [to, setTo] = useState('');
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [isChecked, setChecked] = useState(false);
  const amount = readAmount(text);
  const give = useMarketAction({
    act: (body: { to: string; amount_micros: number; note: string }, header) =>
      answerOf(api.POST('/api/v1/wallet/transfers', { params: { header }, body })),
    done: 'wallet.transferred',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('wallet.transfer')}
      description={t('wallet.transfer_text', { balance: format.money(balance) })}
      submit={t('wallet.transfer_submit')}
      action={give}
      onSubmit={() => {
        setChecked(true);
        if (amount !== null && to.trim() !== '')
          give.mutate({ to: to.trim(), amount_micros: amount, note: note.trim() });
      }}
      testId="transfer-dialog"
    >
      <TextField
        label={t('share.organisation')}
        hint={t('share.organisation_hint')}
        value={to}
        maxLength={100}
        required
        autoFocus
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => setTo(event.target.value)}
      />
      <AmountField {...{ text, isChecked }} onChange={setText} />
      <NoteField label={t('wallet.note')} value={note} onChange={setNote} />
    </FormDialog>
  );
}

const ACTS = ['top_up', 'take_back', 'credit'] as const;
type Act = (typeof ACTS)[number];

interface WalletOfProps {
  organisation: { slug: string; name: string };
  onClose: () => void;
}

/** For platform administrators: books money that came in or goes back, and sets how far a wallet may go below zero. */
export function WalletAdminDialog({ organisation, onClose }: WalletOfProps) {
  const { t, format } = useTranslation();
  const { slug, name } = organisation;
  const wallet = useQuery(walletOfQuery(slug));
  const [act, setAct] = useState<Act>('top_up');
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [isUnlimited, setUnlimited] = useState(false);
  const [isChecked, setChecked] = useState(false);
  const save = useWalletSave(slug, onClose);
  const isCreditOk = isUnlimited || (text.trim() !== '' && isEuros(text));
  const choose = (wanted: Act) => {
    setAct(wanted);
    setChecked(false);
    setText(wanted === 'credit' ? eurosTextOf(wallet.data?.credit_micros ?? 0) : '');
    setUnlimited(wanted === 'credit' && wallet.data?.credit_micros === null);
  };
  const submit = () => {
    setChecked(true);
    const amount = readAmount(text);
    if (act === 'credit') {
      if (isCreditOk) save.mutate({ credit_micros: isUnlimited ? null : (microsOf(text) ?? 0) });
    } else if (amount !== null) {
      save.mutate({ amount_micros: act === 'top_up' ? amount : -amount, note: note.trim() });
    }
  };
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('wallet.of', { name })}
      submit={t(`wallet.act_${act}`)}
      action={save}
      isBlocked={wallet.data === undefined}
      onSubmit={submit}
      testId="wallet-dialog"
    >
      <Loaded query={wallet} rows={1}>
        {({ balance_micros: balance, credit_micros: credit }) => (
          <p>
            {t('wallet.stands', { balance: format.money(balance) })}{' '}
            {credit === null ? t('wallet.no_limit') : t('wallet.credit_of', { credit: format.money(credit) })}
          </p>
        )}
      </Loaded>
      <Segmented
        label={t('wallet.what')}
        value={act}
        options={ACTS.map((value) => ({ value, label: t(`wallet.act_${value}`) }))}
        onChange={choose}
      />
      <p className="text-sm text-muted">{t(`wallet.act_${act}_text`)}</p>
      {act === 'credit' ? (
        <CreditFields
          {...{ text, isUnlimited }}
          isWrong={isChecked && !isCreditOk}
          onText={setText}
          onUnlimited={setUnlimited}
        />
      ) : (
        <>
          <AmountField {...{ text, isChecked }} onChange={setText} />
          <NoteField label={t('wallet.note')} value={note} onChange={setNote} />
        </>
      )}
    </FormDialog>
  );
}

interface CreditFieldsProps {
  text: string;
  isUnlimited: boolean;
  isWrong: boolean;
  onText: (text: string) => void;
  onUnlimited: (isUnlimited: boolean) => void;
}

function CreditFields({ text, isUnlimited, isWrong, onText, onUnlimited }: CreditFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <CheckField
        label={t('wallet.unlimited')}
        checked={isUnlimited}
        onChange={(event) => onUnlimited(event.target.checked)}
      />
      {!isUnlimited && (
        <TextField
          label={t('wallet.credit')}
          error={isWrong ? t('market.amount_wrong') : undefined}
          value={text}
          inputMode="decimal"
          maxLength={18}
          onChange={(event) => onText(event.target.value)}
        />
      )}
    </>
  );
}

function useWalletSave(organisation: string, onDone: () => void) {
  const path = { organisation };
  return useMarketAction({
    act: (body: { amount_micros: number; note: string } | { credit_micros: number | null }, header) =>
      answerOf<{ data?: unknown }>(
        'credit_micros' in body
          ? api.PUT('/api/v1/wallets/{organisation}/credit', { params: { path }, body })
          : api.POST('/api/v1/wallets/{organisation}/top-ups', { params: { path, header }, body }),
      ),
    done: 'common.saved',
    onDone,
  });
}
