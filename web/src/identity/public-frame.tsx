import { type ReactNode, useEffect } from 'react';
import { BrandMark } from '../shell/brand.tsx';
import { LanguageToggle, ThemeToggle } from '../shell/toggles.tsx';

interface PublicFrameProps {
  title: string;
  text?: ReactNode;
  children: ReactNode;
  foot?: ReactNode;
}

/** Around the pages that nobody is signed in on. */
export function PublicFrame({ title, text, children, foot }: PublicFrameProps) {
  useEffect(() => {
    document.title = `${title} · Inventiv Agents`;
  }, [title]);
  return (
    <div className="flex min-h-dvh flex-col bg-surface">
      <div className="flex justify-end gap-0.5 p-3">
        <LanguageToggle />
        <ThemeToggle />
      </div>
      <main className="flex flex-1 flex-col items-center justify-center px-4 pb-24">
        <div className="w-full max-w-[380px]">
          <div className="mb-6 flex flex-col items-center text-center">
            <BrandMark className="mb-4 size-11" />
            <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
            {text && <p className="mt-1.5 text-muted">{text}</p>}
          </div>
          {children}
          {foot && <div className="mt-4 px-2 text-center text-xs text-muted">{foot}</div>}
        </div>
      </main>
    </div>
  );
}

/** What a page says instead of its form: that it is done, or why it cannot be. */
export function PublicNote({ children }: { children: ReactNode }) {
  return <div className="card flex flex-col gap-4 p-6">{children}</div>;
}
