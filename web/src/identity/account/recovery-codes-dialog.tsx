import { TriangleAlert } from 'lucide-react';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { CodeBlock } from '../../widgets/code-block.tsx';

/** The one time that recovery codes can be read. */
export function RecoveryCodesDialog({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('totp.codes')}
      testId="recovery-codes"
      footer={
        <Button variant="primary" onClick={onClose}>
          {t('totp.codes_kept')}
        </Button>
      }
    >
      <div className="flex flex-col gap-4 px-5 py-5">
        <p className="flex gap-2.5">
          <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
          {t('totp.codes_text')}
        </p>
        <CodeBlock code={codes.join('\n')} label={t('totp.codes')} copyLabel={t('totp.copy_codes')} />
      </div>
    </Dialog>
  );
}
