import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { announce } from '../shell/announcer.tsx';

const SHOWN_MS = 1_600;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = window.setTimeout(() => setCopied(false), SHOWN_MS);
    return () => window.clearTimeout(timer);
  }, [isCopied]);

  const copy = () => {
    void writeClipboard(text).then(() => {
      setCopied(true);
      announce(t('common.copied'));
    });
  };
  return (
    <IconButton
      isCompact
      label={isCopied ? t('common.copied') : label}
      icon={isCopied ? <Check className="size-4 text-ok" /> : <Copy className="size-4" />}
      onClick={copy}
    />
  );
}

async function writeClipboard(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyTheOldWay(text);
  }
}

/** The clipboard API is missing on plain http and can be forbidden; a selected text area still works there. */
function copyTheOldWay(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  (document.querySelector('[role="dialog"]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
