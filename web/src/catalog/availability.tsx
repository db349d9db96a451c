import { CircleCheck, CircleHelp, type LucideIcon, PackageX, TriangleAlert } from 'lucide-react';
import type { Offer } from '#contracts/management.ts';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';

const LOOKS: Record<Offer['availability'], { icon: LucideIcon; color: string }> = {
  available: { icon: CircleCheck, color: 'text-ok' },
  scarce: { icon: TriangleAlert, color: 'text-warn' },
  shortage: { icon: PackageX, color: 'text-danger' },
  unknown: { icon: CircleHelp, color: 'text-muted' },
};

/** What the provider has in stock, as far as it says. */
export function Availability({ value, isIconOnly }: { value: Offer['availability']; isIconOnly?: boolean }) {
  const { t } = useTranslation();
  const { icon: Icon, color } = LOOKS[value];
  const text = t(`availability.${value}`);
  return (
    <span className="inline-flex items-center gap-1" title={text}>
      <Icon aria-hidden className={classNames('size-3.5 shrink-0', color)} />
      {isIconOnly ? <span className="sr-only">{text}</span> : text}
    </span>
  );
}
