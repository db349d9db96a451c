import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { ChatParameters } from '#contracts/workbench.ts';
import { buttonClass } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { Segmented } from '../design/segmented.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { versionQuery } from '../shell/version.ts';
import { CodeBlock } from '../widgets/code-block.tsx';
import {
  aiSdkSnippet,
  claudeCodeSnippet,
  codexSnippet,
  curlSnippet,
  gatewayBaseUrl,
  javascriptSnippet,
  langChainSnippet,
  pythonSnippet,
} from './code-snippets.ts';

const SNIPPETS = {
  curl: curlSnippet,
  python: pythonSnippet,
  javascript: javascriptSnippet,
  aiSdk: aiSdkSnippet,
  langChain: langChainSnippet,
  claudeCode: claudeCodeSnippet,
  codex: codexSnippet,
} as const;
type Kind = keyof typeof SNIPPETS;
const LABELS: Record<Kind, string> = {
  curl: 'curl',
  python: 'Python',
  javascript: 'JavaScript',
  aiSdk: 'AI SDK',
  langChain: 'LangChain',
  claudeCode: 'Claude Code',
  codex: 'Codex',
};
const KEY_PLACEHOLDER = 'YOUR_API_KEY';

interface CodeDialogProps {
  model: string;
  system: string;
  prompt: string;
  parameters: ChatParameters;
  onClose: () => void;
}

/** The conversation's own settings as a program that runs elsewhere. */
export function CodeDialog({ model, system, prompt, parameters, onClose }: CodeDialogProps) {
  const { t } = useTranslation();
  const { data: version } = useQuery(versionQuery);
  const [kind, setKind] = useState<Kind>('curl');
  const code = SNIPPETS[kind]({
    baseUrl: gatewayBaseUrl(version?.gateway_url),
    apiKey: KEY_PLACEHOLDER,
    model,
    parameters,
    messages: [
      ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: prompt },
    ],
  });
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('code.title')}
      description={t('code.text')}
      footer={
        <Link to="/keys" className={buttonClass()}>
          {t('code.get_key')}
        </Link>
      }
    >
      <div className="flex flex-col gap-3 p-5">
        <Segmented
          label={t('code.language')}
          value={kind}
          options={(Object.keys(SNIPPETS) as Kind[]).map((value) => ({ value, label: LABELS[value] }))}
          onChange={setKind}
        />
        <CodeBlock code={code} label={LABELS[kind]} copyLabel={t('code.copy')} testId="code-snippet" />
      </div>
    </Dialog>
  );
}
