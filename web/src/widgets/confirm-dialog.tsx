import type { ReactNode } from 'react';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

interface ConfirmDialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  confirm: string;
  /** What it does to money, traffic and access. */
  children: ReactNode;
  action: { isPending: boolean; isError: boolean; error: unknown; reset: () => void };
  onConfirm: () => void;
  isBlocked?: boolean;
  isDanger?: boolean;
  testId?: string;
}

/** Asks before something that cannot simply be undone, says what it does, and stays open when it fails. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { isOpen, onClose, title, confirm, children, action, onConfirm, isBlocked, isDanger = true } = props;
  const { t } = useTranslation();
  const close = () => {
    action.reset();
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={title}
      {...(props.testId ? { testId: props.testId } : {})}
      footer={
        <>
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button
            variant={isDanger ? 'danger' : 'primary'}
            isBusy={action.isPending}
            disabled={isBlocked}
            data-testid="confirm"
            onClick={onConfirm}
          >
            {confirm}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 px-5 py-5">{children}</div>
      {action.isError && <ErrorState error={action.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
