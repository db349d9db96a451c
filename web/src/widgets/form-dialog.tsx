import { type FormEvent, type ReactNode, useId } from 'react';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';

interface FormDialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  description?: ReactNode;
  submit: string;
  children: ReactNode;
  action: { isPending: boolean; isError: boolean; error: unknown; reset: () => void };
  onSubmit: () => void;
  isBlocked?: boolean;
  size?: 'sm' | 'md';
  testId?: string;
}

/** A form in a dialog: Enter sends it, and what was typed stays when the server refuses it. */
export function FormDialog(props: FormDialogProps) {
  const { t } = useTranslation();
  const formId = useId();
  const { isOpen, onClose, title, description, submit, children, action, onSubmit, size = 'sm' } = props;
  const close = () => {
    action.reset();
    onClose();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={title}
      description={description}
      size={size}
      {...(props.testId ? { testId: props.testId } : {})}
      footer={
        <>
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            isBusy={action.isPending}
            disabled={props.isBlocked}
            data-testid="form-submit"
          >
            {submit}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={send} className="flex flex-col gap-4 px-5 py-5">
        {children}
        {action.isError && <ErrorState error={action.error} />}
      </form>
    </Dialog>
  );
}
