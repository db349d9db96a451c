/** The dashboard's own chart with a week of minutes in eight lines; tells how long it took until it was painted. */
import '../src/design/base.css';
import { I18nProvider } from '@lingui/react';
import { createRoot } from 'react-dom/client';
import { activateLanguage, i18n } from '../src/i18n/i18n.ts';
import { TimeChart } from '../src/widgets/time-chart.tsx';

const LINES = 8;
const MINUTES = 10_080;
const FIRST_SECONDS = 1_700_000_000;

const times = Array.from({ length: MINUTES }, (_, minute) => FIRST_SECONDS + 60 * minute);
const series = Array.from({ length: LINES }, (_, line) => ({
  label: `line ${line}`,
  values: times.map((_, minute) => 50 + 40 * Math.sin(minute / (50 + 20 * line)) + ((minute * 7_919) % 10)),
}));

declare global {
  interface Window {
    chartMs: Promise<number>;
  }
}

window.chartMs = activateLanguage('en').then(
  () =>
    new Promise((resolve) => {
      const startedAt = performance.now();
      const root = createRoot(document.body.appendChild(document.createElement('div')));
      const observer = new MutationObserver(() => {
        if (!document.querySelector('canvas')) return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - startedAt)));
      });
      observer.observe(document.body, { childList: true, subtree: true });
      root.render(
        <I18nProvider i18n={i18n}>
          <TimeChart title="A week" times={times} series={series} format={(value) => value.toFixed(1)} />
        </I18nProvider>,
      );
    }),
);
