import { useSyncExternalStore } from 'react';

/** The time, told again every `intervalMs`; for ages, running clocks and sums that grow. All readers share one timer. */
export function useNow(intervalMs: number): number {
  const { subscribe, read } = clockOf(intervalMs);
  return useSyncExternalStore(subscribe, read);
}

const clocks = new Map<number, ReturnType<typeof createClock>>();

function clockOf(intervalMs: number) {
  let clock = clocks.get(intervalMs);
  if (!clock) {
    clock = createClock(intervalMs);
    clocks.set(intervalMs, clock);
  }
  return clock;
}

function createClock(intervalMs: number) {
  const listeners = new Set<() => void>();
  let timer: number | null = null;
  let nowMs = Date.now();
  const tick = () => {
    nowMs = Date.now();
    for (const listener of listeners) listener();
  };
  return {
    subscribe(listener: () => void) {
      listeners.add(listener);
      timer ??= window.setInterval(tick, intervalMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0 || timer === null) return;
        window.clearInterval(timer);
        timer = null;
      };
    },
    /** Between two ticks always the same, as React demands; a clock nobody watched is set before it is read. */
    read() {
      if (timer === null && Date.now() - nowMs >= intervalMs) nowMs = Date.now();
      return nowMs;
    },
  };
}
