import { Download } from 'lucide-react';
import { Button } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { csvOf, download } from './csv.ts';

interface ExportButtonProps {
  fileName: string;
  head: readonly string[];
  rows: readonly (readonly (string | number | null)[])[];
}

/** What is on the screen as a file for a spreadsheet. */
export function ExportButton({ fileName, head, rows }: ExportButtonProps) {
  const { t, language } = useTranslation();
  return (
    <Button
      size="sm"
      icon={<Download aria-hidden className="size-3.5" />}
      disabled={rows.length === 0}
      onClick={() => download(fileName, csvOf(head, rows, language))}
      data-testid="export-csv"
    >
      {t('common.export_csv')}
    </Button>
  );
}
