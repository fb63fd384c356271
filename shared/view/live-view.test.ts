import { expect, test } from 'vitest'
import { stillSentence } from './live-view.ts'

test('stillSentence says why the picture stands still, as of when, and what it means', () => {
  const given = { takenAt: '2026-11-20T14:32:08.118Z', stale: true, connected: true, reason: 'no-redis' as const }
  expect(stillSentence(given)).toMatch(/^Redis does not answer\. This is the picture of 14:32:08 UTC\..*nothing is lost/)
  expect(stillSentence({ ...given, reason: 'no-collector' })).toMatch(/no worker is running, or Redis or Postgres does not answer/)
  // Without a connection nobody has told a reason: an older one is not repeated.
  expect(stillSentence({ ...given, connected: false })).toMatch(/^The API does not answer\./)
  expect(stillSentence({ ...given, stale: false })).toBeNull()
  expect(stillSentence({ ...given, takenAt: null })).toBeNull()
})
