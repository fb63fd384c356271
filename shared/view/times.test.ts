import { expect, it } from 'vitest'
import { shortId } from './short-id.ts'
import { clockTime, fullTime, relativeTime, shortTime } from './times.ts'

const now = Date.parse('2026-11-20T14:32:08.118Z')

it.each([
  [0, 'now'],
  [-5_000, '5 s ago'],
  [-98_000, '98 s ago'],
  [-174_000, '3 min ago'],
  [-7_300_000, '2 h ago'],
  [-400_000_000, '5 d ago'],
  [98_000, 'in 98 s'],
])('says %d ms from now as %s', (ms, text) => {
  expect(relativeTime(now + ms, now)).toBe(text)
})

it('says times in UTC', () => {
  expect(clockTime(now)).toBe('14:32:08')
  expect(fullTime('2026-11-20T14:32:08.118Z')).toBe('20 Nov 2026 14:32:08.118 UTC')
  expect(shortTime('2026-11-20T09:05:00Z', now)).toBe('09:05')
  expect(shortTime('2026-11-18T09:05:00Z', now)).toBe('18 Nov 09:05')
})

it('shortens our ids to what tells them apart, and leaves the rest', () => {
  expect(shortId('evt_0192f3a07b3e7c1d8a4f5e6d7c8b9f27')).toBe('evt_…8b9f27')
  expect(shortId('u1')).toBe('u1')
  expect(shortId('x'.repeat(60))).toHaveLength(29)
})
