import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../design/button.tsx';
import { Dialog } from '../../design/dialog.tsx';
import { useTranslation } from '../../i18n/use-translation.ts';
import { type Activatable, ActivationSides } from './activation-sides.tsx';

/** On the page of a thing that lacks an activation: that it does not work yet, why, and who can help. */
export function ActivationNotice(thing: Activatable) {
  const { t } = useTranslation();
  if (thing.activation.missing.length === 0) return null;
  return (
    <section
      aria-label={t('org.activation')}
      className="rounded-lg border border-warn/40 bg-warn/8 px-4 pt-3.5 pb-1.5"
      data-testid="activation-notice"
    >
      <p className="flex items-center gap-3 font-semibold">
        <ShieldAlert aria-hidden className="size-5 shrink-0 text-warn" />
        {t('activation.not_yet')}
      </p>
      <ActivationSides {...thing} />
    </section>
  );
}

/** The same behind a button, for rows of a list. */
export function ActivationButton({ name, ...thing }: Activatable & { name: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        size="sm"
        variant="ghost"
        aria-label={t('activation.of', { name })}
        onClick={() => setOpen(true)}
        data-testid={`activation-open-${thing.id}`}
      >
        {t('org.activation')}
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={t('activation.of', { name })}
        description={t('activation.text')}
      >
        <div className="px-5 py-3">
          <ActivationSides {...thing} />
        </div>
      </Dialog>
    </>
  );
}
