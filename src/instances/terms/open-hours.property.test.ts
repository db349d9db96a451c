import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayBeganAt, isTimeZone, isWithin } from './open-hours.ts';

const MINUTE_MS = 60_000;
/** Half hours and quarters, days that are left out or turned at midnight, both sides of the date line. */
const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'America/Havana',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'America/Sao_Paulo',
  'Africa/Casablanca',
];
const moments = fc.integer({
  min: Date.parse('2005-01-01T00:00:00Z') / MINUTE_MS,
  max: Date.parse('2035-01-01T00:00:00Z') / MINUTE_MS,
});

const dateThere = (zone: string, atMs: number) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(atMs);

test('a day begins at its first moment there, whatever clocks do', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), moments, (zone, minute) => {
      const atMs = minute * MINUTE_MS;
      const beganMs = dayBeganAt(zone, atMs);
      assert.ok(beganMs <= atMs);
      assert.equal(dateThere(zone, beganMs), dateThere(zone, atMs));
      assert.notEqual(dateThere(zone, beganMs - MINUTE_MS), dateThere(zone, atMs));
    }),
  );
});

test('hours and their complement are never open together, and never both closed', () => {
  const everyDay = [1, 2, 3, 4, 5, 6, 7];
  const time = fc
    .integer({ min: 0, max: 1_439 })
    .map(
      (minute) =>
        `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
    );
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), moments, time, time, (zone, minute, from, to) => {
      fc.pre(from !== to);
      const atMs = minute * MINUTE_MS;
      const one = isWithin([{ days: everyDay, from, to }], zone, atMs);
      const other = isWithin([{ days: everyDay, from: to, to: from }], zone, atMs);
      assert.notEqual(one, other);
    }),
  );
});

test('a night belongs to the day on which it begins', () => {
  const night = [{ days: [5], from: '22:00', to: '06:00' }];
  const at = (text: string) => isWithin(night, 'Europe/Paris', Date.parse(text));
  assert.equal(at('2026-11-20T22:30:00+01:00'), true, 'Friday night');
  assert.equal(at('2026-11-21T05:59:00+01:00'), true, 'Saturday before dawn');
  assert.equal(at('2026-11-21T06:00:00+01:00'), false);
  assert.equal(at('2026-11-20T05:00:00+01:00'), false, 'Friday before dawn belongs to Thursday');
});

test('when clocks are turned the hours follow the clock', () => {
  const hours = [{ days: [7], from: '02:00', to: '03:00' }];
  const open = (fromText: string, minutes: number) =>
    Array.from({ length: minutes }, (_, minute) =>
      isWithin(hours, 'Europe/Paris', Date.parse(fromText) + minute * MINUTE_MS),
    ).filter(Boolean).length;
  assert.equal(open('2026-03-29T00:00:00Z', 240), 0, 'the hour is left out in spring');
  assert.equal(open('2026-10-25T00:00:00Z', 240), 120, 'and comes twice in autumn');
});

test('a whole day is open to its last minute; without windows it is always open', () => {
  const sunday = [{ days: [7], from: '00:00', to: '24:00' }];
  assert.equal(isWithin(sunday, 'UTC', Date.parse('2026-11-22T23:59:59Z')), true);
  assert.equal(isWithin(sunday, 'UTC', Date.parse('2026-11-23T00:00:00Z')), false);
  assert.equal(isWithin([], 'UTC', 0), true);
  assert.equal(isTimeZone('Europe/Paris'), true);
  assert.equal(isTimeZone('Europe/Atlantis'), false);
});
