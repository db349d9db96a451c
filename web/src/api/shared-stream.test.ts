import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type StreamNews, shareStream, type TabChannel, type Tell } from './shared-stream.ts';

/** A browser with tabs: one lock, one channel, and timers that run when told. */
function createBrowser() {
  const queue: (() => void)[] = [];
  const receivers = new Map<TabChannel, (message: never) => void>();
  const sources: Tell[] = [];
  let openSources = 0;
  let holder: (() => void) | null = null;
  const grant = () => {
    holder ??= queue.shift() ?? null;
    holder?.();
  };

  const openTab = () => {
    const heard: string[] = [];
    let onTick = () => {};
    const channel: TabChannel = {
      post: (message) => {
        for (const [other, receive] of receivers) if (other !== channel) receive(message as never);
      },
      listen: (receive) => receivers.set(channel, receive),
      close: () => receivers.delete(channel),
    };
    const openSource = (tell: Tell) => {
      sources.push(tell);
      openSources += 1;
      assert.equal(openSources, 1, 'two streams are open');
      return () => {
        openSources -= 1;
      };
    };
    const waitForLead = (onLead: () => void) => {
      queue.push(onLead);
      if (!holder) grant();
      return () => {
        if (queue.includes(onLead)) queue.splice(queue.indexOf(onLead), 1);
        if (holder !== onLead) return;
        holder = null;
        grant();
      };
    };
    const every = (_intervalMs: number, action: () => void) => {
      onTick = action;
      return () => {
        onTick = () => {};
      };
    };
    const stop = shareStream({ openSource, channel, waitForLead, every }, (news) => {
      heard.push(news.kind === 'event' ? news.event.subject_id : news.kind);
    });
    const freeze = () => receivers.delete(channel);
    return { heard, stop, freeze, tick: (times: number) => Array.from({ length: times }, () => onTick()) };
  };
  return {
    openTab,
    /** What the server says on the stream that was opened last. */
    serverSays: (news: StreamNews) => sources.at(-1)?.(news),
    streamsOpened: () => sources.length,
    streamsOpen: () => openSources,
  };
}

function changed(id: string): StreamNews {
  const event = {
    type: 'instance.changed',
    subject_id: id,
    at: '2026-01-01T00:00:00.000Z',
    summary: { state: 'ready', progress: 100 },
  } as const;
  return { kind: 'event', event };
}

test('many tabs hear everything from one stream', () => {
  const browser = createBrowser();
  const tabs = Array.from({ length: 9 }, () => browser.openTab());
  browser.serverSays({ kind: 'opened' });
  browser.serverSays(changed('a'));
  browser.serverSays({ kind: 'reset' });
  browser.serverSays({ kind: 'ended', reason: 'role_changed' });
  browser.serverSays({ kind: 'refused' });
  for (const { heard } of tabs) assert.deepEqual(heard, ['opened', 'a', 'reset', 'ended', 'refused']);
  assert.equal(browser.streamsOpened(), 1);
});

test('a tab that comes later learns at once how the stream is', () => {
  const browser = createBrowser();
  browser.openTab();
  assert.deepEqual(browser.openTab().heard, [], 'nobody knows yet');
  browser.serverSays({ kind: 'opened' });
  assert.deepEqual(browser.openTab().heard, ['opened']);
  browser.serverSays({ kind: 'broken' });
  assert.deepEqual(browser.openTab().heard, ['broken']);
});

test('when the leading tab closes, the next opens the stream and all read anew', () => {
  const browser = createBrowser();
  const [first, second, third] = [browser.openTab(), browser.openTab(), browser.openTab()];
  browser.serverSays({ kind: 'opened' });
  first.stop();
  assert.equal(browser.streamsOpened(), 2);
  browser.serverSays({ kind: 'opened' });
  browser.serverSays(changed('b'));
  assert.deepEqual(second.heard, ['opened', 'opened', 'b']);
  assert.deepEqual(third.heard, ['opened', 'opened', 'b']);
  assert.deepEqual(first.heard, ['opened']);
});

test('a listening tab that closes leaves the stream alone, and is never given the lead', () => {
  const browser = createBrowser();
  const [first, second] = [browser.openTab(), browser.openTab()];
  second.stop();
  first.stop();
  assert.deepEqual([browser.streamsOpened(), browser.streamsOpen()], [1, 0]);
});

test('a tab that hears nothing for twenty seconds says so once, and comes back with a fresh start', () => {
  const browser = createBrowser();
  const [leader, listener] = [browser.openTab(), browser.openTab()];
  browser.serverSays({ kind: 'opened' });
  listener.tick(50);
  assert.deepEqual(listener.heard, ['opened'], 'a quiet leader still answers');
  leader.freeze();
  listener.tick(4);
  assert.deepEqual(listener.heard, ['opened']);
  listener.tick(10);
  assert.deepEqual(listener.heard, ['opened', 'broken']);
  leader.stop();
  browser.serverSays({ kind: 'opened' });
  listener.tick(50);
  assert.deepEqual(listener.heard, ['opened', 'broken', 'opened']);
});
