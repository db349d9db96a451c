import { CopyButton } from './copy-button.tsx';

interface CodeBlockProps {
  code: string;
  copyLabel: string;
  label: string;
  testId?: string;
}

export function CodeBlock({ code, copyLabel, label, testId }: CodeBlockProps) {
  return (
    <div className="relative rounded-md border border-border bg-surface">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, and a keyboard must reach that. */}
      <section aria-label={label} tabIndex={0} className="overflow-x-auto rounded-md">
        <pre className="w-max min-w-full py-3 pr-12 pl-3.5 font-mono text-xs leading-[1.65]">
          <code data-testid={testId}>{code}</code>
        </pre>
      </section>
      <div className="absolute top-1.5 right-1.5 rounded-md bg-surface">
        <CopyButton text={code} label={copyLabel} />
      </div>
    </div>
  );
}
